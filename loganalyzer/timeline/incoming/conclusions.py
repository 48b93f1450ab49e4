"""What the line of an ending says: release, abort, silence, a lost connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.under_way import GONE, IncomingUnderWay

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft, OperationDraft

_RELEASE = "Peer Requested Release"
_PEER_ABORTS = ("Peer aborted", "Peer Requested Abort")
SILENCE = ("No data available", "timeout")
_REFUSED = "illegal association"


def condition_of(event: Event) -> str:
    """DCMTK's words for how it ended."""
    return event.fields.get("condition", event.record.message)


def is_release(event: Event) -> bool:
    """Whether the peer ended in good order."""
    return event.type == "association.released" or _RELEASE in condition_of(event)


def is_told_by_peer(event: Event) -> bool:
    """Whether the peer ended it, in good order or not: what Orthanc does then needs no further line."""
    return is_release(event) or any(words in condition_of(event) for words in _PEER_ABORTS)


def is_silence(event: Event) -> bool:
    """Whether the peer was silent for too long."""
    return any(s in condition_of(event) for s in SILENCE)


class Conclusions(IncomingUnderWay):
    """Ends associations."""

    def _conclude(self, draft: AssociationDraft, event: Event) -> None:
        """Ends an association by the event that tells of its end."""
        condition = condition_of(event)
        if event.type == "association.dimse-failure":
            self._give_up(draft, event)
        elif is_release(event):
            self._close(draft, Outcome.RELEASED, Side.PEER, event.record)
        elif event.type == "association.aborted":
            self._close(draft, Outcome.ABORTED, Side.PEER, event.record)
        else:
            draft.failure = condition
            if draft.operations and draft.operations[-1].ok is None:
                self._place_failure(draft.operations[-1], event.record)
            self._close(draft, _broken(condition), Side.PEER, event.record)

    def _give_up(self, draft: AssociationDraft, event: Event) -> None:
        """Orthanc aborts: a request failed, or nothing came."""
        condition = event.fields["condition"]
        last = draft.operations[-1] if draft.operations else None
        draft.failure = condition
        if last is not None and last.ok is None and _REFUSED not in condition:
            self._place_failure(last, event.record)
        outcome, by = Outcome.ABORTED, Side.ORTHANC
        if last is not None and last.ok is False and any(g in (last.detail or "") for g in GONE):
            outcome, by = _broken(last.detail or ""), Side.PEER
        elif is_silence(event):
            outcome = Outcome.TIMEOUT
        elif any(g in condition for g in GONE):
            outcome, by = _broken(condition), Side.PEER
        told = last is None or last.ok is not None or last.uncertain or last.provisional
        if last is not None and not told and last.command == "C-STORE" and _REFUSED not in condition:
            # The data set was still coming in; other requests that fail have a line of their own.
            last.fail(condition, event.record)
        self._close(draft, outcome, by, event.record)

    def _place_failure(self, operation: OperationDraft, record: Record) -> None:
        for i, (command, detail) in enumerate(self._unplaced_failures):
            if command == operation.command:
                operation.fail(detail, record)
                del self._unplaced_failures[i]
                return


def _broken(condition: str) -> Outcome:
    """Whether a lost peer aborted or its connection went: DCMTK words both as ``Peer aborted Association``."""
    lowered = condition.lower()
    return Outcome.LOST if "tcp" in lowered or "reset" in lowered or "closed" in lowered else Outcome.ABORTED
