"""What the server tells a worker, and where the worker puts what."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from loganalyzer.web.entry import SentFile, Summary, Work

DIAGNOSIS, PAGE, MARKDOWN, REPLY = "diagnosis.json", "report.html", "diagnosis.md", "reply.txt"
SUMMARY = "summary.json"
REDACTED = "redacted"
BUNDLE, LIST = "redacted.zip", "redacted.json"


@dataclass(frozen=True, slots=True)
class Job:
    """One task: files as they lie in ``folder``, and the limits; sizes are bytes.

    ``redact_first``: the diagnosis is one of the redacted files, the others are removed.
    """

    work: Work
    folder: Path
    files: tuple[SentFile, ...]
    redact_first: bool
    patterns: tuple[str, ...]
    memory: int
    max_expanded: int

    def text(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self) | {"folder": str(self.folder)}) + "\n"

    @classmethod
    def of_text(cls, text: str) -> Job:
        """Return the job in one line of JSON."""
        return msgspec.convert(json.loads(text), cls, dec_hook=lambda kind, value: kind(value))


def summary_text(summary: Summary) -> str:
    """Return a summary as JSON."""
    return json.dumps(asdict(summary))


def summary_of(text: str) -> Summary:
    """Return the summary in a text of JSON."""
    return msgspec.convert(json.loads(text), Summary)


@dataclass(frozen=True, slots=True)
class Redacted:
    """The redacted files of an upload, and what of it is not among them: a sentence, and whether it matters."""

    files: tuple[SentFile, ...]
    problems: tuple[tuple[str, bool], ...] = ()


def redacted_text(redacted: Redacted) -> str:
    """Return the list of redacted files as JSON."""
    return json.dumps(asdict(redacted))


def redacted_in(folder: Path) -> Redacted | None:
    """Return what is in the folder of redacted files of an upload, None when there is none (yet)."""
    try:
        return msgspec.convert(json.loads((folder / REDACTED / LIST).read_text(encoding="utf-8")), Redacted)
    except FileNotFoundError:
        return None
