"""What stands beside a finding's own words: where its lines are, what of an advice a reader has to fill in, a doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer import __version__
from loganalyzer.report.excerpt import excerpts, split_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Action, Diagnosis, Finding
    from loganalyzer.patternbase.types import Advice
    from loganalyzer.texts import Texts

LINES_NAMED = 3
_PLACEHOLDER = re.compile(
    r"\b(?:[A-Z][A-Z0-9]*_)+(?:HOST|AET|ID|UID|FOLDER|POINT|PASSWORD|ROOT|PEER)\b|\b(?:192\.0\.2|198\.51\.100)\.\d+\b"
)
"""How the patterns write what only the reader knows: speaking names, and addresses of RFC 5737."""
_TOOLS = (
    *("curl", "echoscu", "findscu", "storescu", "movescu", "getscu", "storescp", "dcmdump", "dcmftest", "openssl"),
    *("docker", "journalctl", "systemctl", "sqlite3", "psql", "mysql", "ping", "nc", "ss", "ls", "df", "ldd", "stat"),
    *("id", "ps", "cat", "getent", "nslookup", "python3", "sudo", "grep", "namei", "Test-NetConnection"),
)
_COMMAND = re.compile(rf"({'|'.join(_TOOLS)}) [-./\w'\"]")
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/%#?&=+,;:@-]*)?")
_NO_RISK = "None"
_SOURCE = re.compile(r"[\w.-]+\.(?:cpp|h):\d+\] $")


@dataclass(frozen=True, slots=True)
class LineLink:
    """A line that a statement rests on; ``anchor`` is its ``id`` in the report."""

    text: str
    anchor: str


def lines_of(finding: Finding, names: Sequence[str]) -> tuple[LineLink, ...]:
    """Return the lines that show a finding: the primary ones, at most :data:`LINES_NAMED`, else its first."""
    shown = [(one, line) for one in excerpts(finding.evidence, names) for line in one.lines]
    chosen = [two for two in shown if two[1].primary] or shown[:1]
    return tuple(
        LineLink(f"{one.name}:{line.number}", f"L{one.log}-{line.number}") for one, line in chosen[:LINES_NAMED]
    )


@dataclass(frozen=True, slots=True)
class ToReplace:
    """What the reader has to replace in an advice: ``pasted`` in the text to paste, ``names`` in all of it."""

    pasted: bool
    names: tuple[str, ...]


def to_replace(action: Action, finding: Finding) -> ToReplace:
    """Return what of an advice only the reader knows, each once; values from the log are none of it."""
    said = set(finding.values.values())
    pasted, run = (
        [name for name in _PLACEHOLDER.findall(text or "") if name not in said]
        for text in (action.suggested, action.verify)
    )
    return ToReplace(bool(pasted), tuple(dict.fromkeys((*pasted, *run))))


def is_command(text: str) -> bool:
    """Whether ``text`` is a command line, as the advice writes them, and no sentence."""
    return _COMMAND.match(text) is not None


def is_link(text: str) -> bool:
    """Whether ``text`` is a plain https address that may become a link."""
    return _LINK.fullmatch(text) is not None


def risk_of(action: Action | Advice) -> str | None:
    """What an advice may do, for those who follow it; that it risks nothing is not worth a line."""
    return None if action.risk is None or action.risk.startswith(_NO_RISK) else action.risk


def doubt_text(finding: Finding, diagnosis: Diagnosis, texts: Texts) -> str:
    """Return what the authors of the patterns need when a finding is wrong: nothing that stands in the log but code.

    Of lines, level and place in Orthanc's source are named; their texts, which may name persons, are left out.
    """
    versions = ", ".join(dict.fromkeys(log.orthanc_version or "?" for log in diagnosis.logs))
    levels = ", ".join(dict.fromkeys(log.level for log in diagnosis.logs))
    places = []
    for one in finding.evidence[:8]:
        header, _ = split_header(one.text)
        source = _SOURCE.search(header)
        places.append(f"{header[:1]} {source.group()[:-2]}" if source else one.role)
    return texts(
        "doubtful.text",
        code=finding.code,
        signature=finding.signature,
        confidence=finding.confidence,
        count=finding.count,
        program=__version__,
        versions=versions,
        levels=levels,
        lines="; ".join(places),
    )
