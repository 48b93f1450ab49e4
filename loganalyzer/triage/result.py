"""Triage of one thread: its diagnosis, what is known, what to ask, and a draft of the answer."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.build import diagnose_opened
from loganalyzer.diagnosis.model import Verdict
from loganalyzer.patternbase import load_patterns
from loganalyzer.sources.block import Problem
from loganalyzer.sources.opening import open_files
from loganalyzer.sources.options import ReadOptions
from loganalyzer.triage.facts import Fact, facts_of, prose_of
from loganalyzer.triage.message import FileKind, Message, Thread
from loganalyzer.triage.products import product_in
from loganalyzer.triage.questions import questions_for
from loganalyzer.triage.reply import reply_to
from loganalyzer.triage.told import told_in
from loganalyzer.triage.verdict import reconsidered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.patternbase import PatternBase

_MIB = 1 << 20
#: What an attachment may expand to: a post is small, and so is what belongs to it.
LIMITS = ReadOptions(max_bytes=512 * _MIB, ratio_from=8 * _MIB, max_members=500, max_depth=4, max_seconds=60.0,
                     max_buffer=64 * _MIB)  # fmt: skip
_NOT_READ = {
    FileKind.PICTURE: "is a picture, which cannot be read; the text in it is needed as text",
    FileKind.DICOM: "is a DICOM file; it is not looked into",
    FileKind.OTHER: "is no log, and was not read",
}


@dataclass(frozen=True, slots=True)
class Triage:
    """What is said of one thread.

    ``diagnosis.questions`` are the questions to ask, ``reply`` the draft, ``product`` whose log it is instead.
    ``answered`` tells whether somebody else than who began the thread has written in it, None where no author is named.
    """

    thread: str
    subject: str
    messages: int
    diagnosis: Diagnosis
    facts: tuple[Fact, ...]
    reply: str
    product: str | None = None
    answered: bool | None = None


def triage_thread(
    thread: Thread, patterns: PatternBase | None = None, catalogue: EventCatalogue | None = None
) -> Triage:
    """Diagnose a thread. Nothing is raised for bad input: see the diagnosis' problems.

    Many threads may share the ``catalogue`` of ``patterns``.
    """
    messages = thread.load()
    whole = "\n".join(m.prose for m in messages)
    told = told_in(messages)
    base = patterns if patterns is not None else load_patterns()
    diagnosis = diagnose_opened(
        open_files(_logs(messages), LIMITS), patterns=base, catalogue=catalogue, configuration=told
    )
    problems = tuple(p for m in messages for p in (*m.problems, *_unread(m)))
    diagnosis = replace(
        diagnosis,
        problems=problems + diagnosis.problems,
        complete=diagnosis.complete and not any(p.incomplete for p in problems),
        findings=tuple(told.completed(f, base) for f in diagnosis.findings),
    )
    diagnosis = reconsidered(diagnosis, prose_of(messages), whole)
    facts = facts_of(messages, diagnosis, told)
    diagnosis = replace(diagnosis, questions=questions_for(diagnosis, facts))
    product = product_in(whole) if diagnosis.verdict is Verdict.NOT_ORTHANC else None
    subject = thread.subject or next((m.subject for m in messages if m.subject), "")
    authors = [m.author for m in messages if m.author]
    answered = len(set(authors)) > 1 if authors else None
    reply = reply_to(diagnosis, facts, product)
    return Triage(thread.name, subject, thread.count, diagnosis, facts, reply, product, answered)


def _logs(messages: Sequence[Message]) -> list[tuple[str, io.BytesIO]]:
    found = []
    for message in messages:
        if message.body.strip():
            found.append((message.name, io.BytesIO(message.body)))
        found += [
            (f"{message.name}: {file.name}" if message.name != file.name else file.name, io.BytesIO(file.data))
            for file in message.files
            if file.kind is FileKind.LOG
        ]
    return found


def _unread(message: Message) -> list[Problem]:
    """What was posted and cannot be used, by name."""
    seen = {(file.name, file.kind) for file in message.files if file.kind in _NOT_READ}
    return [Problem(f"{message.name}: {name}", _NOT_READ[kind], incomplete=False) for name, kind in sorted(seen)]
