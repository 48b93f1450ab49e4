"""The DIMSE requests of peers, and what Orthanc sends on the same association to serve them (C-GET)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dumps.dump import DimseDump
from loganalyzer.timeline.association import Direction, Side
from loganalyzer.timeline.draft import AssociationDraft, OperationDraft
from loganalyzer.timeline.incoming.attribution import fits, last_line, narrowed, pick, settle
from loganalyzer.timeline.incoming.unplaced import UnplacedEndings

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.incoming.under_way import Name

COMMANDS = {
    "Echo": "C-ECHO", "Store": "C-STORE", "Find": "C-FIND", "FindWorklist": "C-FIND", "Move": "C-MOVE", "Get": "C-GET",
}  # fmt: skip
"""How Orthanc prints a request (``EnumerationToString(DicomRequestType)``) → the DIMSE command."""
_CANCEL = "C-CANCEL"  # ends another request and is answered by that one's answer (PS3.7 9.3.2.3)
_MAX_UNNAMED = 64


class Requests(UnplacedEndings):
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
        self._let_in((fields["calling_aet"], fields["peer_ip"]))
        named = [
            d for d in self._open.of((fields["calling_aet"], fields["peer_ip"]))
            if d.called_aet in (None, fields["called_aet"])
        ]  # fmt: skip
        likely = narrowed(named, command, dump, record, crowded=self._crowded, going_on=self._going_on)
        if dump is not None and all(d.run == 0 and not fits(d, dump) for d in likely):
            likely = []  # in a log that begins in the middle, one that began before
        draft = pick(likely) or (None if named else self._reopened((fields["calling_aet"], fields["peer_ip"])))
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
        self._goes_on(draft)
        return draft

    def _let_in(self, name: Name) -> None:
        """Who asks for something was let in, also where no line says so: the level may be set while Orthanc runs."""
        draft = self._negotiating
        waits = draft is not None and draft.received and not draft.acknowledged and not draft.ended
        if draft is not None and waits and name == (draft.calling_aet, draft.host) and not self._open.of(name):
            draft.acknowledged = True
            self._open.add(draft)

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
        self.numbers.command_not_handled()
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
            move_originator=dump.move_originator if dump else None,
        )  # fmt: skip
        settle(draft)
        draft.begin(operation)
        draft.note(record, command)
        self._steps[record.thread] = (draft, operation)
        draft.served_by = record.thread

    def of_step(self, event: Event) -> AssociationDraft | None:
        """Something that happened while a request was served: a C-MOVE, a storage commitment."""
        destination = event.fields.get("move_destination")
        if event.record.thread is not None:
            draft, operation = self._steps.get(event.record.thread, (None, None))
        else:
            draft, operation = self._begun("N-ACTION" if destination is None else "C-MOVE", destination)
        if draft is None or draft.ended:
            return None
        draft.note(event.record)
        if operation is not None and destination is not None:
            operation.move_destination = destination
        return draft

    def _begun(
        self, command: str, destination: str | None
    ) -> tuple[AssociationDraft, OperationDraft] | tuple[None, None]:
        """Without thread names: of the requests that are being served, the one that a line is about.

        The destination tells which C-MOVE that is; where no dump names it, most ask for themselves, and the others are
        served in their order.
        """
        last = [(d, d.operations[-1]) for d in self._open if d.operations and not d.ended]
        waiting = [(d, o) for d, o in last if o.command == command and o.ok is None]
        named = [pair for pair in waiting if pair[1].move_destination == destination is not None]
        untold = [pair for pair in waiting if pair[1].move_destination is None]
        meant = named or [pair for pair in untold if pair[0].calling_aet == destination] or untold
        if len(meant) > 1:
            for draft, _ in meant:
                draft.inferred = True
        return (max if named else min)(meant, key=lambda pair: pair[1].line, default=(None, None))

    def get_sending(self, event: Event) -> AssociationDraft | None:
        """``get.sending``: at verbose level it is all that tells of a C-STORE."""
        record = event.record
        draft = self._getting(record, None, answered=False)
        if draft is not None:
            number = int(event.fields["message_id"])
            draft.begin(OperationDraft("C-STORE", Side.ORTHANC, number, record.line, record.time, provisional=True))
            self._goes_on(draft)
        return draft

    def get_request(self, event: Event) -> AssociationDraft | None:
        """``get.store-request``."""
        dump, record = event.dump, event.record
        draft = self._getting(record, dump, answered=False) if isinstance(dump, DimseDump) else None
        if draft is None or not isinstance(dump, DimseDump):
            return None
        operation = _announced(draft, dump)
        if operation is None:
            self._withdraw(dump)
            made = OperationDraft(dump.command, Side.ORTHANC, dump.message_id, record.line, record.time)
            operation = draft.begin(made)
        operation.provisional = False
        operation.sop_class, operation.sop_instance = dump.sop_class, dump.sop_instance
        self._goes_on(draft)
        return draft

    def _withdraw(self, dump: DimseDump) -> None:
        """Without thread names, a C-STORE may have been announced on another association than it is sent on."""
        for draft in self._open:
            operation = _announced(draft, dump)
            if operation is not None:
                draft.operations.remove(operation)
                return

    def get_store_failed(self, event: Event) -> AssociationDraft | None:
        """``get.store-failed``: the answer may have been dumped before, which says more."""
        record = event.record
        answered, self._got = self._got, None
        if record.thread is None and answered is not None:
            return answered
        draft = self._getting(record, None, answered=True) or self.current(record)
        operation = _last_sent(draft) if draft is not None else None
        if operation is not None:
            operation.fail(event.fields["reason"], record)
        return draft

    def get_response(self, event: Event) -> AssociationDraft | None:
        """``get.store-response``."""
        dump = event.dump
        draft = self._getting(event.record, dump, answered=True) if isinstance(dump, DimseDump) else None
        operation = _last_sent(draft) if draft is not None else None
        if operation is not None and isinstance(dump, DimseDump):
            operation.answer(dump, event.record)
            self._got = draft if operation.ok is False else None
        return draft

    def _getting(self, record: Record, dump: DimseDump | None, *, answered: bool) -> AssociationDraft | None:
        """Whose C-GET a message serves: the thread's; without thread names, the one that sent this instance or message.

        Orthanc sends the next instance when the one before is answered.
        """
        if record.thread is not None:
            return self._steps.get(record.thread, (None, None))[0]
        getting = self._going_on(d for d in self._open if d.asks("C-GET"))
        if len(getting) > 1:
            for draft in getting:
                draft.inferred = True
        sent = [(d, _last_sent(d)) for d in getting]
        if answered:
            known = (None, dump.sop_instance if dump is not None else None)
            mine = [d for d, o in sent if o is not None and (dump is None or o.sop_instance in known)]
        else:
            fitting = [(d, o) for d, o in sent if dump is None or fits(d, dump)]
            announced = [d for d, _ in fitting if dump is not None and _announced(d, dump)]
            mine = announced or [d for d, o in fitting if o is None]
        return min(mine or getting, key=last_line, default=None)


def _last_sent(draft: AssociationDraft) -> OperationDraft | None:
    """The C-STORE of a C-GET that waits for its answer."""
    return next((o for o in reversed(draft.operations) if o.requested_by is Side.ORTHANC and o.ok is None), None)


def _announced(draft: AssociationDraft, dump: DimseDump) -> OperationDraft | None:
    """What was announced of a C-STORE, until it is dumped."""
    sent = _last_sent(draft)
    return sent if sent is not None and sent.provisional and sent.message_id == dump.message_id else None
