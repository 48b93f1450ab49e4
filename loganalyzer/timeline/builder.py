"""From events to associations: a pure state machine, no I/O.

What Orthanc does, from its sources (``DicomServer.cpp``, ``CommandDispatcher.cpp``, ``DicomAssociation.cpp``):

* One thread accepts incoming associations, one after the other: the lines of a negotiation are never mixed with those
  of another one. So the negotiation under way is a single slot.
* The requests on accepted associations are served step by step by a pool of threads, and two steps of one association
  may run on two threads. A thread's name therefore ties together the lines of one *step*, not of one association; the
  AET and the address that are printed with each request name the association.
* An outgoing association is opened, used and closed by one thread.

The transitions of an association (PS3.8 9.2, seen through what is logged) are data: the tables ``HANDLERS`` of
:class:`~loganalyzer.timeline.incoming.IncomingSide` and :class:`~loganalyzer.timeline.outgoing.OutgoingSide` name, for
each event, the transition that it makes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from loganalyzer.timeline.association import Association, Direction, Outcome, association_id
from loganalyzer.timeline.draft import AssociationDraft, ContextMerger
from loganalyzer.timeline.incoming import IncomingSide
from loganalyzer.timeline.numbers import Numbers, release
from loganalyzer.timeline.outgoing import OutgoingSide
from loganalyzer.timeline.outgoing.jobs import named_job
from loganalyzer.timeline.packed import Packer
from loganalyzer.timeline.seam import within
from loganalyzer.timeline.wire import WireSide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from loganalyzer.events.event import Event
    from loganalyzer.timeline.packed import Associations

    Told = Callable[[Event, AssociationDraft | None], None]

MOST_ASSOCIATIONS = 100_000
_UNDER_WAY = 1024  # beyond so many newer ones, an association that has ended is made final
_FULL_LINES = 2000  # associations that keep all their lines; later ones keep those that prove a failure
_LAST_WORDS = 16  # events behind an end in which more of it may be said

_TASK_FAILED = "while handling some runnable object"  # RunnableWorkersPool.cpp: what serves associations ends by it

_ENDS = frozenset(
    {"association.finishing", "association.released", "association.aborted", "association.dimse-failure", "scu.closing"}
)


class TimelineBuilder:
    """Builds the associations of one log.

    :meth:`feed` takes the events in the order of the log and gives the draft that each belongs to, if any.
    :meth:`associations` gives them all; logs that are read together have one ``packer``. Of more than ``most``, those
    that went well are only counted (``folded``), and of those that failed a tenth of it more are kept. ``beyond`` is
    given each that is only counted.
    """

    def __init__(
        self,
        log: int = 0,
        most: int = MOST_ASSOCIATIONS,
        beyond: Callable[[Association], None] | None = None,
        packer: Packer | None = None,
    ) -> None:
        self._log = log
        self._most = most
        self._beyond = beyond
        self._run = 0
        self._stopping = False
        self._last: datetime | None = None
        self.folded = 0
        self.cuts: dict[str, tuple[int, int]] = {}
        """What lacks its ``end``, ``beginning`` or ``middle`` in the log: how many associations, and where from."""
        self._number = 0
        self._drafts: dict[int, AssociationDraft] = {}
        self._packer = packer if packer is not None else Packer()
        self._elsewhere: list[AssociationDraft] | None = None
        self._last_line: int | None = None
        self._failures = 0
        self._merger = ContextMerger()
        self.incoming = IncomingSide(self._new)
        self.outgoing = OutgoingSide(self._new, self.incoming)
        self.wire = WireSide(self._new)
        self._feeders: dict[str, Callable[[Event], AssociationDraft | None]] = {
            **dict.fromkeys(self.wire.HANDLERS, self.wire.feed), **self.outgoing.handlers(), **self.incoming.handlers()
        }  # fmt: skip

    def lead_in(self, events: Iterable[Event]) -> bool:
        """Takes the end of the log before, whose associations have numbers below zero and are not this log's.

        Gives whether any of them goes on. The next event is the first of this log.
        """
        before = self._elsewhere = []
        for event in events:
            self.feed(event)
        self._elsewhere, self._run, self._stopping = None, 0, False
        self._last_line = sys.maxsize
        self.cuts.clear()
        return any(map(self._is_under_way, before))

    def under_way(self) -> list[AssociationDraft]:
        """The associations of which the log does not show the end, though it may stand in the next one."""
        return list(filter(self._is_under_way, self._drafts.values()))

    def _is_under_way(self, draft: AssociationDraft) -> bool:
        return not draft.ended and self._is_followed(draft)

    def go_on(self, events: Iterable[Event], lines: int, told: Told) -> None:
        """Takes the log behind, until it shows how all ended that is under way. This log has so many ``lines``.

        ``told`` is given each of the events, with the draft that it belongs to, as far as that can be said already.
        """
        waiting, more = self.under_way(), _LAST_WORDS
        self._elsewhere, self._last_line = [], lines
        for event in events:
            if event.type == "run.started" or not more:
                return
            told(event, self.feed(event))
            more -= not any(self._is_followed(draft) for draft in waiting)

    @property
    def lacks_beginnings(self) -> bool:
        """Whether the log shows the rest of an association that begins before it."""
        return "beginning" in self.cuts or any(d.headless for d in self._drafts.values())

    def _new(self, direction: Direction) -> AssociationDraft:
        if self._elsewhere is not None:
            draft = AssociationDraft(-1 - len(self._elsewhere), self._log, self._run, direction)
            self._elsewhere.append(draft)
            return draft
        draft = self._drafts[self._number] = AssociationDraft(self._number, self._log, self._run, direction)
        self._number += 1
        if draft.number >= _UNDER_WAY:
            self._settle(self._drafts[draft.number - _UNDER_WAY])
        return draft

    def _settle(self, draft: AssociationDraft) -> None:
        """Turns a draft of long ago, of which nothing more can come, into what is kept of it."""
        if self.incoming.follows(draft):
            return  # incoming ones may be followed beyond their end: it may turn out to be another one's
        if draft.ended or not self._is_followed(draft):
            self._put_away(draft.number)

    def _is_followed(self, draft: AssociationDraft) -> bool:
        return self.incoming.follows(draft) or self.outgoing.follows(draft) or self.wire.follows(draft)

    def _finished(self, draft: AssociationDraft) -> Association | None:
        if (lacking := _lacking(draft)) is not None:
            self._count_cut(lacking, draft.start_line or 1)
        kept = draft.number < self._most or self._is_kept(draft)
        self.folded += not kept
        if not kept and self._beyond is None:
            return None
        if draft.number >= _FULL_LINES:
            draft.compact()
        caused_by = self._name(draft.caused_by) if draft.caused_by is not None and draft.caused_by >= 0 else None
        association = draft.frozen(self._name(draft.number), caused_by, self._merger)
        if self._last_line is not None:
            association = within(association, self._last_line)
        if not kept and self._beyond is not None:
            self._beyond(association)
        return association if kept else None

    def _count_cut(self, what: str, line: int) -> None:
        number, first = self.cuts.get(what, (0, line))
        self.cuts[what] = number + 1, min(first, line)

    def _is_kept(self, draft: AssociationDraft) -> bool:
        """Whether one beyond the most is kept: it failed, and not too many did."""
        if not draft.failed:
            return False
        self._failures += 1
        return self._failures <= self._most // 10

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes the next event; gives the association it belongs to."""
        record = event.record
        if record.thread is None and (job := named_job(record)) is not None:
            # One thread works on a job, and only that one names it (1.13.0 and later): as good as the thread's name.
            event = replace(event, record=replace(record, thread=job))
        feed = self._feeders.get(event.type)
        if feed is None:
            return self._other(event)
        self._last = event.record.time or self._last
        draft = feed(event)
        if draft is None and event.type in _ENDS and not self._number and self._elsewhere is None:
            self._count_cut("beginning", event.record.line)
        if draft is not None and draft.direction is Direction.INCOMING:
            if draft.outcome is Outcome.RELEASED:
                self.outgoing.cause_ended(draft)
            elif event.type == "request.incoming" and draft.caused_by is None and event.fields["request"] == "Store":
                self.outgoing.stored(draft)
        return draft

    def _other(self, event: Event) -> AssociationDraft | None:
        draft = None
        if event.type.startswith("run."):
            self._follow_run(event)
        elif event.record.is_alarm:
            task_failed = _TASK_FAILED in event.record.message
            draft = (task_failed and self.incoming.task_failed(event.record)) or self._serving(event)
        self._last = event.record.time or self._last
        return draft

    def _serving(self, event: Event) -> AssociationDraft | None:
        record, incoming = event.record, self.incoming.current(event.record)
        if record.thread is None and event.type.startswith("scu."):
            # Without thread names: a failure of calling belongs to what was last heard of.
            rivals = [d for d in (incoming, self.outgoing.last_heard()) if d is not None]
            return max(rivals, key=lambda d: d.end_line or 0, default=None)
        if record.thread is None and self.outgoing.jobs.running:
            return self.wire.current(record)  # as well of the job
        return self.outgoing.current(record) or incoming or self.wire.current(record)

    def _follow_run(self, event: Event) -> None:
        if event.type == "run.started":
            self.end_of_run(gone=True)
            self._run += 1
            self.incoming.numbers = Numbers(event.fields["version"])
            self.outgoing.begin_run(silent_release=_closes_silently(event.fields["version"]))
            self._stopping = False
        elif event.type == "run.dicom-threads":
            self.incoming.threads = int(event.fields["threads"])
        elif event.type in ("run.stopping", "run.stopped"):
            self._stopping = True

    def end_of_run(self, *, gone: bool) -> None:
        """The log of a process ends: what still stands is cut off if the process is ``gone``, otherwise it stays open.

        Before 1.12.2 Orthanc released its outgoing associations without a line.
        """
        gone = gone or self._stopping
        self.incoming.end_of_run(gone=gone)
        self.wire.end_of_run()
        self.outgoing.end_of_run(stopped=self._stopping, gone=gone, last=self._last)

    def finish(self) -> None:
        """The log has ended: all its associations go to the packer."""
        self.end_of_run(gone=False)
        for number in list(self._drafts):
            self._put_away(number)
        self._packer.close()

    def _put_away(self, number: int) -> None:
        self._packer.put(self._log, number, self._finished(self._drafts.pop(number)))

    def associations(self) -> Associations:
        """All associations, in order of their first line."""
        self.finish()
        return self._packer.associations()

    def _name(self, number: int) -> str:
        return association_id(self._log, number)


def _lacking(draft: AssociationDraft) -> str | None:
    """What of an association is not in the log. What went well is dumped from both sides, or from none."""
    if draft.headless:
        return "beginning"
    if draft.outcome is Outcome.OPEN:
        return "end"
    went_well = draft.outcome is Outcome.RELEASED and draft.failure is None
    return "middle" if went_well and (draft.proposed is None) != (draft.answered is None) else None


def _closes_silently(version: str | None) -> bool:
    """Whether this version has no ``Closing DICOM association`` line (it came with 1.12.2)."""
    numbers = release(version)
    return bool(numbers) and numbers < [1, 12, 2]
