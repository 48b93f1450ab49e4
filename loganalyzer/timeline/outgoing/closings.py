"""``Closing DICOM association`` without a thread: which of several associations it is about shows later.

The line names nobody. It comes at once when an association has failed, which has a line of its own. Any other closing
waits until no more associations are left than closings were seen; the rest is placed when the log ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.outgoing.under_way import OutgoingUnderWay, all_answered

if TYPE_CHECKING:
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft

_MOST_WAITING = 64


class Closings(OutgoingUnderWay):
    """Keeps the closings that may be several associations' own, in order."""

    def _close_one(self, record: Record) -> AssociationDraft | None:
        """Takes a closing; gives the association that it ends, where only one may be meant."""
        failed = next((d for d in reversed(self._open.of(None)) if d.ended), None)
        if failed is not None:
            self._open.discard(failed)
            return failed
        meant = self._closable(record)
        if len(meant) > 1:
            for draft in meant:
                draft.inferred = True
        self._closings.append(record)
        self._place_closings()
        return meant[0] if len(meant) == 1 else None

    def _place_closings(self, keep: int = _MOST_WAITING) -> None:
        """Places the closings for which nobody else is left, and the first ones where more than ``keep`` wait."""
        while self._closings:
            waiting = len(self._closings)
            if len(self._closable(self._closings[-1])) > waiting and waiting <= keep:
                return
            record = self._closings.pop(0)
            draft = min(self._closable(record), key=_likeliest, default=None)
            if draft is not None:
                self._end_by(draft, record)

    def likely_closed(self) -> list[AssociationDraft]:
        """The associations that the closings that wait are most likely about."""
        if not self._closings:
            return []
        return sorted(self._closable(self._closings[-1]), key=_likeliest)[: len(self._closings)]

    def _end_by(self, draft: AssociationDraft, record: Record) -> None:
        if not draft.ended:
            # At verbose the answer leaves no line; that Orthanc closes in good order says that it came.
            self._released(draft, record)
        self._open.discard(draft)

    def _closable(self, record: Record) -> list[AssociationDraft]:
        """The associations that a closing may be about: those that may stand."""
        return [
            d for d in self._open.of(None)
            if not d.ended and (d.start_line or 0) < record.line and (d.established is not None or d.proposed is None)
        ]  # fmt: skip


def _likeliest(draft: AssociationDraft) -> tuple[bool, int]:
    return not all_answered(draft), draft.start_line or 0
