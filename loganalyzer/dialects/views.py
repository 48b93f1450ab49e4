"""Chooses how a log is read: as Orthanc's own, or as another program's.

Nearly every log is Orthanc's and begins with its stamps; then nothing here costs more than a look at its first block.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from loganalyzer.dialects import dialect_of
from loganalyzer.dialects.samples import stamps
from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event
    from loganalyzer.events.reader import ReadCounts
    from loganalyzer.sources.block import Block

ORTHANC = "orthanc"
UNKNOWN_PRODUCT = "unknown"
_SAMPLE = 256 << 10
_MOSTLY = 0.1


class View(Protocol):
    """One way to read a log. ``counts`` and ``product`` are complete once ``events`` is exhausted."""

    part: str | None
    """What the view is called where a log has several."""

    @property
    def counts(self) -> ReadCounts:
        """What was seen."""

    @property
    def product(self) -> str:
        """Whose log it is: ``orthanc``, ``unknown``, or the other program's name."""

    def events(self) -> Iterator[Event]:
        """The events, in the order of the lines."""


class OrthancView:
    """Orthanc's own log; ``unknown`` where nothing in it is Orthanc's."""

    def __init__(self, blocks: Iterable[Block], catalogue: EventCatalogue, year: int | None) -> None:
        self._reader = EventReader(catalogue, Clock(year))
        self.part: str | None = None
        self._blocks = blocks
        self._told = False

    @property
    def counts(self) -> ReadCounts:
        """See :class:`View`."""
        return self._reader.counts

    @property
    def product(self) -> str:
        """See :class:`View`."""
        return ORTHANC if self._told or self.counts.stamped else UNKNOWN_PRODUCT

    def events(self) -> Iterator[Event]:
        """See :class:`View`."""
        for event in self._reader.events(self._blocks):
            self._told = self._told or not event.record.dcmtk
            yield event


class PeerView:
    """The log of another program."""

    def __init__(self, blocks: Iterable[Block], reader: PeerReader) -> None:
        self.part: str | None = None
        self._blocks = blocks
        self._reader = reader

    @property
    def counts(self) -> ReadCounts:
        """See :class:`View`."""
        return self._reader.counts

    @property
    def product(self) -> str:
        """See :class:`View`."""
        return self._reader.product

    def events(self) -> Iterator[Event]:
        """See :class:`View`."""
        return self._reader.events(self._blocks)


def views_of(blocks: Iterable[Block], catalogue: EventCatalogue, year: int | None) -> list[View]:
    """The ways to read a log, mostly one. ``year`` is that of the first stamp, if known."""
    rest = iter(blocks)
    first = next(rest, None)
    if first is None:
        return [OrthancView((), catalogue, year)]
    all_blocks = chain([first], rest)
    sample = first.data[:_SAMPLE]
    if stamps(sample) >= _MOSTLY * (sample.count(b"\n") + 1):
        return [OrthancView(all_blocks, catalogue, year)]
    dialect = dialect_of(sample)
    if dialect is None:
        return [OrthancView(all_blocks, catalogue, year)]
    return [PeerView(all_blocks, dialect.reader(catalogue))]
