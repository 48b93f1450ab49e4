"""A mailbox as a table: one row a thread, with the threads that have the same cause in the same words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loganalyzer.triage.questions import roots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.triage.result import Triage

_MOST_SIMILAR = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One thread.

    ``messages`` is how many it has, ``answered`` whether somebody else than its author has written in it (None where no
    author is named), ``missing`` how many questions there are to ask; ``similar`` are numbers of rows.
    """

    number: int
    thread: str
    verdict: str
    cause: str
    confidence: str
    messages: int
    answered: bool | None
    missing: int
    similar: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a thread for the table: its row, and the fingerprints that make threads similar."""

    row: Row
    fingerprints: frozenset[str]


def entry_of(triage: Triage, number: int) -> Entry:
    """The entry of one thread."""
    causes = roots(triage.diagnosis)
    first = next(iter(causes), None)
    row = Row(
        number, triage.subject or triage.thread, str(triage.diagnosis.verdict), first.cause if first else "-",
        str(first.confidence) if first else "", triage.messages, triage.answered, len(triage.diagnosis.questions), (),
    )  # fmt: skip
    return Entry(row, frozenset(f.fingerprint for f in causes if f.fingerprint))


def rows_of(entries: Sequence[Entry]) -> list[Row]:
    """The rows, in the order of the threads; a row names the others with the same cause in the same words."""
    by_fingerprint: dict[str, list[int]] = {}
    for entry in entries:
        for fingerprint in entry.fingerprints:
            by_fingerprint.setdefault(fingerprint, []).append(entry.row.number)
    rows = []
    for entry in entries:
        # The numbers of a fingerprint are in order: the first ones of each are enough.
        others = {other for one in entry.fingerprints for other in by_fingerprint[one][: _MOST_SIMILAR + 1]}
        similar = tuple(sorted(others - {entry.row.number})[:_MOST_SIMILAR])
        rows.append(replace(entry.row, similar=similar))
    return rows
