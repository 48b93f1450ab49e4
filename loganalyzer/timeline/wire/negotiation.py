"""How associations begin: request, acceptance, rejection, failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dicom import reject_text
from loganalyzer.dumps.dump import AssociateDump
from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.wire.book import WireBook

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft


class Negotiation(WireBook):
    """The handlers of the events before the first message."""

    def request(self, event: Event) -> AssociationDraft:
        """``wire.request``: told by a line, a dump, or both in either order."""
        fields, dump = event.fields, event.dump
        direction = Direction(fields["direction"])
        draft = self._by_name(event)
        if draft is None or draft.ended or draft.direction is not direction:
            # A line and a dump may tell of the same request, in either order.
            waiting = [
                d for d in self._of(direction)
                if not d.acknowledged and d.answered is None and d.established is None
                and (d.proposed is None if dump is not None else not d.received and d.proposed is not None)
                and (dump is None or d.received) and "association" not in fields
            ]  # fmt: skip
            draft = waiting[0] if waiting else self._begun(direction)
        if isinstance(dump, AssociateDump):
            draft.take_request(dump)
            if direction is Direction.OUTGOING:
                draft.peer_implementation = None
        else:
            draft.received = True
        if direction is Direction.OUTGOING and draft.caused_by is None:
            moving = [
                d
                for d in self._of(Direction.INCOMING)
                if any(o.command == "C-MOVE" and o.ok is None for o in d.operations)
            ]
            draft.caused_by = moving[-1].number if moving else None
        draft.calling_aet = fields.get("calling_aet", draft.calling_aet)
        draft.called_aet = fields.get("called_aet", draft.called_aet)
        draft.host = fields.get("host", draft.host)
        draft.peer_port = int(fields["port"]) if fields.get("port", "").isdigit() else draft.peer_port
        if self._tls is not None:
            draft.tls, self._tls = self._tls, None
        draft.note(event.record, "request")
        return draft

    def accept(self, event: Event) -> AssociationDraft:
        """``wire.accept``: told by a line, a dump, or both in either order."""
        fields, dump = event.fields, event.dump
        direction = Direction(fields["direction"])
        draft = self._by_name(event)
        if draft is None:
            draft = self._accepted_one(event, direction, dump if isinstance(dump, AssociateDump) else None)
        if draft is None:
            draft = self._begun(direction)
        if isinstance(dump, AssociateDump):
            draft.take_answer(dump)
            draft.calling_aet = draft.calling_aet or dump.calling_aet
            draft.called_aet = draft.called_aet or dump.called_aet
        else:
            draft.acknowledged = True
        draft.no_context = draft.no_context or fields.get("none") == "yes"
        draft.established = draft.established or event.record.time
        draft.acknowledged = draft.acknowledged or (
            direction is Direction.OUTGOING and draft.answered is not None and "association" in fields
        )
        draft.note(event.record, "accepted contexts" if dump is not None else "acknowledged")
        return draft

    def _accepted_one(self, event: Event, direction: Direction, dump: AssociateDump | None) -> AssociationDraft | None:
        candidates = self._of(direction)
        if event.fields.get("none") == "yes" and self._last in candidates:
            return self._last  # a second line about the same answer
        if dump is None:
            half = [d for d in candidates if d.answered is not None and not d.acknowledged and not d.operations]
            return next(iter(half or [d for d in candidates if not d.acknowledged]), None)
        answers = {c.id for c in dump.contexts}
        fitting = [
            d for d in candidates
            if d.answered is None and not d.operations
            and dump.called_aet in (None, d.called_aet) and dump.calling_aet in (None, d.calling_aet)
            and (d.proposed is None or answers <= {c.id for c in d.proposed})
        ]  # fmt: skip
        if len(fitting) > 1:
            for draft in fitting:
                draft.inferred = True
        return fitting[0] if fitting else None

    def reject(self, event: Event) -> AssociationDraft:
        """``wire.reject``."""
        fields = event.fields
        direction = Direction(fields["direction"])
        draft = self._by_name(event)
        if draft is None:
            pending = [d for d in self._of(direction) if not d.acknowledged and d.answered is None]
            if pending:
                draft = pending[-1]
            elif (
                self._last is not None and self._last.outcome is Outcome.REJECTED and self._last.direction is direction
            ):
                draft = self._last  # told twice: by a dump and by a line
            else:
                draft = self._begun(direction)
        result, source, reason = (int(fields[k]) if k in fields else None for k in ("result", "source", "reason"))
        by = Side.PEER if direction is Direction.OUTGOING else Side.ORTHANC
        had = draft.reject
        if had is None or (had.reason is None and reason is not None):
            draft.reject = Reject(by, result, source, reason, reject_text(result, source, reason))
        draft.note(event.record, "rejected")
        self._end(draft, Outcome.REJECTED, by, None)
        return draft

    def failed(self, event: Event) -> AssociationDraft:
        """``wire.failed``: the association never came to be."""
        direction = Direction(event.fields["direction"])
        draft = self._by_name(event) or self._current(direction)
        if draft is not None and draft.answered is not None:
            return self._broken(draft, event)
        if draft is None:
            told = self._last
            if told is not None and self._just_failed(told, event) and told.direction is direction:
                told.failure = event.fields["condition"]
                told.note(event.record, "failed")
                return told
            draft = self._begun(direction)
        draft.failure = event.fields["condition"]
        draft.note(event.record, "failed")
        self._end(draft, Outcome.NOT_ESTABLISHED, None, None)
        return draft

    def transport(self, event: Event) -> AssociationDraft | None:
        """DCMTK tells it before the request of an incoming association, and behind that of an outgoing one."""
        tls = event.fields["tls"] == "yes"
        pending = [
            d for d in self._open if d.answered is None and not d.acknowledged and d.direction is Direction.OUTGOING
        ]
        if not pending:
            self._tls = tls
            return None
        pending[-1].tls = tls
        return pending[-1]
