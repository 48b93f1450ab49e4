"""The DIMSE requests of peers, and what Orthanc sends on the same association to serve them (C-GET)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dumps.dump import DimseDump
from loganalyzer.timeline.association import Direction, Side
from loganalyzer.timeline.draft import AssociationDraft, OperationDraft
from loganalyzer.timeline.incoming.attribution import fits, following, last_line, narrowed, pick, settle
from loganalyzer.timeline.incoming.releases import Releases

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record

COMMANDS = {
    "Echo": "C-ECHO", "Store": "C-STORE", "Find": "C-FIND", "FindWorklist": "C-FIND", "Move": "C-MOVE", "Get": "C-GET",
}  # fmt: skip
"""How Orthanc prints a request (``EnumerationToString(DicomRequestType)``) → the DIMSE command."""
_CANCEL = "C-CANCEL"  # ends another request and is answered by that one's answer (PS3.7 9.3.2.3)
_MAX_UNNAMED = 64


class Requests(Releases):
    """The handlers of the events that begin a step, or tell what is done in it."""

    def command(self, event: Event) -> AssociationDraft | None:
        """``dimse.received``."""
        dump, record = event.dump, event.record
        if not isinstance(dump, DimseDump) or not dump.request:
            return None
        # The next line of this thread names the association.
        self._unnamed.append((record.thread, dump, record))
        del self._unnamed[:-_MAX_UNNAMED]
        return None

    def request(self, event: Event) -> AssociationDraft | None:
        """``request.incoming``."""
        record, fields = event.record, event.fields
        command = COMMANDS.get(fields["request"], fields["request"])
        dump, first = self._take_unnamed(record, command)
        named = [
            d for d in self._open.of((fields["calling_aet"], fields["peer_ip"]))
            if d.called_aet in (None, fields["called_aet"])
        ]  # fmt: skip
        likely = narrowed(named, command, dump, record, crowded=self._crowded)
        if len(likely) > 1 and not following(likely, dump):
            self._place_releases((fields["calling_aet"], fields["peer_ip"]))
            likely = [d for d in likely if not d.ended] or [d for d in named if not d.ended]
        if dump is not None and all(d.run == 0 and not fits(d, dump) for d in likely):
            likely = []  # in a log that begins in the middle, one that began before
        draft = pick(likely)
        if draft is None:
            # Its beginning is not in the log.
            draft = self._new(Direction.INCOMING)
            draft.calling_aet, draft.host = fields["calling_aet"], fields["peer_ip"]
            draft.acknowledged = draft.headless = True
            self._open.add(draft)
        draft.called_aet = draft.called_aet or fields["called_aet"]
        if first is not None:
            draft.note(first, command)
        self._begin(draft, command, dump, record)
        self._place_certain_releases((fields["calling_aet"], fields["peer_ip"]))
        return draft

    def worklist_query(self, event: Event) -> AssociationDraft | None:
        """``request.worklist-query``: the plugin names the AET only; needed where the server left none."""
        asking = [d for d in self._open if d.calling_aet == event.fields["calling_aet"] and not d.ended]
        if len(asking) != 1 or asking[0].operations:
            return None
        self._begin(asking[0], "C-FIND", None, event.record)
        return asking[0]

    def _take_unnamed(self, record: Record, command: str) -> tuple[DimseDump | None, Record | None]:
        for i in range(len(self._unnamed) - 1, -1, -1):
            thread, dump, first = self._unnamed[i]
            if thread == record.thread and dump.command == command:
                del self._unnamed[i]
                return dump, first
        return None, None

    def not_served(self, event: Event) -> AssociationDraft | None:
        """A request that Orthanc does not serve is dumped, but no line names whose it is."""
        record = event.record
        mine = [u for u in self._unnamed if u[0] == record.thread and u[1].command not in COMMANDS.values()]
        fitting = [d for d in self._open if not d.ended and (not mine or fits(d, mine[-1][1]))]
        if len(fitting) != 1:
            return None
        draft = fitting[0]
        if mine:
            self._unnamed.remove(mine[-1])
            _, dump, first = mine[-1]
            draft.note(first, dump.command)
            if dump.command != _CANCEL:
                self._begin(draft, dump.command, dump, first)
                draft.operations[-1].fail(record.message, record)
        draft.note(record, "failed")
        return draft

    def _begin(self, draft: AssociationDraft, command: str, dump: DimseDump | None, record: Record) -> None:
        operation = OperationDraft(
            command, Side.PEER, dump.message_id if dump else None, record.line, record.time,
            dump.sop_class if dump else None, dump.sop_instance if dump else None,
            move_destination=dump.move_destination if dump else None,
        )  # fmt: skip
        settle(draft)
        draft.begin(operation)
        draft.note(record, command)
        self._steps[record.thread] = (draft, operation)
        draft.served_by = record.thread

    def of_step(self, event: Event) -> AssociationDraft | None:
        """Something that happened while a request was served."""
        step = self._steps.get(event.record.thread)
        if step is None or step[0].ended:
            return None
        draft, operation = step
        draft.note(event.record)
        if operation is not None:
            operation.move_destination = event.fields.get("move_destination", operation.move_destination)
        return draft

    def move_requested(self, event: Event) -> AssociationDraft | None:
        """Without thread names, the destination tells which C-MOVE a line is about."""
        destination = event.fields.get("move_destination")
        waiting = self._waiting(event.record, "C-MOVE") if event.record.thread is None else []
        fitting = [(d, o) for d, o in waiting if o.move_destination == destination] or waiting
        if len(waiting) <= 1 or destination is None:
            return self.of_step(event)
        draft, operation = fitting[-1]
        draft.note(event.record)
        operation.move_destination = destination
        return draft

    def get_request(self, event: Event) -> AssociationDraft | None:
        """``get.store-request``."""
        dump, record = event.dump, event.record
        draft = self._getting(record, dump, answered=False) if isinstance(dump, DimseDump) else None
        if draft is None or not isinstance(dump, DimseDump):
            return None
        draft.begin(
            OperationDraft(
                dump.command, Side.ORTHANC, dump.message_id, record.line, record.time, dump.sop_class, dump.sop_instance
            )
        )
        return draft

    def get_response(self, event: Event) -> AssociationDraft | None:
        """``get.store-response``."""
        dump = event.dump
        draft = self._getting(event.record, dump, answered=True) if isinstance(dump, DimseDump) else None
        operation = _last_sent(draft) if draft is not None else None
        if operation is not None and isinstance(dump, DimseDump):
            operation.answer(dump, event.record)
        return draft

    def _getting(self, record: Record, dump: DimseDump, *, answered: bool) -> AssociationDraft | None:
        """Whose C-GET a message serves: the thread's; without thread names, the one that sent this instance or message.

        Orthanc sends the next instance when the one before is answered.
        """
        if record.thread is not None:
            return self._steps.get(record.thread, (None, None))[0]
        getting = [d for d in self._open if d.asks("C-GET")]
        if len(getting) > 1:
            for draft in getting:
                draft.inferred = True
        sent = [(d, _last_sent(d)) for d in getting]
        if answered:
            mine = [d for d, o in sent if o is not None and o.sop_instance in (None, dump.sop_instance)]
        else:
            mine = [d for d, o in sent if o is None and fits(d, dump)]
        return min(mine or getting, key=last_line, default=None)


def _last_sent(draft: AssociationDraft) -> OperationDraft | None:
    """The C-STORE of a C-GET that waits for its answer."""
    return next((o for o in reversed(draft.operations) if o.requested_by is Side.ORTHANC and o.status is None), None)
