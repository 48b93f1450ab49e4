"""What all dialects share: from lines to events, with the counts that the report shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from loganalyzer.dialects.lines import lines_of
from loganalyzer.events.counts import ReadCounts
from loganalyzer.events.event import Event
from loganalyzer.events.reader import UNKNOWN
from loganalyzer.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.layout import Layout
    from loganalyzer.dialects.lines import Line
    from loganalyzer.dumps.dump import Dump
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.sources.block import Block

_SAMPLES = 3
_MAX_SAMPLE = 200


class PeerReader(ABC):
    """Reads one log of another program.

    ``product`` says which program it is, as far as the lines read so far tell it; ``counts`` is complete once
    :meth:`events` is exhausted. A warning or an error that the dialect does not read itself is looked up in the
    patterns.
    """

    def __init__(self, product: str, catalogue: EventCatalogue) -> None:
        self.product = product
        self.counts = ReadCounts()
        self._catalogue = catalogue

    def events(self, blocks: Iterable[Block], layout: Layout) -> Iterator[Event]:
        """The events of a log whose lines have this layout, in their order."""
        for line in lines_of(blocks, layout.line):
            self._count(line)
            yield from self.read(line)
        yield from self.finish()

    @abstractmethod
    def read(self, line: Line) -> Iterable[Event]:
        """The events that a line completes."""

    def finish(self) -> Iterable[Event]:
        """The events that the end of the log completes."""
        return ()

    def event(self, kind: str, line: Line, dump: Dump | None = None, /, **fields: str | None) -> Event:
        """An event at a line; fields that are None are left out."""
        return Event(kind, record_of(line), {k: v for k, v in fields.items() if v is not None}, dump)

    def known(self, line: Line) -> Event | None:
        """What the patterns make of a line without a rule here; None when it is neither known nor an alarm."""
        record = record_of(line)
        found = self._catalogue.recognise(record, self._catalogue.candidates(record.message))
        if line.level in ("E", "W", "F"):
            self.counts.alarms += 1
            self.counts.recognised += found is not None
        elif found is None:
            return None
        if found is not None:
            return Event(found[0].event, record, found[1])
        return Event(UNKNOWN, record, {})

    def by_patterns(self, line: Line, *, orphan: bool = False) -> Iterator[Event]:
        """What the patterns make of a line; as an ``orphan`` it counts where they make nothing, and it has no level."""
        event = self.known(line)
        if event is not None:
            yield event
        elif orphan and line.level is None:
            self.orphan(line)

    def orphan(self, line: Line) -> None:
        """Counts a line that is not understood."""
        self.counts.orphans += 1
        if len(self.counts.not_understood) < _SAMPLES:
            self.counts.not_understood.append((line.number, line.text[:_MAX_SAMPLE]))

    def _count(self, line: Line) -> None:
        counts = self.counts
        counts.lines += 1
        if line.level is not None:
            counts.stamped = True
            # Debug output of a toolkit shows what Orthanc shows at its trace level: every negotiation and message.
            counts.levels.add("T" if line.level == "D" else line.level)
        if line.time is not None:
            counts.first_time = counts.first_time or line.time
            counts.last_time = line.time


def record_of(line: Line) -> Record:
    """A line as a record of the log."""
    return Record(
        line.number,
        line.time,
        line.level,
        None,
        None,
        None,
        None,
        None,
        line.message.strip(),
        dcmtk=True,
        text=line.text,
    )
