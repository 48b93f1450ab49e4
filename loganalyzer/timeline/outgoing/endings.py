"""How outgoing associations end, also those that never came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.draft import OperationDraft
from loganalyzer.timeline.outgoing.closings import Closings
from loganalyzer.timeline.outgoing.under_way import TIMEOUT_S, all_answered
from loganalyzer.timeline.phases import seconds_between

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft

_REJECTED = "Association Rejected"
_UNKNOWN_REJECT = Reject(Side.PEER, None, None, None, "rejected; the reason is not in the log")
_SILENCE = ("No data available", "Timeout", "timeout")
_CONNECTING = "connecting"
_WORKER = "JOBS-WORKER"
_AGAIN_S, _AGAIN_AT_ONCE_S, _AGAIN_LINES = 120.0, 1.0, 2


class Endings(Closings):
    """The handlers of the events that end an association, or tell that one has ended."""

    def closing(self, event: Event) -> AssociationDraft | None:
        """``scu.closing``."""
        if event.record.thread is None and self._open.of(None):
            return self._close_one(event.record)
        draft = self._find(event.record) or self._left_by_another()
        if draft is None:
            return None
        self._end_by(draft, event.record)
        return draft

    def _left_by_another(self) -> AssociationDraft | None:
        """What Lua or a job left open, Orthanc closes when it stops: where one is left, it is that."""
        left = list(self._open)
        return left[0] if len(left) == 1 and not left[0].ended else None

    def closing_inactive(self, event: Event) -> AssociationDraft | None:
        """``scu.closing-inactive``."""
        found = [d for d in self._open if d.called_aet == event.fields["called_aet"]]
        if not found:
            return None
        draft = found[0]
        draft.finish(Outcome.RELEASED, Side.ORTHANC, event.record)
        self._open.discard(draft)
        return draft

    def failed(self, event: Event) -> AssociationDraft | None:
        """A network error. The same line comes again when it crosses to another thread: then nothing is open there."""
        fields, record = event.fields, event.record
        called = fields.get("called_aet")
        draft = self._find(record, called) if not self._says_again(event) else None
        draft = draft or self._untold(event)
        if draft is None or draft.ended or called not in (None, draft.called_aet):
            return None
        condition, command = fields.get("condition", record.message), fields.get("command", "")
        draft.failure = condition
        if draft.caused_by is not None and draft.job is None:
            self._incoming.failed_destination = draft.called_aet
        if _REJECTED in condition:
            draft.reject = draft.reject or self._unplaced_reject or _UNKNOWN_REJECT
            self._unplaced_reject = None
            draft.finish(Outcome.REJECTED, Side.PEER, record)
        elif command == _CONNECTING or (draft.established is None and not draft.operations and not command):
            draft.operations.clear()  # taken for its own without thread names
            draft.finish(Outcome.NOT_ESTABLISHED, None, record)
        else:
            if self._tells_openings:
                self._establish(draft, record)
            operation = next((o for o in reversed(draft.operations) if o.ok is None), None)
            if operation is not None:
                operation.fail(condition, record)
            if any(s in condition for s in _SILENCE) or self._waited(draft, operation, record):
                draft.finish(Outcome.TIMEOUT, Side.ORTHANC, record)
            else:
                lost = "TCP" in condition or "Connection" in condition
                draft.finish(Outcome.LOST if lost else Outcome.ABORTED, Side.PEER, record)
        if record.thread is None:
            if self._silent_release:
                self._open.discard(draft)
            self._place_closings()
        return draft

    @staticmethod
    def _waited(draft: AssociationDraft, operation: OperationDraft | None, record: Record) -> bool:
        """Whether the timeout has passed without an answer: what storage commitment says of it gives no reason."""
        waited = seconds_between(operation.start, record.time) if operation is not None else None
        return waited is not None and waited >= (draft.timeout or TIMEOUT_S)

    def _untold(self, event: Event) -> AssociationDraft | None:
        """At the default level no line begins an association, but a failure that names the peer proves one.

        The same words of the thread that waits for a job, or twice in a row, are about one.
        """
        record, called = event.record, event.fields.get("called_aet")
        if self._tells_openings or called is None:
            return None
        before = next((r for r in self._untold_failures if _is_again(record, r)), None)
        if before is not None:
            self._untold_failures.remove(before)
            return None
        self._untold_failures.append(record)
        draft = self._new(Direction.OUTGOING)
        draft.called_aet, draft.thread, draft.inferred = called, record.thread, True
        command = event.fields.get("command", "")
        if command[:2] in ("C-", "N-"):
            draft.begin(OperationDraft(command, Side.ORTHANC, None, record.line, record.time))
        return draft

    def cannot_transcode(self, event: Event) -> AssociationDraft | None:
        """``scu.cannot-transcode`` names nobody; the peer that it is about was just asked for an association."""
        draft = self._find(event.record)
        if draft is None or draft.ended:
            return self._incoming.current(event.record)
        draft.note(event.record, "cannot transcode")
        return draft

    def no_context(self, event: Event) -> AssociationDraft | None:
        """``scu.no-context``, ``scu.command-not-supported``."""
        draft = self._find(event.record, event.fields["called_aet"]) or self._untold(event)
        if draft is None:
            return None
        draft.no_context = event.type == "scu.no-context" and draft.answered is None
        draft.failure = event.record.message
        if self._tells_openings:
            draft.established = draft.established or event.record.time
        if event.type == "scu.no-context":
            # What is taken for sent because the association stands, Orthanc's C-ECHO, has no context to go out on.
            draft.operations[:] = [o for o in draft.operations if o.message_id is not None]
        draft.note(event.record, "no context accepted")
        if self._tells_openings:
            draft.finish(Outcome.RELEASED, Side.ORTHANC, None)
        else:
            draft.finish(Outcome.UNKNOWN, None, None)
        return draft

    def job(self, event: Event) -> AssociationDraft | None:
        """When a job is over, Orthanc has closed the association that it used, up to 1.12.1 without a line."""
        self.jobs.feed(event)
        if event.type == "job.finished":
            self._said_of_job = self._said if event.fields["result"] != "success" else None
            # Of a job that has failed, one that never came to be is said to have failed by a line of its own.
            surely = event.fields["result"] == "success"
            for draft in [d for d in self._open if d.job == event.fields["job"] and all_answered(d)]:
                if surely or draft.established is not None:
                    self._released_silently(draft, event.record)
        return None

    def cause_ended(self, cause: AssociationDraft) -> None:
        """An association ended in good order: what Orthanc opened to serve its requests has ended before.

        Orthanc answers a C-MOVE when it has closed the association to the destination (``OrthancMoveRequestHandler``),
        and the peer only releases once it is answered.
        """
        for draft in list(self._open):
            if draft.caused_by == cause.number and draft.job is None:
                self._released_silently(draft, None)


def _is_again(record: Record, before: Record) -> bool:
    """Whether an error crosses from the thread of a job to the one that waits for it; without names, at once."""
    passed = seconds_between(before.time, record.time)
    if record.message != before.message or passed is None:
        return False
    if record.thread is None or before.thread is None:
        return passed <= _AGAIN_AT_ONCE_S and record.line - before.line <= _AGAIN_LINES
    return passed <= _AGAIN_S and record.thread != before.thread and _WORKER in before.thread
