"""The associations that others open to Orthanc."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.dicom import reject_text
from loganalyzer.dumps.dump import AssociateDump, DimseDump
from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.draft import AssociationDraft, OperationDraft
from loganalyzer.timeline.under_way import OpenAssociations

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record

#: What Orthanc's own rejections send (PS3.8 9.3.4; ``CommandDispatcher.cpp``).
_REJECTS = {
    "association.rejected-called": (1, 1, 7),
    "association.rejected-calling": (1, 1, 3),
    "association.rejected-application-context": (1, 1, 2),
    "association.rejected-no-implementation": (1, 1, 1),
    "association.rejected-invalid-aet": (1, 1, 3),
}
#: How Orthanc prints a request (``EnumerationToString(DicomRequestType)``) → the DIMSE command.
_COMMANDS = {
    "Echo": "C-ECHO", "Store": "C-STORE", "Find": "C-FIND", "FindWorklist": "C-FIND", "Move": "C-MOVE", "Get": "C-GET",
}  # fmt: skip
_VERIFICATION = "1.2.840.10008.1.1"  # the dump of a C-ECHO does not name its SOP class
_RELEASE = "Peer Requested Release"
_SILENCE = ("No data available", "timeout")
_GONE = ("Peer aborted", "aborted Association", "TCP I/O", "connection reset", "closed by peer")
_REFUSED = "illegal association"
_MOST_OPEN = 512
_MAX_UNNAMED = 64
_Name = tuple[str | None, str | None]  # calling AET and address
_MAX_UNPLACED = 256
_NOT_STORED = "answered, but no line says that the instance was stored"


class IncomingSide:
    """Follows the negotiation under way and the accepted associations.

    ``new`` makes a draft. A *step* is what one thread does between reading a request and answering it.
    """

    def __init__(self, new: Callable[[Direction], AssociationDraft]) -> None:
        self._new = new
        self._negotiating: AssociationDraft | None = None
        self._open = OpenAssociations(lambda draft: (draft.calling_aet, draft.host), _MOST_OPEN)
        self._unnamed: list[tuple[str | None, DimseDump, Record]] = []
        self._steps: dict[str | None, tuple[AssociationDraft, OperationDraft | None]] = {}
        self._unplaced_failures: list[tuple[str, str]] = []
        self._unplaced_releases: dict[_Name | None, list[Record]] = {}
        self._told_later: set[str | None] = set()
        self._confirmations = 0
        self._refused_destination: str | None = None

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes an event of :data:`HANDLERS`."""
        return self.HANDLERS[event.type](self, event)

    def follows(self, draft: AssociationDraft) -> bool:
        """Whether anything that comes may still be about an association."""
        return draft in self._open or draft is self._negotiating

    def current(self, record: Record) -> AssociationDraft | None:
        """The association that a thread is serving; without thread names the one that was served last."""
        step = self._steps.get(record.thread)
        return step[0] if step is not None and not step[0].ended else None

    def serving(self, record: Record, command: str, destination: str | None) -> AssociationDraft | None:
        """The open association on whose behalf a thread opens another one (C-MOVE, storage commitment)."""
        step = self._steps.get(record.thread)
        if step is not None and step[1] is not None and step[1].command == command:
            return step[0]
        if record.thread is None:
            for draft in reversed(self._open):
                last = draft.operations[-1] if draft.operations else None
                if last is not None and last.command == command and last.move_destination in (None, destination):
                    return draft
        return None

    def end_of_run(self) -> None:
        """Forgets what was open; the drafts keep the outcome ``open``."""
        for name in list(self._unplaced_releases):
            self._place_releases(name)
        self._told_later.clear()
        self._confirmations = 0
        self._negotiating = None
        self._open.clear()
        self._unnamed.clear()
        self._steps.clear()
        self._unplaced_failures.clear()

    # -- negotiation ------------------------------------------------------------------------------------------------

    def _request_dump(self, event: Event) -> AssociationDraft | None:
        if not isinstance(event.dump, AssociateDump):
            return None
        draft = self._negotiating = self._new(Direction.INCOMING)
        draft.take_request(event.dump)
        draft.thread = event.record.thread
        draft.note(event.record, "request")
        return draft

    def _received(self, event: Event) -> AssociationDraft:
        draft = self._negotiating
        calling = event.fields["calling_aet"]
        if (
            draft is None
            or draft.received
            or draft.acknowledged
            or (draft.calling_aet or "").strip() != calling.strip()
        ):
            draft = self._negotiating = self._new(Direction.INCOMING)
            draft.calling_aet = calling
        draft.received, draft.host, draft.calling_aet = True, intern(event.fields["peer_ip"]), intern(calling)
        draft.thread = event.record.thread
        draft.note(event.record, "received")
        return draft

    def _connection(self, event: Event) -> AssociationDraft | None:
        draft = self._negotiating
        if draft is not None and draft.calling_aet == event.fields["calling_aet"] and not draft.acknowledged:
            draft.called_aet = draft.called_aet or event.fields["called_aet"]
            draft.note(event.record)
            return draft
        return None

    def _acknowledged(self, event: Event) -> AssociationDraft | None:
        draft = self._negotiating
        if draft is None:
            return None
        draft.acknowledged, draft.established = True, event.record.time
        draft.no_context = event.type == "association.acknowledged-empty"
        draft.note(event.record, "acknowledged")
        self._open.add(draft)
        return draft

    def _no_context(self, event: Event) -> AssociationDraft | None:
        draft = self._negotiating
        if draft is not None:
            draft.no_context = True
            draft.note(event.record)
        return draft

    def _accept_dump(self, event: Event) -> AssociationDraft | None:
        draft = self._negotiating
        if draft is None or not isinstance(event.dump, AssociateDump):
            return None
        draft.take_answer(event.dump)
        draft.called_aet = draft.called_aet or event.dump.called_aet
        draft.note(event.record, "accepted contexts")
        return draft

    def _rejected(self, event: Event) -> AssociationDraft:
        draft = self._negotiating
        if draft is None or draft.acknowledged:
            draft = self._new(Direction.INCOMING)
        result, source, reason = _REJECTS[event.type]
        draft.reject = Reject(Side.ORTHANC, result, source, reason, reject_text(result, source, reason))
        draft.calling_aet = event.fields.get("calling_aet", draft.calling_aet)
        draft.called_aet = event.fields.get("called_aet", draft.called_aet)
        draft.host = event.fields.get("peer_ip", draft.host)
        draft.finish(Outcome.REJECTED, Side.ORTHANC, event.record)
        self._negotiating = None
        return draft

    def _receiving_failed(self, event: Event) -> AssociationDraft:
        draft = self._negotiating
        if draft is None or draft.acknowledged or draft.ended:
            draft = self._new(Direction.INCOMING)
        draft.failure = event.fields["condition"]
        draft.finish(Outcome.NOT_ESTABLISHED, None, event.record)
        self._negotiating = None
        return draft

    def _not_answered(self, event: Event) -> AssociationDraft | None:
        """DCMTK refuses to build the answer (an empty calling AET, up to 1.12.7), or the peer does not wait for it."""
        draft = self._negotiating
        if draft is None or draft.acknowledged:
            return None
        draft.failure = event.record.message
        by = Side.PEER if event.type == "association.answer-lost" else Side.ORTHANC
        draft.finish(Outcome.NOT_ESTABLISHED, by, event.record)
        self._negotiating = None
        return draft

    # -- requests ---------------------------------------------------------------------------------------------------

    def _command(self, event: Event) -> AssociationDraft | None:
        dump, record = event.dump, event.record
        if not isinstance(dump, DimseDump) or not dump.request:
            return None
        # The next line of this thread names the association.
        self._unnamed.append((record.thread, dump, record))
        del self._unnamed[:-_MAX_UNNAMED]
        return None

    def _request(self, event: Event) -> AssociationDraft | None:
        record, fields = event.record, event.fields
        command = _COMMANDS.get(fields["request"], fields["request"])
        dump, first = self._take_unnamed(record, command)
        named = [
            d for d in self._open.of((fields["calling_aet"], fields["peer_ip"]))
            if d.called_aet in (None, fields["called_aet"])
        ]  # fmt: skip
        if len(named) > 1 and not _following(named, dump):
            name = (fields["calling_aet"], fields["peer_ip"])
            self._place_releases(name)
            named = [d for d in named if not d.ended]
        draft = self._pick(named, dump)
        if draft is None:
            # Its beginning is not in the log.
            draft = self._new(Direction.INCOMING)
            draft.calling_aet, draft.host = fields["calling_aet"], fields["peer_ip"]
            draft.acknowledged = True
            self._open.add(draft)
        draft.called_aet = draft.called_aet or fields["called_aet"]
        if first is not None:
            draft.note(first, command)
        self._begin(draft, command, dump, record)
        return draft

    def _take_unnamed(self, record: Record, command: str) -> tuple[DimseDump | None, Record | None]:
        for i in range(len(self._unnamed) - 1, -1, -1):
            thread, dump, first = self._unnamed[i]
            if thread == record.thread and dump.command == command:
                del self._unnamed[i]
                return dump, first
        return None, None

    def _not_served(self, event: Event) -> AssociationDraft | None:
        """A request that Orthanc does not serve is dumped, but no line names whose it is."""
        record = event.record
        mine = [u for u in self._unnamed if u[0] == record.thread and u[1].command not in _COMMANDS.values()]
        fitting = [d for d in self._open if not d.ended and (not mine or _fits(d, mine[-1][1]))]
        if len(fitting) != 1:
            return None
        draft = fitting[0]
        if mine:
            self._unnamed.remove(mine[-1])
            _, dump, first = mine[-1]
            draft.note(first, dump.command)
            self._begin(draft, dump.command, dump, first)
            draft.operations[-1].fail(record.message, record)
        draft.note(record, "failed")
        return draft

    @staticmethod
    def _pick(candidates: list[AssociationDraft], dump: DimseDump | None) -> AssociationDraft | None:
        """The association that a request came in on.

        Several may be open with the same names. Then the presentation context, the order of message ids and who has
        waited longest decide, and all of them are marked as inferred.
        """
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        fitting = [d for d in candidates if dump is None or _fits(d, dump)] or candidates
        if len(fitting) == 1:
            return fitting[0]
        for draft in fitting:
            draft.inferred = True
        return min(_following(fitting, dump) or fitting, key=_last_line)

    def _begin(self, draft: AssociationDraft, command: str, dump: DimseDump | None, record: Record) -> None:
        operation = OperationDraft(
            command, Side.PEER, dump.message_id if dump else None, record.line, record.time,
            dump.sop_class if dump else None, dump.sop_instance if dump else None,
            move_destination=dump.move_destination if dump else None,
        )  # fmt: skip
        self._settle(draft)
        draft.begin(operation)
        draft.note(record, command)
        self._steps[record.thread] = (draft, operation)

    @staticmethod
    def _settle(draft: AssociationDraft) -> None:
        """The peer goes on, so its last request was answered.

        A C-STORE of which no line says that the instance was stored, discarded or refused has failed: Orthanc logs each
        of these (``ServerContext.cpp``), but not a data set that it cannot read.
        """
        last = draft.operations[-1] if draft.operations else None
        if (
            last is not None
            and last.command == "C-STORE"
            and last.ok is None
            and not draft.inferred
            and not last.uncertain
        ):
            last.ok, last.detail = False, _NOT_STORED

    def _of_step(self, event: Event) -> AssociationDraft | None:
        """Something that happened while a request was served."""
        step = self._steps.get(event.record.thread)
        if step is None or step[0].ended:
            return None
        draft, operation = step
        draft.note(event.record)
        if operation is not None:
            operation.move_destination = event.fields.get("move_destination", operation.move_destination)
        return draft

    def _move_requested(self, event: Event) -> AssociationDraft | None:
        """Without thread names, the destination tells which C-MOVE a line is about."""
        destination = event.fields.get("move_destination")
        waiting = self._waiting(event.record, "C-MOVE") if event.record.thread is None else []
        fitting = [(d, o) for d, o in waiting if o.move_destination == destination] or waiting
        if len(waiting) <= 1 or destination is None:
            return self._of_step(event)
        draft, operation = fitting[-1]
        draft.note(event.record)
        operation.move_destination = destination
        return draft

    def _move_refused(self, event: Event) -> AssociationDraft | None:
        """Orthanc does not know the destination; the next line says so again, without naming it."""
        self._refused_destination = event.fields.get("move_destination")
        waiting = self._waiting(event.record, "C-MOVE")
        fitting = [d for d, o in waiting if o.move_destination == self._refused_destination]
        return fitting[-1] if fitting else self.current(event.record)

    def _stored(self, event: Event) -> AssociationDraft | None:
        record = event.record
        waiting = self._waiting(record, "C-STORE")
        if len(waiting) > 1:
            for _, operation in waiting:
                operation.uncertain = True
            return None
        if not waiting:
            return None
        draft, operation = waiting[0]
        operation.ok, operation.end, operation.last_line = True, record.time, record.line
        return draft

    def _waiting(self, record: Record, command: str) -> list[tuple[AssociationDraft, OperationDraft]]:
        """The requests that a line of this thread may be about; without thread names, all that are being served."""
        if record.thread is not None:
            draft, operation = self._steps.get(record.thread, (None, None))
            if draft is None or operation is None or draft.ended or operation.command != command:
                return []
            return [(draft, operation)] if operation.ok is None else []
        return [
            (d, d.operations[-1])
            for d in self._open
            if d.operations and d.operations[-1].command == command and d.operations[-1].ok is None
        ]

    def _refused(self, event: Event) -> AssociationDraft | None:
        fields = event.fields
        named = self._open.of((fields["calling_aet"], fields["peer_ip"]))
        step = self._steps.get(event.record.thread)
        draft = step[0] if step is not None and step[0] in named else self._pick(named, None)
        if draft is None:
            return None
        draft.note(event.record, "refused")
        command = _COMMANDS.get(fields["request"], fields["request"])
        operation = next((o for o in reversed(draft.operations) if o.command == command), None)
        if operation is not None:
            operation.fail(event.record.message, event.record)
        return draft

    def _failed(self, event: Event) -> AssociationDraft | None:
        record, command = event.record, event.type.rpartition(".")[2]
        detail = event.fields.get("condition", record.message)
        waiting = self._waiting(record, command)
        if len(waiting) > 1 and any(g in detail for g in _GONE):
            # Several may be meant; the line that ends the association will name it.
            self._unplaced_failures.append((command, detail))
            return None
        if not waiting:
            return None
        if command == "C-MOVE" and self._refused_destination is not None:
            waiting = [(d, o) for d, o in waiting if o.move_destination == self._refused_destination] or waiting
            self._refused_destination = None
        # A query is answered at once, without a line when it went well; an image takes its time to come in.
        draft, operation = (min if command == "C-STORE" else max)(waiting, key=lambda pair: pair[1].line)
        if len(waiting) > 1:
            draft.inferred = True
        draft.note(record, "failed")
        operation.fail(detail, record)
        return draft

    def _get_request(self, event: Event) -> AssociationDraft | None:
        step, dump = self._steps.get(event.record.thread), event.dump
        if step is None or not isinstance(dump, DimseDump):
            return None
        draft = step[0]
        operation = OperationDraft(
            dump.command,
            Side.ORTHANC,
            dump.message_id,
            event.record.line,
            event.record.time,
            dump.sop_class,
            dump.sop_instance,
        )
        draft.begin(operation)
        return draft

    def _get_response(self, event: Event) -> AssociationDraft | None:
        step, dump = self._steps.get(event.record.thread), event.dump
        if step is None or not isinstance(dump, DimseDump):
            return None
        operation = next(
            (o for o in reversed(step[0].operations) if o.requested_by is Side.ORTHANC and o.status is None), None
        )
        if operation is not None:
            operation.answer(dump, event.record)
        return step[0]

    # -- the end ----------------------------------------------------------------------------------------------------

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
        if (
            step is not None
            and step[0] in open_ones
            and event.record.thread is not None
            and not named
        ):
            return step[0]
        finished = [d for d in open_ones if d.operations and not _storing(d)]
        return min(finished or open_ones, key=lambda d: d.operations[-1].line if d.operations else d.number)

    def _finishing(self, event: Event) -> AssociationDraft | None:
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

    def _bearing(self, name: _Name | None) -> list[AssociationDraft]:
        """The open associations of this name; all of them when a line gives none."""
        return [d for d in self._open if not d.ended and name in (None, (d.calling_aet, d.host))]

    def _release_later(self, record: Record, name: _Name | None) -> None:
        """Keeps the line of a release that several associations may be meant by.

        Up to 1.9.1 it names nobody, later it gives AET and address. Which one it was shows later: those that go on were
        not it. Once as many releases were seen as associations are open, all are told apart by their order.
        """
        waiting = self._unplaced_releases.setdefault(name, [])
        waiting.append(record)
        if name is not None:
            self._told_later.add(record.thread)
        if len(waiting) >= min(len(self._bearing(name)), _MAX_UNPLACED):
            self._place_releases(name)

    def _place_releases(self, name: _Name | None) -> None:
        for record in self._unplaced_releases.pop(name, ()):
            quiet = [d for d in self._bearing(name) if _last_line(d) < record.line]
            idle = [d for d in quiet if not (d.operations and _storing(d))] or quiet
            used = [d for d in idle if d.operations] or idle
            if used:
                draft = min(used, key=_last_line)
                draft.inferred = True
                self._close(draft, Outcome.RELEASED, Side.PEER, record)

    def _released(self, event: Event) -> AssociationDraft | None:
        return self._closing_line(event, Outcome.RELEASED, Side.PEER)

    def _aborted(self, event: Event) -> AssociationDraft | None:
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

    def _dimse_failure(self, event: Event) -> AssociationDraft | None:
        draft = self._ending(event)
        if draft is None:
            return None
        condition = event.fields["condition"]
        last = draft.operations[-1] if draft.operations else None
        draft.failure = condition
        if last is not None and last.ok is None and _REFUSED not in condition:
            self._place_failure(last, event.record)
        outcome, by = Outcome.ABORTED, Side.ORTHANC
        if last is not None and last.ok is False and any(g in (last.detail or "") for g in _GONE):
            outcome, by = _broken(last.detail or ""), Side.PEER
        elif any(s in condition for s in _SILENCE):
            outcome = Outcome.TIMEOUT
        elif any(g in condition for g in _GONE):
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

    def _close(self, draft: AssociationDraft, outcome: Outcome, by: Side, record: Record) -> None:
        if outcome is Outcome.RELEASED:
            self._settle(draft)
        draft.finish(outcome, by, record)
        self._open.discard(draft)
        self._steps[record.thread] = (draft, None)

    HANDLERS: ClassVar[dict[str, Callable[[IncomingSide, Event], AssociationDraft | None]]] = {
        "association.request-dump": _request_dump,
        "association.received": _received,
        "connection.incoming": _connection,
        "association.acknowledged": _acknowledged,
        "association.acknowledged-empty": _acknowledged,
        "association.no-context": _no_context,
        "association.accept-dump": _accept_dump,
        **dict.fromkeys(_REJECTS, _rejected),
        "association.receiving-failed": _receiving_failed,
        "dimse.received": _command,
        "request.incoming": _request,
        "request.not-served": _not_served,
        "move.requested": _move_requested,
        "modality.unknown-aet": _move_refused,
        "move.sending": _of_step,
        "commitment.requested": _of_step,
        "commitment.reported": _of_step,
        "instance.stored": _stored,
        "instance.already-stored": _stored,
        "instance.discarded": _stored,
        "association.not-answered": _not_answered,
        "association.answer-lost": _not_answered,
        "association.without-context": _not_answered,
        "operation.refused": _refused,
        **dict.fromkeys(
            [f"operation.failed.{c}" for c in ("C-STORE", "C-FIND", "C-MOVE", "C-GET", "C-ECHO", "N-ACTION")], _failed
        ),
        "get.store-request": _get_request,
        "get.store-response": _get_response,
        "association.finishing": _finishing,
        "association.condition": _finishing,
        "association.released": _released,
        "association.aborted": _aborted,
        "association.dimse-failure": _dimse_failure,
    }


