"""How incoming associations end: release, abort, silence, a lost connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.attribution import last_line, served_by, storing
from loganalyzer.timeline.incoming.releases import Releases
from loganalyzer.timeline.incoming.under_way import GONE

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft, OperationDraft
    from loganalyzer.timeline.incoming.under_way import Name

_RELEASE = "Peer Requested Release"
_SILENCE = ("No data available", "timeout")
_REFUSED = "illegal association"


class Endings(Releases):
    """The handlers of the events that end an association."""

    def _ending(self, event: Event) -> AssociationDraft | None:
        """The association that a closing line names, or, up to 1.9.1, does not name."""
        fields = event.fields
        named = "calling_aet" in fields
        candidates = self._open.of((fields["calling_aet"], fields["peer_ip"])) if named else self._open
        open_ones = [d for d in candidates if not d.ended]
        if len(open_ones) <= 1:
            return open_ones[0] if open_ones else None
        step = self._steps.get(event.record.thread)
        for draft in open_ones:
            draft.inferred = True
        condition = fields.get("condition", event.record.message)
        if _RELEASE not in condition and event.type != "association.released":
            failed = [d for d in open_ones if d.operations and d.operations[-1].ok is False]
            if failed:
                return max(failed, key=lambda d: d.operations[-1].last_line)
        self._place_releases(_name(event))
        open_ones = [d for d in open_ones if not d.ended] or open_ones
        open_ones = open_ones if self._crowded else served_by(open_ones, event.record)
        if any(s in condition for s in _SILENCE):
            # After a C-STORE that broke off, it is that one's; else who was heard of last has been silent the shortest.
            lost = {command for command, _ in self._unplaced_failures}
            lasts = [(d, d.operations[-1]) for d in open_ones if d.operations]
            broken = [d for d, o in lasts if o.command in lost and o.ok is None]
            return min(broken or open_ones, key=last_line)
        if step is not None and step[0] in open_ones and event.record.thread is not None and not named:
            return step[0]
        finished = [d for d in open_ones if d.operations and not storing(d)]
        return min(finished or open_ones, key=lambda d: d.operations[-1].line if d.operations else d.number)

    def task_failed(self, record: Record) -> AssociationDraft | None:
        """An exception that leaves the thread of an association ends it: Orthanc closes TCP without a word."""
        draft, operation = self._steps.get(record.thread, (None, None))
        if draft is None or operation is None or draft.ended:
            return None
        if record.thread is None and len([d for d in self._open if d.operations]) > 1:
            draft.inferred = True
        if operation.ok is None:
            operation.fail(record.message, record)
        draft.failure = record.message
        self._close(draft, Outcome.LOST, Side.ORTHANC, record)
        return draft

    def finishing(self, event: Event) -> AssociationDraft | None:
        """``association.finishing``, ``association.condition``."""
        condition = event.fields.get("condition", event.record.message)
        released = _RELEASE in condition
        name = _name(event)
        if name is None:
            self._confirmations += 1
        if released and len(self._bearing(name)) > 1:
            self._release_later(event.record, name)
            return None
        draft = self._ending(event)
        if draft is None:
            return None
        draft.failure = None if released else condition
        self._close(draft, Outcome.RELEASED if released else _broken(condition), Side.PEER, event.record)
        return draft

    def released(self, event: Event) -> AssociationDraft | None:
        """``association.released``."""
        return self._closing_line(event, Outcome.RELEASED, Side.PEER)

    def aborted(self, event: Event) -> AssociationDraft | None:
        """``association.aborted``."""
        return self._closing_line(event, Outcome.ABORTED, Side.PEER)

    def _closing_line(self, event: Event, outcome: Outcome, by: Side) -> AssociationDraft | None:
        """``Association Release``/``Aborted`` follows the line with the condition: then it says nothing new."""
        if "calling_aet" in event.fields:
            if event.record.thread in self._told_later:
                self._told_later.discard(event.record.thread)
                return None
            ended, operation = self._steps.get(event.record.thread, (None, None))
            if ended is not None and ended.ended and operation is None:
                ended.note(event.record, "end")
                return ended
        elif self._confirmations:
            self._confirmations -= 1
            ended = self._steps.get(event.record.thread, (None, None))[0]
            if ended is not None and ended.ended:
                ended.note(event.record, "end")
            return ended
        draft = self._ending(event)
        if draft is not None:
            self._close(draft, outcome, by, event.record)
        return draft

    def dimse_failure(self, event: Event) -> AssociationDraft | None:
        """``association.dimse-failure``."""
        draft = self._ending(event)
        if draft is None:
            return None
        condition = event.fields["condition"]
        last = draft.operations[-1] if draft.operations else None
        draft.failure = condition
        if last is not None and last.ok is None and _REFUSED not in condition:
            self._place_failure(last, event.record)
        outcome, by = Outcome.ABORTED, Side.ORTHANC
        if last is not None and last.ok is False and any(g in (last.detail or "") for g in GONE):
            outcome, by = _broken(last.detail or ""), Side.PEER
        elif any(s in condition for s in _SILENCE):
            outcome = Outcome.TIMEOUT
        elif any(g in condition for g in GONE):
            outcome, by = _broken(condition), Side.PEER
        if last is not None and last.ok is None and last.command == "C-STORE" and _REFUSED not in condition:
            # The data set was still coming in; other requests that fail have a line of their own.
            last.fail(condition, event.record)
        self._close(draft, outcome, by, event.record)
        return draft

    def _place_failure(self, operation: OperationDraft, record: Record) -> None:
        for i, (command, detail) in enumerate(self._unplaced_failures):
            if command == operation.command:
                operation.fail(detail, record)
                del self._unplaced_failures[i]
                return


def _name(event: Event) -> Name | None:
    """By what a line names an association, if it does."""
    if "calling_aet" not in event.fields:
        return None
    return event.fields["calling_aet"], event.fields["peer_ip"]


def _broken(condition: str) -> Outcome:
    """Whether a lost peer aborted or its connection went: DCMTK words both as ``Peer aborted Association``."""
    lowered = condition.lower()
    return Outcome.LOST if "tcp" in lowered or "reset" in lowered or "closed" in lowered else Outcome.ABORTED
