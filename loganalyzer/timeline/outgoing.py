"""The associations that Orthanc opens to others."""

from __future__ import annotations

from string import hexdigits
from sys import intern
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.dicom import reject_code, reject_text
from loganalyzer.dumps.dump import AssociateDump, DimseDump, RejectDump, TransportDump
from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.draft import AssociationDraft, OperationDraft, status_ok
from loganalyzer.timeline.jobs import KINDS, JobTracker
from loganalyzer.timeline.under_way import OpenAssociations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.incoming import IncomingSide

_REJECTED = "Association Rejected"
_SILENCE = ("No data available", "Timeout", "timeout")
_CONNECTING = "connecting"
_REQUEST_COMMANDS = {"echo": "C-ECHO"}
_VERIFICATION = "1.2.840.10008.1.1"
_MOST_OPEN = 64
_NEXT_LINES = 12
_LONGEST_SILENCE_S = 12.0  # DicomScuTimeout is 10 s unless configured


class OutgoingSide:
    """Follows each thread's outgoing association; without thread names the AETs and the order have to do."""

    def __init__(self, new: Callable[[Direction], AssociationDraft], incoming: IncomingSide) -> None:
        self._new = new
        self._incoming = incoming
        self._open = OpenAssociations(lambda draft: draft.thread, _MOST_OPEN)
        self._silent_release = False
        self._asked: dict[str | None, tuple[str, int]] = {}
        self._reserved_reject: dict[str, int] = {}
        self.jobs = JobTracker(incoming)

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes an event of :data:`HANDLERS`."""
        return self.HANDLERS[event.type](self, event)

    def current(self, record: Record) -> AssociationDraft | None:
        """The open association of a thread."""
        return self._find(record) if record.thread is not None else None

    def follows(self, draft: AssociationDraft) -> bool:
        """Whether anything that comes may still be about an association."""
        return draft in self._open

    def begin_run(self, *, silent_release: bool) -> None:
        """A process begins; ``silent_release``: this version releases without a line."""
        self._silent_release = silent_release

    def end_of_run(self, *, stopped: bool, last: datetime | None) -> None:
        """The log of this process ends, at ``last``; ``stopped`` in good order."""
        for draft in self._open:
            self._end_silently(draft, stopped=stopped, last=last)
        self._silent_release = False
        self._open.clear()
        self._asked.clear()
        self.jobs.end_of_run()

    def _end_silently(self, draft: AssociationDraft, *, stopped: bool, last: datetime | None) -> None:
        """Ends an association of which nothing more comes, where Orthanc releases without a line.

        It counts as released where all that was asked on it was answered, or where the log goes on long enough (or to
        an orderly stop) to have shown a failure, had there been one.
        """
        if draft.ended or draft.failure is not None or not self._silent_release:
            return
        silence = (last - draft.end).total_seconds() if last is not None and draft.end is not None else 0.0
        if stopped or silence >= _LONGEST_SILENCE_S or self._idle(draft):
            self._released_silently(draft, None)

    def _follow(self, draft: AssociationDraft, record: Record) -> None:
        given_up = self._open.add(draft)
        if given_up is not None:
            self._end_silently(given_up, stopped=False, last=record.time)

    def _find(self, record: Record, called: str | None = None) -> AssociationDraft | None:
        """The open association of a thread; without thread names, the one to this AET that was last heard of."""
        if record.thread is not None:
            return next(reversed(self._open.of(record.thread)), None)
        return self._latest([d for d in self._open if called is None or d.called_aet == called])

    def _latest(self, candidates: list[AssociationDraft]) -> AssociationDraft | None:
        live = [d for d in candidates if not d.ended] or candidates
        if len(live) > 1:
            busy = [d for d in live if d.operations and d.operations[-1].ok is None]
            for draft in busy or live[-1:]:
                draft.inferred = True
        return max(live, key=lambda d: d.end_line or 0, default=None)

    def _released(self, draft: AssociationDraft, record: Record | None) -> None:
        if draft.established is None:
            draft.established = draft.start
            self._begin_purpose(draft, record)
        if not draft.operations and draft.failure is None and _may_echo(draft):
            # Where the negotiation is dumped, all messages but those of C-ECHO are dumped as well.
            draft.purpose = "echo"
            self._begin_purpose(draft, record)
        for operation in draft.operations:
            if operation.ok is None and operation.command == "C-ECHO":
                operation.ok = True
        draft.finish(Outcome.RELEASED, Side.ORTHANC, record)

    def cause_ended(self, cause: AssociationDraft) -> None:
        """An association ended in good order: what Orthanc opened to serve its requests has ended before.

        Orthanc answers a C-MOVE when it has closed the association to the destination (``OrthancMoveRequestHandler``),
        and the peer only releases once it is answered.
        """
        for draft in self._open:
            if draft.caused_by == cause.number and draft.job is None:
                self._released_silently(draft, None)

    def _released_silently(self, draft: AssociationDraft, record: Record | None) -> None:
        if not draft.ended and draft.failure is None:
            draft.inferred = True
            self._released(draft, record)

    def _idle(self, draft: AssociationDraft) -> bool:
        return draft.established is not None and _all_answered(draft)

    # -- opening ----------------------------------------------------------------------------------------------------

    def _opening(self, event: Event) -> AssociationDraft:
        record, fields = event.record, event.fields
        for old in [d for d in self._open.of(record.thread) if record.thread is not None or d.ended]:
            if not old.ended:
                self._released(old, None)
            self._open.discard(old)
        draft = self._new(Direction.OUTGOING)
        draft.calling_aet, draft.called_aet = intern(fields["calling_aet"]), intern(fields["called_aet"])
        draft.host, draft.peer_port = fields["host"], int(fields["peer_port"])
        draft.manufacturer, draft.thread = fields["manufacturer"], record.thread
        if "tls" in fields:
            draft.tls = fields["tls"].startswith("using")
        draft.job = self.jobs.job_of(record)
        draft.caused_by = self.jobs.cause_of(draft.job)
        cause = self._incoming.serving(record, "C-MOVE", draft.called_aet) if draft.job is None else None
        if cause is not None:
            draft.caused_by = cause.number
            draft.inferred = draft.inferred or record.thread is None
        asked = self._asked.get(record.thread)
        if asked is not None and (record.thread is not None or record.line - asked[1] <= _NEXT_LINES):
            draft.purpose = asked[0]
            del self._asked[record.thread]
        draft.note(record, "opening")
        self._follow(draft, record)
        return draft

    def _request_dump(self, event: Event) -> AssociationDraft | None:
        dump = event.dump
        if not isinstance(dump, AssociateDump):
            return None
        draft = self._of_dump(event.record, dump, answered=False)
        if draft is None:
            draft = self._new(Direction.OUTGOING)
            draft.thread = event.record.thread
            self._follow(draft, event.record)
        draft.take_request(dump)
        draft.note(event.record, "request")
        return draft

    def _of_dump(self, record: Record, dump: AssociateDump, *, answered: bool) -> AssociationDraft | None:
        """The association that a dump belongs to.

        Without thread names: one with these AETs that waits for it, whose proposal has the contexts that are answered.
        """
        if record.thread is not None:
            return self._find(record)
        waiting = [
            d for d in self._open
            if not d.ended and d.called_aet == dump.called_aet
            and d.answered is None and (d.proposed is not None) == answered
        ]  # fmt: skip
        if answered:
            fitting = {c.id: c.abstract_syntax for c in dump.contexts}
            waiting = [
                d for d in waiting if fitting.items() <= {c.id: c.abstract_syntax for c in d.proposed or ()}.items()
            ]
        if len(waiting) > 1:
            for draft in waiting:
                draft.inferred = True
        return waiting[0] if waiting else None

    def _transport(self, event: Event) -> AssociationDraft | None:
        draft = self._find(event.record)
        if draft is not None and isinstance(event.dump, TransportDump):
            draft.tls = event.dump.tls
        return draft

    def _accept_dump(self, event: Event) -> AssociationDraft | None:
        if not isinstance(event.dump, AssociateDump):
            return None
        draft = self._of_dump(event.record, event.dump, answered=True)
        if draft is None:
            return None
        draft.take_answer(event.dump)
        draft.note(event.record, "accepted contexts")
        self._establish(draft, event.record)
        return draft

    def _establish(self, draft: AssociationDraft, record: Record) -> None:
        if draft.established is not None:
            return
        draft.established = record.time
        self._begin_purpose(draft, record)

    def _begin_purpose(self, draft: AssociationDraft, record: Record | None) -> None:
        """Orthanc's own C-ECHO leaves no line: the REST call that asked for it stands for it."""
        command = _REQUEST_COMMANDS.get(draft.purpose or "")
        if command is not None and not draft.operations:
            line, time = (record.line, record.time) if record is not None else (draft.start_line or 0, draft.start)
            draft.begin(OperationDraft(command, Side.ORTHANC, None, line, time))

    def _reject_dump(self, event: Event) -> AssociationDraft | None:
        draft = self._find(event.record)
        if draft is None or not isinstance(event.dump, RejectDump):
            return None
        result, source, reason = reject_code(event.dump.result, event.dump.source, event.dump.reason)
        if "reason" in self._reserved_reject:
            source, reason = divmod(self._reserved_reject["reason"], 256)
        result, source = self._reserved_reject.get("result", result), self._reserved_reject.get("source", source)
        self._reserved_reject.clear()
        text = reject_text(result, source, reason)
        draft.reject = Reject(Side.PEER, result, source, reason, text)
        draft.note(event.record, "rejected")
        return draft

    def _reserved(self, event: Event) -> AssociationDraft | None:
        """DCMTK replaces reserved sources and reasons before Orthanc prints them, and says which it was."""
        code = event.fields["replaced"]
        if len(code) <= 4 and set(code) <= set(hexdigits):
            self._reserved_reject[event.fields["part"]] = int(code, 16)
        return None

    # -- use --------------------------------------------------------------------------------------------------------

    def _sent(self, event: Event) -> AssociationDraft | None:
        dump = event.dump
        draft = self._sender(event.record, dump) if isinstance(dump, DimseDump) else None
        if draft is None or not isinstance(dump, DimseDump):
            return None
        self._establish(draft, event.record)
        if draft.operations and draft.operations[-1].provisional and draft.operations[-1].command == dump.command:
            draft.operations.pop()
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
            d for d in self._open
            if not d.ended and d.established is not None and d.purpose not in _REQUEST_COMMANDS
            and not any(o.ok is None for o in d.operations)
            and any(c.result == "accepted" and c.abstract_syntax == dump.sop_class for c in d.answered or ())
        ]  # fmt: skip
        following = [d for d in free if (d.last_message_id or 0) + 1 == dump.message_id]
        return self._latest(following or free) or self._find(record)

    def _answered(self, event: Event) -> AssociationDraft | None:
        dump = event.dump
        if not isinstance(dump, DimseDump):
            return None
        open_ones = [self._find(event.record)] if event.record.thread is not None else list(reversed(self._open))
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

    def _asked_by_peer(self, event: Event) -> AssociationDraft | None:
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

    def _response_sent(self, event: Event) -> AssociationDraft | None:
        draft, dump = self._find(event.record), event.dump
        if draft is None or not isinstance(dump, DimseDump):
            return None
        operation = next(
            (o for o in reversed(draft.operations) if o.requested_by is Side.PEER and o.status is None), None
        )
        if operation is not None:
            operation.answer(dump, event.record)
        return draft

    def _performing(self, event: Event) -> AssociationDraft | None:
        draft = self._find(event.record)
        if draft is None:
            return None
        self._establish(draft, event.record)
        draft.begin(
            OperationDraft(
                "C-STORE",
                Side.ORTHANC,
                None,
                event.record.line,
                event.record.time,
                event.fields.get("sop_class"),
                provisional=True,
            )
        )
        return draft

    def _status(self, event: Event) -> AssociationDraft | None:
        """The status of an answer, in the words of Orthanc: at verbose level it is all that tells of the answer."""
        fields, record = event.fields, event.record
        command, status = fields.get("command", "C-STORE"), f"0x{fields['status'].lower():0>4}"
        draft = self._used_for(record, fields["called_aet"], command)
        if draft is None:
            return None
        if record.thread is None and not _answered_with(draft, status):
            self._exchange(draft, status)
        operation = draft.find_operation(None, command)
        if operation is None and not _answered_with(draft, status):
            operation = draft.begin(OperationDraft(command, Side.ORTHANC, None, record.line, record.time))
        if operation is not None:
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
            d for d in self._open if not d.ended and d.called_aet == called and d.purpose not in _REQUEST_COMMANDS
        ]  # fmt: skip
        return self._latest([d for d in live if any(o.command == command for o in d.operations)] or live)

    def _exchange(self, draft: AssociationDraft, status: str) -> None:
        """Without thread names two associations may have been taken for each other: this line tells which is which."""
        others = [d for d in self._open if d is not draft and d.inferred and not d.ended and _answered_with(d, status)]
        if draft.inferred and len(others) == 1 and others[0].called_aet != draft.called_aet:
            draft.exchange_operations(others[0])

    # -- the end ----------------------------------------------------------------------------------------------------

    def _closing(self, event: Event) -> AssociationDraft | None:
        draft = self._find(event.record)
        if draft is None:
            return None
        if not draft.ended:
            # At verbose the answer leaves no line; that Orthanc closes in good order says that it came.
            self._released(draft, event.record)
        self._open.discard(draft)
        return draft

    def _closing_inactive(self, event: Event) -> AssociationDraft | None:
        found = [d for d in self._open if d.called_aet == event.fields["called_aet"]]
        if not found:
            return None
        draft = found[0]
        draft.finish(Outcome.RELEASED, Side.ORTHANC, event.record)
        self._open.discard(draft)
        return draft

    def _failed(self, event: Event) -> AssociationDraft | None:
        """A network error. The same line comes again when it crosses to another thread: then nothing is open there."""
        fields, record = event.fields, event.record
        draft = self._find(record, fields.get("called_aet"))
        if draft is None or draft.ended or fields.get("called_aet") not in (None, draft.called_aet):
            return None
        condition, command = fields["condition"], fields.get("command", "")
        draft.failure = condition
        if _REJECTED in condition:
            draft.reject = draft.reject or Reject(Side.PEER, None, None, None, "rejected; the reason is not in the log")
            draft.finish(Outcome.REJECTED, Side.PEER, record)
        elif command == _CONNECTING or (draft.established is None and not draft.operations and not command):
            draft.finish(Outcome.NOT_ESTABLISHED, None, record)
        else:
            self._establish(draft, record)
            operation = next((o for o in reversed(draft.operations) if o.ok is None), None)
            if operation is not None:
                operation.fail(condition, record)
            if any(s in condition for s in _SILENCE):
                draft.finish(Outcome.TIMEOUT, Side.ORTHANC, record)
            else:
                lost = "TCP" in condition or "Connection" in condition
                draft.finish(Outcome.LOST if lost else Outcome.ABORTED, Side.PEER, record)
        if record.thread is None:
            self._open.discard(draft)
        return draft

    def _no_context(self, event: Event) -> AssociationDraft | None:
        draft = self._find(event.record, event.fields["called_aet"])
        if draft is None:
            return None
        draft.no_context = event.type == "scu.no-context" and draft.answered is None
        draft.failure = event.record.message
        draft.established = draft.established or event.record.time
        draft.note(event.record, "no context accepted")
        draft.finish(Outcome.RELEASED, Side.ORTHANC, None)
        return draft

    def _job(self, event: Event) -> AssociationDraft | None:
        """When a job is over, Orthanc has closed the association that it used, up to 1.12.1 without a line."""
        self.jobs.feed(event)
        if event.type == "job.finished" and event.fields["result"] == "success":
            for draft in [d for d in self._open if d.job == event.fields["job"] and _all_answered(d)]:
                self._released_silently(draft, event.record)
        return None

    def _http(self, event: Event) -> AssociationDraft | None:
        """Remembers what a REST call asked for: Orthanc's own C-ECHO leaves no other line."""
        path = event.fields["target"].split(" ")[0].split("?")[0].rstrip("/").split("/")
        if event.fields["method"] == "POST" and len(path) > 1 and "(elapsed" not in event.fields["target"]:
            self._asked[event.record.thread] = (path[1], event.record.line)
        return None

    HANDLERS: ClassVar[dict[str, Callable[[OutgoingSide, Event], AssociationDraft | None]]] = {
        "scu.opening": _opening,
        "scu.request-dump": _request_dump,
        "scu.transport": _transport,
        "scu.accept-dump": _accept_dump,
        "scu.reject-dump": _reject_dump,
        "scu.reserved-reject": _reserved,
        "dimse.sent": _sent,
        "dimse.answered": _answered,
        "dimse.requested-by-peer": _asked_by_peer,
        "dimse.response-sent": _response_sent,
        "scu.store-performing": _performing,
        "scu.store-status": _status,
        "scu.status": _status,
        "scu.closing": _closing,
        "scu.closing-inactive": _closing_inactive,
        "scu.failed": _failed,
        "scu.no-context": _no_context,
        "scu.command-not-supported": _no_context,
        "http.modality-request": _http,
        **dict.fromkeys(KINDS, _job),
    }


def _answered_with(draft: AssociationDraft, status: str) -> bool:
    return any(o.status == status for o in draft.operations)


def _all_answered(draft: AssociationDraft) -> bool:
    return all(o.ok is not None or o.command == "C-ECHO" for o in draft.operations)


def _may_echo(draft: AssociationDraft) -> bool:
    return any(c.abstract_syntax == _VERIFICATION and c.result == "accepted" for c in draft.answered or ())