def _name(event: Event) -> _Name | None:
    """By what a line names an association, if it does."""
    if "calling_aet" not in event.fields:
        return None
    return event.fields["calling_aet"], event.fields["peer_ip"]


def _following(candidates: list[AssociationDraft], dump: DimseDump | None) -> list[AssociationDraft]:
    """Those on which the message id of a request is the next one."""
    if dump is None or dump.message_id is None:
        return []
    return [d for d in candidates if _fits(d, dump) and (d.last_message_id or 0) + 1 == dump.message_id]


def _storing(draft: AssociationDraft) -> bool:
    """Whether an image is coming in: no line says yet that it was stored, so the peer has not ended in good order."""
    last = draft.operations[-1]
    return last.command == "C-STORE" and last.ok is None and not last.uncertain


def _last_line(draft: AssociationDraft) -> int:
    return draft.operations[-1].line if draft.operations else draft.end_line or 0


def _broken(condition: str) -> Outcome:
    """Whether a lost peer aborted or its connection went: DCMTK words both as ``Peer aborted Association``."""
    lowered = condition.lower()
    return Outcome.LOST if "tcp" in lowered or "reset" in lowered or "closed" in lowered else Outcome.ABORTED


def _fits(draft: AssociationDraft, dump: DimseDump) -> bool:
    """Whether a request may have come in on this association: its context exists there with its abstract syntax."""
    if draft.answered is None or dump.context_id is None:
        return True
    context = next((c for c in draft.answered if c.id == dump.context_id), None)
    if context is None or context.result != "accepted":
        return False
    wanted = _VERIFICATION if dump.command == "C-ECHO" else dump.sop_class
    return wanted is None or dump.command.startswith("N-") or context.abstract_syntax == wanted
