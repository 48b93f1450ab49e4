"""A mailbox as a table: one row a thread, with the threads that have the same cause in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.triage.questions import roots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.triage.result import Triage

_MOST_SIMILAR = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One thread. ``messages`` is how many it has; ``similar`` are numbers of rows."""

    number: int
    thread: str
    verdict: str
    cause: str
    confidence: str
    messages: int
    missing: int
    similar: tuple[int, ...]


def rows_of(triages: Sequence[Triage]) -> list[Row]:
    """The rows, in the order of the threads."""
    by_fingerprint: dict[str, list[int]] = {}
    prints = [{f.fingerprint for f in roots(t.diagnosis) if f.fingerprint} for t in triages]
    for number, found in enumerate(prints, 1):
        for fingerprint in found:
            by_fingerprint.setdefault(fingerprint, []).append(number)
    rows = []
    for number, (triage, found) in enumerate(zip(triages, prints, strict=True), 1):
        similar = sorted({other for one in found for other in by_fingerprint[one]} - {number})[:_MOST_SIMILAR]
        first = next(iter(roots(triage.diagnosis)), None)
        rows.append(
            Row(
                number, triage.subject or triage.thread, str(triage.diagnosis.verdict), first.cause if first else "-",
                str(first.confidence) if first else "", triage.messages,
                len(triage.diagnosis.questions), tuple(similar),
            )
        )  # fmt: skip
    return rows
