"""Chooses how a log is read: as Orthanc's own, or as another program's.

Nearly every log is Orthanc's and begins with its stamps; then nothing here costs more than a look at its first block.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

from loganalyzer.dialects.products import ORTHANC, UNKNOWN_PRODUCT
from loganalyzer.dialects.samples import begins_stamped
from loganalyzer.events.parts import PartsReader, parts_of
from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.plain import PartAccount
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS
from loganalyzer.sources.wrappers.soft_wrap import may_be_broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.counts import ReadCounts
    from loganalyzer.events.event import Event
    from loganalyzer.events.parts import Helpers
    from loganalyzer.sources.block import Block, LogStream

_SAMPLE = 256 << 10


class ReadBy(Enum):
    """What a log is read by."""

    STAMPS = "the stamps of Orthanc"
    TEXT = "messages of Orthanc in a text"
    DIALECT = "the messages of another program"


@dataclass(slots=True)
class View:
    """One way to read a log. ``counts`` and ``product`` are complete once ``events`` is exhausted.

    ``by`` says how it is read; ``part`` is what the view is called where a log has several.
    """

    by: ReadBy
    counts: ReadCounts
    _events: Iterator[Event]
    _product: Callable[[], str]
    part: str | None = None

    @property
    def product(self) -> str:
        """Whose log it is: ``orthanc``, ``unknown``, or the other program's name."""
        return self._product()

    def events(self) -> Iterator[Event]:
        """The events, in the order of the lines."""
        return self._events


def orthanc_view(blocks: Iterable[Block], catalogue: EventCatalogue, year: int | None) -> View:
    """Orthanc's own log, read from its first block to its last; ``unknown`` where nothing in it is Orthanc's."""
    reader = EventReader(catalogue, Clock(year))
    return _of_orthanc(reader.counts, reader.events(blocks))


def _of_orthanc(counts: ReadCounts, events: Iterator[Event]) -> View:
    return View(ReadBy.STAMPS, counts, events, lambda: ORTHANC if counts.told or counts.stamped else UNKNOWN_PRODUCT)


def view_in_parts(log: LogStream, helpers: Helpers, catalogue: EventCatalogue) -> View | None:
    """A large log that ``helpers`` read; None for one that must be read from first to last, or is not worth it."""
    if log.plain is None or log.plain.size < 2 * helpers.part_size:
        return None
    try:
        with log.plain.opened() as descriptor:
            _, sample = _sampled(log.plain.blocks(descriptor, 0, 4 * _SAMPLE, PartAccount()))
        parts = parts_of(log.plain, helpers.part_size, log.year, catalogue)
    except OSError:
        return None
    if not _is_plain(sample) or len(parts) == 1:
        return None
    reader = PartsReader(log, parts, helpers, catalogue)
    return _of_orthanc(reader.counts, reader.events())


def views_of(blocks: Iterable[Block], catalogue: EventCatalogue, year: int | None) -> list[View]:
    """The ways to read a log, mostly one. ``year`` is that of the first stamp, if known.

    A text with a log of another program and messages of Orthanc has two.
    """
    rest = iter(blocks)
    head, sample = _sampled(rest)
    if not head:
        return [orthanc_view((), catalogue, year)]
    if _is_plain(sample):
        return [orthanc_view(chain(head, rest), catalogue, year)]
    from loganalyzer.dialects.others import views_of_others

    return views_of_others(head, sample, rest, catalogue, year)


def _is_plain(sample: bytes) -> bool:
    """Whether a log is Orthanc's from its first line on, and as it was written."""
    return begins_stamped(sample.lstrip()) and not may_be_broken(sample.split(b"\n", NEIGHBOURS)[:NEIGHBOURS])


def _sampled(rest: Iterator[Block]) -> tuple[list[Block], bytes]:
    """The first blocks, up to the size of a sample, and their text: where the blocks end must not matter."""
    head: list[Block] = []
    size = 0
    while size < _SAMPLE and (block := next(rest, None)) is not None:
        head.append(block)
        size += len(block.data)
    return head, b"".join(block.data for block in head)[:_SAMPLE]
