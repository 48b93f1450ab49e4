"""From events to associations: a pure state machine, no I/O.

What Orthanc does, from its sources (``DicomServer.cpp``, ``CommandDispatcher.cpp``, ``DicomAssociation.cpp``):

* One thread accepts incoming associations, one after the other: the lines of a negotiation are never mixed with those of
  another one. So the negotiation under way is a single slot.
* The requests on accepted associations are served step by step by a pool of threads, and two steps of one association
  may run on two threads. A thread's name therefore ties together the lines of one *step*, not of one association; the
  AET and the address that are printed with each request name the association.
* An outgoing association is opened, used and closed by one thread.

The transitions of an association (PS3.8 9.2, seen through what is logged) are data: :data:`TRANSITIONS`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.dumps.dump import DimseDump
from loganalyzer.timeline.association import Association, Direction, Outcome
from loganalyzer.timeline.draft import AssociationDraft, ContextMerger, OperationDraft
from loganalyzer.timeline.incoming import IncomingSide
from loganalyzer.timeline.outgoing import OutgoingSide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.events.event import Event

_FULL_LINES = 2000


class TimelineBuilder:
    """Builds the associations of one log.

    :meth:`feed` takes the events in the order of the log and gives the draft that each belongs to, if any. Finished
    drafts are kept compactly; :meth:`associations` gives them all.
    """

    def __init__(self, log: int = 0) -> None:
        self._log = log
        self._run = 0
        self.drafts: list[AssociationDraft] = []
        self.incoming = IncomingSide(self._new)
        self.outgoing = OutgoingSide(self._new, self.incoming)

    def _new(self, direction: Direction) -> AssociationDraft:
        draft = AssociationDraft(len(self.drafts), self._log, self._run, direction)
        self.drafts.append(draft)
        return draft

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes the next event; gives the association it belongs to."""
        kind = event.type
        if kind == "run.started":
            self.end_of_run()
            self._run += 1
            return None
        if kind in self.incoming.HANDLERS:
            return self.incoming.feed(event)
        if kind in self.outgoing.HANDLERS:
            return self.outgoing.feed(event)
        if event.record.is_alarm:
            return self.outgoing.current(event.record) or self.incoming.current(event.record)
        return None

    def end_of_run(self) -> None:
        """The process is gone: what was still open stays open, as the log shows it."""
        self.incoming.end_of_run()
        self.outgoing.end_of_run()

    def associations(self) -> Iterator[Association]:
        """All associations in order of their first line."""
        self.end_of_run()
        merger = ContextMerger()
        names = {d.number: f"{self._log + 1}.{i + 1}" for i, d in enumerate(self.drafts)}
        keep = len(self.drafts) <= _FULL_LINES
        for draft in self.drafts:
            caused_by = names.get(draft.caused_by) if draft.caused_by is not None else None
            yield draft.frozen(names[draft.number], caused_by, merger, keep_lines=keep)
