"""The incoming associations of one process that are under way, and what the handlers of their events share.

The accepted associations are served step by step: a *step* is what one thread does between
reading a request and answering it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.attribution import settle, settle_get
from loganalyzer.timeline.numbers import Numbers
from loganalyzer.timeline.under_way import OpenAssociations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loganalyzer.dumps.dump import DimseDump
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.association import Direction
    from loganalyzer.timeline.draft import AssociationDraft, OperationDraft

Name = tuple[str | None, str | None]
"""What a line may name an association by: the calling AET and the address."""
GONE = (
    "Peer aborted", "aborted Association", "TCP I/O", "connection reset", "closed by peer", "Failed to send message",
)  # fmt: skip
"""Conditions that say that the peer is no longer there."""
_MOST_OPEN = 512
_THREADS = 4  # DicomThreadsCount unless configured


class IncomingUnderWay:
    """The negotiation under way, the accepted associations, and the steps of the threads. ``new`` makes a draft."""

    def __init__(self, new: Callable[[Direction], AssociationDraft]) -> None:
        self._new = new
        self._connected: Event | None = None
        self._negotiating: AssociationDraft | None = None
        self._open = OpenAssociations(lambda draft: (draft.calling_aet, draft.host), _MOST_OPEN)
        self._unnamed: list[tuple[str | None, DimseDump, Record]] = []
        self._steps: dict[str | None, tuple[AssociationDraft, OperationDraft | None]] = {}
        self._tells_beginnings = False  # not at the default level
        self._unplaced_failures: list[tuple[str, str]] = []
        self._last_failure: str | None = None
        self._got: AssociationDraft | None = None  # the answer to a C-GET's C-STORE was a failure
        self._unplaced: dict[Name | None, list[Event]] = {}
        self._assigned: dict[int, Event] = {}  # by the number of the association that most likely ended by it
        self._revocable: dict[int, tuple[AssociationDraft, Event]] = {}
        self.placed: dict[int, int] = {}  # line of a broken end → number of the association that it turned out to be
        self._told_later: set[str | None] = set()
        self._confirmations = 0
        self.failed_destination: str | None = None
        """The destination that was just said to have failed; the line that says so of the C-MOVE names none."""
        self.threads = _THREADS
        self.numbers = Numbers()

    def follows(self, draft: AssociationDraft) -> bool:
        """Whether anything that comes may still be about an association."""
        return draft in self._open or draft is self._negotiating or draft.number in self._revocable

    @property
    def _crowded(self) -> bool:
        """Whether there are more associations than threads to serve them."""
        return len(self._open) - len(self._assigned) > self.threads

    def _bearing(self, name: Name | None) -> list[AssociationDraft]:
        """The open associations of this name; all of them when a line gives none."""
        return [d for d in (self._open if name is None else self._open.of(name)) if not d.ended]

    def _going_on(self, drafts: Iterable[AssociationDraft]) -> list[AssociationDraft]:
        """Those that most likely have not ended; all, if all most likely have."""
        drafts = list(drafts)
        return [d for d in drafts if d.number not in self._assigned] or drafts

    def current(self, record: Record) -> AssociationDraft | None:
        """The association that a thread is serving; without thread names the only one that a record may be about."""
        if record.thread is not None:
            draft = self._steps.get(record.thread, (None, None))[0]
            return draft if draft is not None and not draft.ended else None
        asked = [d for d in self._open if d.operations and d.number not in self._assigned]
        waiting = [d for d in asked if d.operations[-1].ok is None and d.operations[-1].command in record.message]
        meant = waiting or asked
        return meant[0] if len(meant) == 1 else None

    def serving(self, record: Record, command: str, destination: str | None) -> AssociationDraft | None:
        """The open association on whose behalf a thread opens another one (C-MOVE, storage commitment)."""
        draft, operation = self._steps.get(record.thread, (None, None))
        if record.thread is not None:
            return draft if operation is not None and operation.command == command else None
        lasts = [(d, d.operations[-1]) for d in reversed(self._open) if d.operations]
        asking = [(d, o.move_destination) for d, o in lasts if o.command == command]
        named = [d for d, known in asking if known == destination is not None]
        return next(iter(named or [d for d, known in asking if known is None]), None)

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
            if d.number not in self._assigned
            and d.operations
            and d.operations[-1].command == command
            and d.operations[-1].ok is None
        ]

    def _close(self, draft: AssociationDraft, outcome: Outcome, by: Side, record: Record) -> None:
        if outcome is Outcome.RELEASED:
            settle(draft)
            settle_get(draft, record)
        draft.finish(outcome, by, record)
        self._open.discard(draft)
        operation = self._steps.get(record.thread, (draft, None))[1]
        if operation is None or operation.line < record.line:  # an end that is placed late is no longer the last step
            self._steps[record.thread] = (draft, None)
