"""The outgoing associations of one process that are under way, and what the handlers of their events share.

An outgoing association is opened, used and closed by one thread; without thread names the AETs and the order have
to do.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.draft import OperationDraft
from loganalyzer.timeline.outgoing.calls import Calls
from loganalyzer.timeline.outgoing.jobs import JobTracker
from loganalyzer.timeline.under_way import OpenAssociations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.association import Direction, Reject
    from loganalyzer.timeline.draft import AssociationDraft
    from loganalyzer.timeline.incoming import IncomingSide

REQUEST_COMMANDS = {"echo": "C-ECHO"}
"""REST calls that stand for a message that leaves no line of its own."""
_VERIFICATION = "1.2.840.10008.1.1"
_MOST_OPEN = 64
TIMEOUT_S = 10.0  # DicomScuTimeout unless configured
_AFTER_TIMEOUT_S = 1.0  # within which a line says so


class OutgoingUnderWay:
    """Follows the outgoing association of each thread. ``new`` makes a draft."""

    def __init__(self, new: Callable[[Direction], AssociationDraft], incoming: IncomingSide) -> None:
        self._new = new
        self._incoming = incoming
        self._open = OpenAssociations(lambda draft: draft.thread, _MOST_OPEN)
        self._silent_release = False
        self._queries: deque[str] = deque(maxlen=_MOST_OPEN)
        self._announced: deque[str] = deque(maxlen=_MOST_OPEN)  # to whom instances are about to be sent
        self.calls = Calls()
        self._reserved_reject: dict[str, int] = {}
        self._closings: list[Record] = []
        self._tells_openings = False  # not at the default level
        self._untold_failures: deque[Record] = deque(maxlen=_MOST_OPEN)
        self._unplaced_reject: Reject | None = None  # of one of several; the next line names it
        self._said: Record | None = None
        self._said_of_job: Record | None = None
        self.jobs = JobTracker(incoming, self.calls)

    def follows(self, draft: AssociationDraft) -> bool:
        """Whether anything that comes may still be about an association."""
        return draft in self._open

    def current(self, record: Record) -> AssociationDraft | None:
        """The open association of a thread."""
        return self._find(record) if record.thread is not None else None

    def last_heard(self) -> AssociationDraft | None:
        """The established association that was last heard of, for logs without thread names."""
        return self._latest([d for d in self._open.of(None) if not d.ended and d.established is not None])

    def _says_again(self, event: Event) -> bool:
        """Whether an error of a job that has failed is printed again, for who waited for the job.

        With thread names nothing is open in that thread; without them it must not be taken for another association's,
        unless one to the same peer has begun since.
        """
        record, called = event.record, event.fields.get("called_aet")
        before, self._said, self._said_of_job = self._said_of_job, record, None
        if record.thread is not None or before is None or before.message != record.message:
            return False
        return not any(d.called_aet == called and (d.start_line or 0) > before.line for d in self._open)

    def _follow(self, draft: AssociationDraft, record: Record) -> None:
        given_up = self._open.add(draft)
        if given_up is not None:
            self._end_silently(given_up, stopped=False, last=record.time)

    def _find(self, record: Record, called: str | None = None) -> AssociationDraft | None:
        """The open association of a thread; without thread names, the one to this AET that was last heard of."""
        if record.thread is not None:
            return next(reversed(self._open.of(record.thread)), None)
        return self._latest([d for d in self._open.of(None) if called is None or d.called_aet == called])

    def _latest(self, candidates: list[AssociationDraft]) -> AssociationDraft | None:
        live = [d for d in candidates if not d.ended] or candidates
        if len(live) > 1:
            busy = [d for d in live if d.operations and d.operations[-1].ok is None]
            for draft in busy or live[-1:]:
                draft.inferred = True
        return max(live, key=lambda d: d.end_line or 0, default=None)

    def _establish(self, draft: AssociationDraft, record: Record) -> None:
        if draft.established is not None:
            return
        draft.established = record.time
        self._begin_purpose(draft, record)

    def _begin_purpose(self, draft: AssociationDraft, record: Record | None) -> None:
        """Orthanc's own C-ECHO leaves no line: the REST call that asked for it stands for it."""
        command = REQUEST_COMMANDS.get(draft.purpose or "")
        if command is not None and not draft.operations:
            line, time = (record.line, record.time) if record is not None else (draft.start_line or 0, draft.start)
            draft.begin(OperationDraft(command, Side.ORTHANC, None, line, time))

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

    def _released_silently(self, draft: AssociationDraft, record: Record | None) -> None:
        if not draft.ended and draft.failure is None:
            draft.inferred = True
            self._released(draft, record)
            if draft.thread is None and self._closings:
                # Where closings have a line, one of those that wait is its own: none is still to come.
                del self._closings[:1]
                self._open.discard(draft)

    def _end_silently(self, draft: AssociationDraft, *, stopped: bool, last: datetime | None) -> None:
        """Ends an association of which nothing more comes, where Orthanc releases without a line.

        It counts as released where all that was asked on it was answered, or where the log goes on long enough (or to
        an orderly stop) to have shown a failure, had there been one.
        """
        if draft.ended or draft.failure is not None or not self._silent_release:
            return
        silence = (last - draft.end).total_seconds() if last is not None and draft.end is not None else 0.0
        would_show = silence >= (draft.timeout or TIMEOUT_S) + _AFTER_TIMEOUT_S
        if stopped or would_show or (draft.established is not None and all_answered(draft)):
            self._released_silently(draft, None)


def all_answered(draft: AssociationDraft) -> bool:
    """Whether nothing is asked that waits for its answer; those of C-ECHO leave no line."""
    return all(o.ok is not None or o.command == "C-ECHO" for o in draft.operations)


def _may_echo(draft: AssociationDraft) -> bool:
    return any(c.abstract_syntax == _VERIFICATION and c.result == "accepted" for c in draft.answered or ())
