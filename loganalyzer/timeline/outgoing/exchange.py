"""The DIMSE messages on outgoing associations: requests of Orthanc and their answers, and those of the peer (C-GET)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dumps.dump import DimseDump
from loganalyzer.timeline.association import Side
from loganalyzer.timeline.draft import AssociationDraft, OperationDraft, status_ok
from loganalyzer.timeline.outgoing.closings import Closings
from loganalyzer.timeline.outgoing.under_way import REQUEST_COMMANDS

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record


_STORE = "C-STORE"
_ASKED_FOR = {
    "query": "C-FIND", "find-worklist": "C-FIND", "move": "C-MOVE", "get": "C-GET",
}  # fmt: skip
"""What calls of ``/modalities/…`` make Orthanc send."""
_AFTER_ECHO = 2  # the message id of what Orthanc asks for after the C-ECHO of an association (``CheckFind``)


class Exchange(Closings):
    """The handlers of the events of messages."""

    def sent(self, event: Event) -> AssociationDraft | None:
        """``dimse.sent``."""
        dump = event.dump
        draft = self._sender(event.record, dump) if isinstance(dump, DimseDump) else None
        if draft is None or not isinstance(dump, DimseDump):
            return None
        self._establish(draft, event.record)
        others = self._open.of(None) if event.record.thread is None else ()  # for whose it may have been taken
        performed = (draft, *others)
        before = next((d for d in performed if performs(d, dump.command)), None) if dump.command == _STORE else None
        if before is not None:
            before.operations.pop()
        operation = OperationDraft(
            dump.command, Side.ORTHANC, dump.message_id, event.record.line, event.record.time, dump.sop_class,
            dump.sop_instance, move_destination=dump.move_destination,
        )  # fmt: skip
        draft.begin(operation)
        draft.note(event.record, dump.command)
        return draft

    def _sender(self, record: Record, dump: DimseDump) -> AssociationDraft | None:
        """The association that a request goes out on; without thread names, by contexts and message ids."""
        if record.thread is not None:
            return self._find(record)
        free = [
            d for d in self._open.of(None)
            if not d.ended and d.established is not None
            and (d.purpose not in REQUEST_COMMANDS or dump.message_id == _AFTER_ECHO)
            and not any(o.ok is None and o.command != "C-ECHO" and not o.provisional for o in d.operations)
            and any(c.result == "accepted" and c.abstract_syntax == dump.sop_class for c in d.answered or ())
        ]  # fmt: skip
        free = self._asked_for(dump.command, free)
        following = [d for d in free if (d.last_message_id or d.purpose in REQUEST_COMMANDS) + 1 == dump.message_id]
        meant = following or free
        if dump.command == _STORE:
            meant = [d for d in meant if performs(d, _STORE)][:1] or self._announced_to(meant) or meant
        performing = [d for d in self._open.of(None) if performs(d, dump.command)]
        return self._latest(meant or performing) or self._find(record)

    def _asked_for(self, command: str, free: list[AssociationDraft]) -> list[AssociationDraft]:
        """Of those, the ones that were opened for such a request, else those that may have been.

        Where all were opened for something else, one of them has got the answer of one that still waits for it.
        """
        asked = [d for d in free if _ASKED_FOR.get(d.purpose or "") == command and not d.operations]
        may_ask = asked or [d for d in free if d.purpose not in _ASKED_FOR]
        if may_ask or not free:
            return may_ask
        for draft in self._open.of(None):
            waits = not draft.ended and draft.established is None and draft.purpose not in _ASKED_FOR
            other = next((d for d in free if waits and d.inferred and d.proposed == draft.proposed), None)
            if other is not None:
                draft.exchange_answers(other)
                return [draft]
        return free

    def answered(self, event: Event) -> AssociationDraft | None:
        """``dimse.answered``."""
        dump = event.dump
        if not isinstance(dump, DimseDump):
            return None
        open_ones = [self._find(event.record)] if event.record.thread is not None else self._longest_waiting()
        for draft in open_ones:
            operation = draft.find_operation(dump.message_id, dump.command) if draft is not None else None
            if draft is None or operation is None:
                continue
            if (
                event.record.thread is None
                and dump.sop_instance
                and operation.sop_instance not in (None, dump.sop_instance)
            ):
                continue
            operation.answer(dump, event.record)
            if operation.status is not None:
                draft.note(event.record, f"{dump.command} {operation.status}")
            return draft
        return None

    def _longest_waiting(self) -> list[AssociationDraft]:
        return sorted(self._open.of(None), key=lambda d: d.operations[-1].line if d.operations else 0)

    def asked_by_peer(self, event: Event) -> AssociationDraft | None:
        """``dimse.requested-by-peer``."""
        draft, dump = self._find(event.record), event.dump
        if draft is None or not isinstance(dump, DimseDump):
            return None
        draft.begin(
            OperationDraft(
                dump.command,
                Side.PEER,
                dump.message_id,
                event.record.line,
                event.record.time,
                dump.sop_class,
                dump.sop_instance,
            )
        )
        draft.note(event.record, dump.command)
        return draft

    def response_sent(self, event: Event) -> AssociationDraft | None:
        """``dimse.response-sent``."""
        draft, dump = self._find(event.record), event.dump
        if draft is None or not isinstance(dump, DimseDump):
            return None
        operation = next(
            (o for o in reversed(draft.operations) if o.requested_by is Side.PEER and o.status is None), None
        )
        if operation is not None:
            operation.answer(dump, event.record)
        return draft

    def announced(self, event: Event) -> None:
        """``scu.store-announced``: the connection may have to be opened first."""
        if event.record.thread is None:
            self._announced.append(event.fields["called_aet"])

    def performing(self, event: Event) -> AssociationDraft | None:
        """``scu.store-performing``."""
        draft = self._find(event.record) if event.record.thread is not None else self._storing()
        if draft is None:
            return None
        self._establish(draft, event.record)
        draft.begin(
            OperationDraft(
                _STORE,
                Side.ORTHANC,
                None,
                event.record.line,
                event.record.time,
                event.fields.get("sop_class"),
                provisional=True,
            )
        )
        return draft

    def _storing(self) -> AssociationDraft | None:
        """Without thread names, one to whom an instance was announced (C-MOVEs announce none); several take turns."""
        closed = self.likely_closed()
        live = [
            d for d in self._open.of(None)
            if not d.ended and d.purpose in (None, "store") and d not in closed
            and (d.answered is not None or d.proposed is None)
        ]  # fmt: skip
        live = [d for d in live if not _awaits_answer(d)] or live
        meant = self._announced_to(live) or [d for d in live if d.caused_by is not None and d.job is None] or live
        if len(meant) > 1:
            for draft in meant:
                draft.inferred = True
        return min(meant, key=lambda d: d.operations[-1].line if d.operations else d.start_line or 0, default=None)

    def _announced_to(self, live: list[AssociationDraft]) -> list[AssociationDraft]:
        """Those to whom an instance was announced first, which is then no longer awaited.

        Where no answer is dumped, an earlier one may still wait for its connection: then it is the last.
        """
        order = self._announced if all(d.answered is not None for d in live) else reversed(self._announced)
        called = next((a for a in order if any(d.called_aet == a for d in live)), None)
        if called is not None:
            self._announced.remove(called)
        return [d for d in live if called is not None and d.called_aet == called]

    def status(self, event: Event) -> AssociationDraft | None:
        """The status of an answer, in the words of Orthanc: at verbose level it is all that tells of the answer."""
        fields, record = event.fields, event.record
        command, status = fields.get("command", "C-STORE"), f"0x{fields['status'].lower():0>4}"
        draft = self._used_for(record, fields["called_aet"], command) if not self._says_again(event) else None
        if draft is None:
            return None
        if record.thread is None and not _answered_with(draft, status):
            self._exchange(draft, status)
        operation = draft.find_operation(None, command) or _answered_with(draft, status)
        if operation is None:
            operation = draft.begin(OperationDraft(command, Side.ORTHANC, None, record.line, record.time))
        if operation.ok is not False:
            operation.status, operation.ok = status, status_ok(status)
            operation.end, operation.last_line = record.time, record.line
        self._establish(draft, record)
        draft.note(record, "failed")
        return draft

    def _used_for(self, record: Record, called: str, command: str) -> AssociationDraft | None:
        """The association to an AET on which a request may have been sent."""
        if record.thread is not None:
            return self._find(record)
        live = [
            d for d in self._open.of(None)
            if not d.ended and d.called_aet == called and d.purpose not in REQUEST_COMMANDS
        ]  # fmt: skip
        return self._latest([d for d in live if any(o.command == command for o in d.operations)] or live)

    def _exchange(self, draft: AssociationDraft, status: str) -> None:
        """Without thread names two associations may have been taken for each other: this line tells which is which."""
        others = [
            d
            for d in self._open.of(None)
            if d is not draft and d.inferred and not d.ended and _answered_with(d, status)
        ]
        if draft.inferred and len(others) == 1 and others[0].called_aet != draft.called_aet:
            draft.exchange_operations(others[0])


def _awaits_answer(draft: AssociationDraft) -> bool:
    """Whether a request is on its way, where the messages are dumped."""
    return any(o.ok is None and not o.provisional and o.message_id is not None for o in draft.operations)


def _answered_with(draft: AssociationDraft, status: str) -> OperationDraft | None:
    return next((o for o in reversed(draft.operations) if o.status == status), None)


def performs(draft: AssociationDraft, command: str) -> bool:
    """Whether a request is about to be sent, of which the dump is still to come."""
    last = draft.operations[-1] if draft.operations else None
    return last is not None and last.provisional and last.command == command and not draft.ended
