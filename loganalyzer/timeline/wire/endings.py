"""How associations end: release, abort, silence, a lost connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, Outcome, Side
from loganalyzer.timeline.wire.book import WireBook

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft

_SIDES = {"own": Side.ORTHANC, "other": Side.PEER}
_SILENCE = ("No data available", "timeout", "Timeout", "timed out")
_GONE = ("Peer aborted", "peer aborted")
_LOST = ("TCP I/O", "reset by peer", "closed by peer", "Connection closed", "connection was closed", "Broken pipe")


class Endings(WireBook):
    """The handlers of the events that end an association, or say why it will end."""

    def release(self, event: Event) -> AssociationDraft | None:
        """``wire.release``."""
        by = _SIDES[event.fields["by"]]
        prefer = Direction.OUTGOING if by is Side.ORTHANC else Direction.INCOMING
        only = prefer if event.fields.get("sub") == "yes" else None
        draft = self._by_name(event) or self._current(only, prefer=prefer)
        if draft is not None:
            self._end(draft, Outcome.RELEASED, by, event.record)
        return draft

    def dropped(self, event: Event) -> AssociationDraft | None:
        """``wire.dropped``."""
        draft = self._by_name(event) or self._current(Direction.OUTGOING)
        if draft is not None:
            self._end(draft, Outcome.LOST, Side.ORTHANC, event.record)
        return draft

    def abort(self, event: Event) -> AssociationDraft | None:
        """``wire.abort``."""
        by = _SIDES[event.fields["by"]]
        condition = event.fields.get("condition")
        draft = self._by_name(event)
        if draft is None and self._last is not None and by is Side.PEER and self._just_failed(self._last, event):
            return self._last
        draft = draft or self._current()
        if draft is None:
            told = self._last
            if told is not None and told.ended and (told.outcome is not Outcome.RELEASED or self._near(told, event)):
                return told
            draft = self._headless(Direction.OUTGOING)
        hint, self._hint = self._hint, None
        if by is Side.PEER and hint == "closed":
            return self._broken(draft, event)
        draft.failure = draft.failure or condition
        for operation in draft.operations:
            if operation.ok is None and operation.status is None and by is Side.PEER:
                operation.fail(condition or event.record.message, event.record)
        silent = by is Side.ORTHANC and any(s in (draft.failure or "") for s in _SILENCE)
        if draft.purpose == "timeout" or silent:
            self._end(draft, Outcome.TIMEOUT, Side.ORTHANC, event.record)
        elif not draft.acknowledged and draft.answered is None and not draft.operations:
            self._end(draft, Outcome.NOT_ESTABLISHED, by, event.record)
        else:
            self._end(draft, Outcome.ABORTED, by, event.record)
        return draft

    def closed(self, event: Event) -> AssociationDraft | None:
        """``wire.closed``."""
        draft = self._by_name(event) or self._current()
        return self._broken(draft, event) if draft is not None else self._last

    def timeout(self, event: Event) -> AssociationDraft | None:
        """``wire.timeout``."""
        draft = self._by_name(event) or self._current()
        if draft is None or draft.ended:
            return draft
        condition = event.fields.get("condition", event.record.message)
        draft.failure, draft.purpose = condition, "timeout"
        for operation in draft.operations:
            if operation.ok is None and operation.status is None:
                operation.fail(condition, event.record)
        draft.note(event.record, "failed")
        if draft.acknowledged or draft.answered is not None or draft.operations:
            self._end(draft, Outcome.TIMEOUT, Side.ORTHANC, None)
        else:
            self._end(draft, Outcome.NOT_ESTABLISHED, None, None)
        return draft

    def broken_server(self, event: Event) -> AssociationDraft | None:
        """A server gives up: what its last operation failed with tells why."""
        draft = self._by_name(event) or self._current(prefer=Direction.INCOMING)
        if draft is None:
            return self._last
        condition = event.fields["condition"]
        last = draft.operations[-1] if draft.operations else None
        reason = (last.detail if last is not None and last.ok is False else None) or draft.failure or condition
        for operation in draft.operations:
            if operation.ok is None and operation.status is None:
                operation.fail(condition, event.record)
        draft.failure = draft.failure or condition
        if any(s in reason for s in _LOST):
            self._end(draft, Outcome.LOST, Side.PEER, event.record)
        elif any(s in reason for s in _GONE):
            self._end(draft, Outcome.ABORTED, Side.PEER, event.record)
        elif any(s in reason for s in _SILENCE):
            self._end(draft, Outcome.TIMEOUT, Side.ORTHANC, event.record)
        else:
            self._end(draft, Outcome.ABORTED, Side.ORTHANC, event.record)
        return draft

    def end_failed(self, event: Event) -> AssociationDraft | None:
        """``wire.end-failed``: what was told before did not happen."""
        draft = self._last
        if draft is not None and draft.ended and draft.ended_by is Side.ORTHANC:
            draft.failure = draft.failure or event.fields["condition"]
            if draft.outcome is Outcome.RELEASED:
                draft.outcome, draft.ended_by = Outcome.LOST, Side.PEER
            draft.note(event.record, "failed")
        return draft

    def hinted(self, event: Event) -> AssociationDraft | None:
        """``wire.hint``."""
        self._hint = event.fields["hint"]
        draft = self._by_name(event) or self._current()
        if draft is not None and event.record.is_alarm:
            draft.note(event.record)
            draft.failure = draft.failure or event.record.message
        return draft

    def program(self, event: Event) -> AssociationDraft | None:  # noqa: ARG002 - what it says is kept elsewhere
        """``wire.program``: how what is open ended is not in the log."""
        for draft in self._open:
            draft.outcome = Outcome.UNKNOWN
        self.end_of_run()
        return None
