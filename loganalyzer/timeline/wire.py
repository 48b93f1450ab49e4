"""Associations in the log of another program than Orthanc, from the service primitives that it shows.

The toolkits print what goes over the wire: requests, answers, rejections, DIMSE messages, ends (PS3.8 7, PS3.7 9). So no
knowledge of a program is needed here, only of the protocol. The program that wrote the log stands where Orthanc stands
in its own log: what it opens is *outgoing*, what it does is done by :attr:`Side.ORTHANC`.

Events (``wire.…``) and their fields, all of them optional unless said otherwise:

========================  ==========================================================================================
``wire.request``          ``direction`` (must), ``calling_aet``, ``called_aet``, ``host``, ``port``; dump AssociateDump
``wire.accept``           ``direction`` (must), ``none`` (``yes``: no context accepted); dump AssociateDump
``wire.reject``           ``direction`` (must), ``result``, ``source``, ``reason`` as numbers
``wire.operation``        ``sender`` (must: own, other), ``command``, ``phase`` (request, response), ``message_id``,
                          ``status``, ``status_text``, ``ok`` (yes, no); or a DimseDump
``wire.operation-failed`` ``condition`` (must), ``command``, ``unsent`` (yes: the request never left)
``wire.release``          ``by`` (must: own, other), ``sub`` (yes: an association for the sub-operations of a C-MOVE)
``wire.dropped``          this side closes the connection without release or abort
``wire.abort``            ``by`` (must: own, other), ``condition``
``wire.closed``           ``condition``: TCP ended without release or abort
``wire.timeout``          ``condition``: this side waited in vain
``wire.failed``           ``direction`` (must), ``condition`` (must): the association never came to be
``wire.tls``              ``tls`` (yes, no)
``wire.broken``           ``condition`` (must): the server side gives up an association
``wire.end-failed``       ``condition`` (must): the release or abort told before did not get through
``wire.hint``             ``hint`` (must: closed, aborted): what ended the connection; the end itself is told later
``wire.program``          a new run of the program
========================  ==========================================================================================

``association`` in the fields of any event is the name by which the program tells its associations apart, where it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loganalyzer.dicom import reject_text
from loganalyzer.dumps.dump import AssociateDump, DimseDump
from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.draft import OperationDraft, status_ok

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft

_SIDES = {"own": Side.ORTHANC, "other": Side.PEER}
_KEPT = 64
_PENDING = ("0xff00", "0xff01")
_SILENCE = ("No data available", "timeout", "Timeout", "timed out")
_GONE = ("Peer aborted", "peer aborted")
_LOST = ("TCP I/O", "reset by peer", "closed by peer", "Connection closed", "connection was closed", "Broken pipe")
_NEAR_LINES = 3


class WireSide:
    """Follows the associations of one log. ``new`` makes a draft."""

    def __init__(self, new: Callable[[Direction], AssociationDraft]) -> None:
        self._new = new
        self._open: list[AssociationDraft] = []
        self._named: dict[str, AssociationDraft] = {}
        self._last: AssociationDraft | None = None
        self._tls: bool | None = None
        self._hint: str | None = None

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes an event of :data:`HANDLERS`; gives the association it belongs to."""
        draft = self.HANDLERS[event.type](self, event)
        if draft is not None:
            self._last = draft
            name = event.fields.get("association")
            if name is not None:
                self._named[name] = draft
        return draft

    def current(self, record: Record) -> AssociationDraft | None:  # noqa: ARG002 - no line of these logs names a thread
        """The association that was spoken of last."""
        return self._last

    def end_of_run(self) -> None:
        """The program is gone; what was open stays open, as the log shows it."""
        self._open.clear()
        self._named.clear()
        self._last = None

    # -- which association ------------------------------------------------------------------------------------------

    def _by_name(self, event: Event) -> AssociationDraft | None:
        return self._named.get(event.fields.get("association", ""))

    def _of(self, direction: Direction) -> list[AssociationDraft]:
        return [d for d in self._open if d.direction is direction]

    def _current(
        self, direction: Direction | None = None, *, prefer: Direction | None = None
    ) -> AssociationDraft | None:
        """The open association that was active last; one of the preferred direction if there is any."""
        candidates = self._of(direction) if direction is not None else list(self._open)
        preferred = [d for d in candidates if d.direction is prefer]
        candidates = preferred or candidates
        if len(candidates) > 1:
            established = [d for d in candidates if d.established is not None or d.acknowledged]
            for draft in established or candidates:
                draft.inferred = True
            candidates = established or candidates
        return max(candidates, key=lambda d: d.end_line or 0, default=None)

    def _begun(self, direction: Direction) -> AssociationDraft:
        draft = self._new(direction)
        self._open.append(draft)
        del self._open[:-_KEPT]
        return draft

    # -- the beginning ----------------------------------------------------------------------------------------------

    def _request(self, event: Event) -> AssociationDraft:
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

    def _accept(self, event: Event) -> AssociationDraft:
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
        draft.acknowledged = (
            draft.acknowledged
            or (direction is Direction.OUTGOING
            and draft.answered is not None
            and "association" in fields)
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

    def _reject(self, event: Event) -> AssociationDraft:
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

    def _failed(self, event: Event) -> AssociationDraft:
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

    def _transport(self, event: Event) -> AssociationDraft | None:
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

    # -- operations -------------------------------------------------------------------------------------------------

    def _operation(self, event: Event) -> AssociationDraft | None:
        dump = event.dump if isinstance(event.dump, DimseDump) else _as_dump(event.fields)
        if dump.command == "C-CANCEL":
            return self._by_name(event) or self._current()
        if dump.request:
            return self._asked(event, dump, provisional=not isinstance(event.dump, DimseDump))
        return self._answered(event, dump)

    def _asked(self, event: Event, dump: DimseDump, *, provisional: bool) -> AssociationDraft:
        sender = Side.PEER if dump.incoming else Side.ORTHANC
        prefer = Direction.INCOMING if dump.incoming else Direction.OUTGOING
        sub = self._current(Direction.OUTGOING) if event.fields.get("sub") == "yes" else None
        draft = (
            self._by_name(event)
            or sub
            or self._fitting(dump, prefer)
            or self._current(prefer=prefer)
            or self._begun(prefer)
        )
        last = draft.operations[-1] if draft.operations else None
        if (
            last is not None
            and last.provisional
            and last.command == dump.command
            and last.requested_by is sender
            and not provisional
        ):
            last.provisional = False
            last.sop_class, last.sop_instance = dump.sop_class or last.sop_class, dump.sop_instance
            last.move_destination, last.message_id = dump.move_destination, dump.message_id
            return draft
        record = event.record
        operation = OperationDraft(
            dump.command, sender, dump.message_id, record.line, record.time, dump.sop_class, dump.sop_instance,
            move_destination=dump.move_destination, provisional=provisional,
        )  # fmt: skip
        draft.begin(operation)
        draft.acknowledged = True
        draft.note(record, dump.command)
        return draft

    def _fitting(self, dump: DimseDump, prefer: Direction) -> AssociationDraft | None:
        """Several are open at once: contexts, SOP classes and the order of message ids say which one is meant."""
        candidates = [d for d in self._open if _can_carry(d, dump)]
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        candidates = [d for d in candidates if d.direction is prefer] or candidates
        idle = [d for d in candidates if not any(o.ok is None and o.status is None for o in d.operations)] or candidates
        following = [d for d in idle if (d.last_message_id or 0) + 1 == dump.message_id] or idle
        if len(following) > 1:
            for draft in following:
                draft.inferred = True
        return max(following, key=lambda d: d.end_line or 0)

    def _answered(self, event: Event, dump: DimseDump) -> AssociationDraft | None:
        asked_by = Side.ORTHANC if dump.incoming else Side.PEER
        named = self._by_name(event)
        drafts = [named] if named is not None else sorted(self._open, key=lambda d: -(d.end_line or 0))
        message_id = dump.message_id or None  # dcmqrscp prints its own answers before it fills in the id
        for draft in drafts:
            operation = next(
                (
                    o for o in reversed(draft.operations)
                    if o.command == dump.command and o.requested_by is asked_by and o.status is None
                    and (message_id is None or o.message_id in (None, message_id))
                ),
                None,
            )  # fmt: skip
            if operation is not None:
                self._take_answer(draft, operation, event, dump)
                return draft
        if (
            named is None
            and self._open
            and any(o.command == dump.command and o.status == dump.status for d in self._open for o in d.operations)
        ):
            return None  # a line and a dump told of the same answer
        if not self._open and named is None:
            named = self._begun(Direction.OUTGOING if dump.incoming else Direction.INCOMING)
        target = named or self._current(prefer=Direction.OUTGOING if dump.incoming else Direction.INCOMING)
        if target is None or (dump.status is None and "ok" not in event.fields):
            return target
        if any(o.command == dump.command and o.requested_by is asked_by for o in target.operations):
            return target
        operation = target.begin(
            OperationDraft(dump.command, asked_by, message_id, event.record.line, None, dump.sop_class)
        )
        self._take_answer(target, operation, event, dump)
        return target

    def _take_answer(self, draft: AssociationDraft, operation: OperationDraft, event: Event, dump: DimseDump) -> None:
        operation.answer(dump, event.record)
        operation.sop_class = operation.sop_class or dump.sop_class
        ok = event.fields.get("ok")
        if dump.status is None and ok is not None:
            operation.ok, operation.end, operation.last_line = ok == "yes", event.record.time, event.record.line
            operation.detail = None if operation.ok else dump.status_text
        if dump.status not in _PENDING:
            draft.note(
                event.record, "failed" if operation.ok is False else f"{dump.command} {operation.status or 'answered'}"
            )

    def _operation_failed(self, event: Event) -> AssociationDraft | None:
        fields, record = event.fields, event.record
        draft = self._by_name(event) or self._current()
        if draft is None:
            return self._last
        command, condition = fields.get("command"), fields["condition"]
        operation = next((o for o in reversed(draft.operations) if o.ok is None and command in (None, o.command)), None)
        if operation is not None:
            if fields.get("unsent") == "yes":
                draft.operations.remove(operation)
            else:
                operation.fail(condition, record)
        draft.failure = draft.failure or condition
        draft.note(record, "failed")
        return draft

    # -- the end ----------------------------------------------------------------------------------------------------

    def _release(self, event: Event) -> AssociationDraft | None:
        by = _SIDES[event.fields["by"]]
        prefer = Direction.OUTGOING if by is Side.ORTHANC else Direction.INCOMING
        only = prefer if event.fields.get("sub") == "yes" else None
        draft = self._by_name(event) or self._current(only, prefer=prefer)
        if draft is not None:
            self._end(draft, Outcome.RELEASED, by, event.record)
        return draft

    def _dropped(self, event: Event) -> AssociationDraft | None:
        draft = self._by_name(event) or self._current(Direction.OUTGOING)
        if draft is not None:
            self._end(draft, Outcome.LOST, Side.ORTHANC, event.record)
        return draft

    def _abort(self, event: Event) -> AssociationDraft | None:
        by = _SIDES[event.fields["by"]]
        condition = event.fields.get("condition")
        draft = self._by_name(event)
        if draft is None and self._last is not None and by is Side.PEER and self._just_failed(self._last, event):
            return self._last
        draft = draft or self._current()
        if draft is None:
            if self._last is not None and self._last.ended:
                return self._last
            draft = self._begun(Direction.OUTGOING)
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
            self._end(draft, Outcome.NOT_ESTABLISHED, None, event.record)
        else:
            self._end(draft, Outcome.ABORTED, by, event.record)
        return draft

    def _closed(self, event: Event) -> AssociationDraft | None:
        draft = self._by_name(event) or self._current()
        return self._broken(draft, event) if draft is not None else self._last

    def _broken(self, draft: AssociationDraft, event: Event) -> AssociationDraft:
        condition = event.fields.get("condition", event.record.message)
        draft.failure = draft.failure or condition
        for operation in draft.operations:
            if operation.ok is None and operation.status is None:
                operation.fail(condition, event.record)
        if draft.acknowledged or draft.answered is not None or draft.operations:
            self._end(draft, Outcome.LOST, Side.PEER, event.record)
        else:
            self._end(draft, Outcome.NOT_ESTABLISHED, None, event.record)
        return draft

    def _timeout(self, event: Event) -> AssociationDraft | None:
        draft = self._by_name(event) or self._current()
        if draft is None:
            return None
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

    def _broken_server(self, event: Event) -> AssociationDraft | None:
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

    def _end_failed(self, event: Event) -> AssociationDraft | None:
        draft = self._last
        if draft is not None and draft.ended and draft.ended_by is Side.ORTHANC:
            draft.failure = draft.failure or event.fields["condition"]
            if draft.outcome is Outcome.RELEASED:
                draft.outcome, draft.ended_by = Outcome.LOST, Side.PEER
            draft.note(event.record, "failed")
        return draft

    def _hinted(self, event: Event) -> AssociationDraft | None:
        self._hint = event.fields["hint"]
        draft = self._by_name(event) or self._current()
        if draft is not None and event.record.is_alarm:
            draft.note(event.record)
            draft.failure = draft.failure or event.record.message
        return draft

    def _just_failed(self, draft: AssociationDraft, event: Event) -> bool:
        near = event.record.line - (draft.end_line or 0) <= _NEAR_LINES
        return near and draft.outcome is Outcome.NOT_ESTABLISHED

    def _program(self, event: Event) -> AssociationDraft | None:  # noqa: ARG002 - what it says is kept elsewhere
        for draft in self._open:
            draft.outcome = Outcome.UNKNOWN
        self.end_of_run()
        return None

    def _end(self, draft: AssociationDraft, outcome: Outcome, by: Side | None, record: Record | None) -> None:
        draft.finish(outcome, by, record)
        if draft in self._open:
            self._open.remove(draft)
        if outcome is Outcome.RELEASED:
            for operation in draft.operations:
                if operation.ok is None and operation.status is not None:
                    operation.ok = status_ok(operation.status)

    HANDLERS: ClassVar[dict[str, Callable[[WireSide, Event], AssociationDraft | None]]] = {
        "wire.request": _request,
        "wire.accept": _accept,
        "wire.reject": _reject,
        "wire.failed": _failed,
        "wire.tls": _transport,
        "wire.operation": _operation,
        "wire.operation-failed": _operation_failed,
        "wire.release": _release,
        "wire.dropped": _dropped,
        "wire.abort": _abort,
        "wire.closed": _closed,
        "wire.timeout": _timeout,
        "wire.broken": _broken_server,
        "wire.end-failed": _end_failed,
        "wire.hint": _hinted,
        "wire.program": _program,
    }


def _as_dump(fields: dict[str, str]) -> DimseDump:
    """What a line without a dump says of a DIMSE message."""
    number = fields.get("message_id", "")
    return DimseDump(
        command=fields["command"],
        request=fields.get("phase", "request") == "request",
        incoming=fields["sender"] == "other",
        context_id=int(fields["context_id"]) if fields.get("context_id", "").isdigit() else None,
        message_id=int(number) if number.isdigit() else None,
        sop_class=fields.get("sop_class"),
        sop_instance=fields.get("sop_instance"),
        status=fields.get("status"),
        status_text=fields.get("status_text"),
        move_destination=fields.get("move_destination"),
        suboperations=tuple(
            (k, int(fields[k])) for k in ("remaining", "completed", "failed", "warning") if fields.get(k, "").isdigit()
        ),
    )


def _can_carry(draft: AssociationDraft, dump: DimseDump) -> bool:
    """Whether a request may go over this association: a context for it was accepted, as far as the log shows it."""
    if draft.answered is None:
        return draft.acknowledged
    proposed = {c.id: c.abstract_syntax for c in draft.proposed or draft.answered}
    accepted = [c.id for c in draft.answered if c.result == "accepted"]
    if dump.context_id is not None and dump.context_id not in accepted:
        return False
    if dump.sop_class is None or dump.command.startswith("N-"):
        return bool(accepted)
    return any(proposed.get(i) == dump.sop_class for i in accepted)
