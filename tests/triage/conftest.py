"""Posts made of real logs: mails, mailboxes, topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest

from loganalyzer.patternbase import PatternBase
from loganalyzer.triage.opening import open_posts
from loganalyzer.triage.result import Triage, triage_thread
from tests import knowledge
from tests.knowledge import SAMPLES

REFUSED = (SAMPLES / "calling-aet-unknown-find-1.12.7-default" / "orthanc.log").read_text(encoding="utf-8")
CONFIGURATION = (SAMPLES / "calling-aet-unknown-find-1.12.7-default" / "orthanc.json").read_bytes()
PORT_IN_USE = (SAMPLES / "dicom-port-in-use-1.13.0-default" / "orthanc.log").read_text(encoding="utf-8")

Attached = tuple[str, bytes, str]
Answer = Callable[..., list[Triage]]


def mail(
    text: str,
    *,
    subject: str = "Query fails",
    own: str = "<1@example.org>",
    answers: str = "",
    files: Sequence[Attached] = (),
    author: str = "Jane Doe <jane@example.org>",
) -> bytes:
    """The bytes of a mail; ``files`` are name, content and media type."""
    message = EmailMessage()
    message["From"] = author
    message["Subject"] = subject
    message["Message-ID"] = own
    if answers:
        message["References"] = answers
    message.set_content(text, cte="8bit")
    for name, data, kind in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def mbox(*mails: bytes) -> bytes:
    """An mbox file."""
    return b"".join(
        b"From jane@example.org Mon Nov  2 10:00:00 2026\n" + one.replace(b"\nFrom ", b"\n>From ") + b"\n"
        for one in mails
    )


@pytest.fixture(scope="session")
def patterns() -> PatternBase:
    return knowledge.patterns()


@pytest.fixture
def triage(tmp_path: Path, patterns: PatternBase) -> Answer:
    """Triage of one file with the given content."""

    def answer(data: bytes | str, name: str = "post.txt") -> list[Triage]:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return [
            triage_thread(thread, patterns, knowledge.catalogue()) for thread in open_posts([str(path)], tmp_path, [])
        ]

    return answer
