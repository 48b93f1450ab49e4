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

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, Outcome
from loganalyzer.timeline.draft import AssociationDraft, ContextMerger
from loganalyzer.timeline.incoming import IncomingSide
from loganalyzer.timeline.outgoing import OutgoingSide
from loganalyzer.timeline.wire import WireSide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.association import Association

_FULL_LINES = 2000  # associations that keep all their lines; later ones keep those that prove a failure


class TimelineBuilder:
    """Builds the associations of one log.

    :meth:`feed` takes the events in the order of the log and gives the draft that each belongs to, if any. Finished
    drafts are kept compactly; :meth:`associations` gives them all.
    """

    def __init__(self, log: int = 0) -> None:
        self._log = log
        self._run = 0
        self._version: str | None = None
        self._stopping = False
        self._last: datetime | None = None
        self.drafts: list[AssociationDraft] = []
        self.incoming = IncomingSide(self._new)
        self.outgoing = OutgoingSide(self._new, self.incoming)
        self.wire = WireSide(self._new)
        sides: tuple[WireSide | OutgoingSide | IncomingSide, ...] = (self.wire, self.outgoing, self.incoming)
        self._feeders = {kind: side.feed for side in sides for kind in side.HANDLERS}

    def _new(self, direction: Direction) -> AssociationDraft:
        draft = AssociationDraft(len(self.drafts), self._log, self._run, direction)
        self.drafts.append(draft)
        return draft

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes the next event; gives the association it belongs to."""
        feed = self._feeders.get(event.type)
        if feed is None:
            return self._other(event)
        self._last = event.record.time or self._last
        draft = feed(event)
        if draft is not None and draft.ended:
            self._ended(draft)
        return draft

    def _other(self, event: Event) -> AssociationDraft | None:
        draft = None
        if event.type.startswith("run."):
            self._follow_run(event)
        elif event.record.is_alarm:
            draft = self._serving(event.record)
        self._last = event.record.time or self._last
        return draft

    def _ended(self, draft: AssociationDraft) -> None:
        if draft.direction is Direction.INCOMING and draft.outcome is Outcome.RELEASED:
            self.outgoing.cause_ended(draft)
        if draft.number >= _FULL_LINES:
            draft.compact()

    def _serving(self, record: Record) -> AssociationDraft | None:
        return self.outgoing.current(record) or self.incoming.current(record) or self.wire.current(record)

    def _follow_run(self, event: Event) -> None:
        if event.type == "run.started":
            self.end_of_run()
            self._run += 1
            self._version = event.fields["version"]
            self._stopping = False
        elif event.type in ("run.stopping", "run.stopped"):
            self._stopping = True

    def end_of_run(self) -> None:
        """The process is gone: what was still open stays open, as the log shows it.

        Before 1.12.2 Orthanc released its outgoing associations without a line. They count as released when Orthanc
        stopped in good order or the log went on.
        """
        self.incoming.end_of_run()
        self.wire.end_of_run()
        self.outgoing.end_of_run(
            silent_release=_closes_silently(self._version), stopped=self._stopping, last=self._last
        )

    def associations(self) -> Iterator[Association]:
        """All associations in order of their first line, once: each draft is given up for the association."""
        self.end_of_run()
        merger = ContextMerger()
        self.drafts.reverse()
        while self.drafts:
            draft = self.drafts.pop()
            number = draft.number
            caused_by = self._name(draft.caused_by) if draft.caused_by is not None else None
            if number >= _FULL_LINES:
                draft.compact()
            yield draft.frozen(self._name(number), caused_by, merger)

    def _name(self, number: int) -> str:
        return f"{self._log + 1}.{number + 1}"


def _closes_silently(version: str | None) -> bool:
    """Whether this version has no ``Closing DICOM association`` line (it came with 1.12.2)."""
    numbers = [int(n) for n in (version or "").split(".") if n.isdigit()]
    return bool(numbers) and numbers < [1, 12, 2]
