"""Reads a large log in parts, by several processes at once, with the very events that one reader finds.

A part begins with a record. Whoever reads it must know where the clock stands there, and what the part before could not
read without it; mostly that is nothing but the month of its first stamp, so all parts are read on that assumption, and
a part of which it does not hold is read again.
"""

from __future__ import annotations

import os
import pickle
import re
from bisect import bisect_left
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import force_setattr

from loganalyzer.events.counts import ReadCounts
from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.evidence import HEADER
from loganalyzer.sources.plain import PartAccount, WholeAccount

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event
    from loganalyzer.sources.block import LogStream
    from loganalyzer.sources.plain import PlainFile

#: Two records of one line each: no dump stands between them.
_BORDER = re.compile(rb"\n%b[^\n]*\n(?=(%b))" % (HEADER, HEADER))
_FIRST = re.compile(rb"\s*(%b)" % HEADER)
_WINDOW = 64 << 10
_NEAR = 1024
_BATCH = 2000
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the reading of a log stands between two parts: its clock, and what the part before has left unread."""

    year: int
    month: str | None
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file on borders of records, ``end`` None for the file's own, and how the reading stands before it."""

    file: PlainFile
    start: int
    end: int | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class PartRead:
    """What was found in a part: batches of pickled events, their lines counted from its first one, and the rest."""

    events: tuple[bytes, ...]
    counts: ReadCounts
    standing: Standing
    account: PartAccount
    disabled: tuple[str, ...]


class Helpers(Protocol):
    """Those who read parts."""

    @property
    def part_size(self) -> int:
        """How many bytes a part should have."""
        ...

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        """What :func:`read_part` gives for each of ``parts``, in their order; None where it is not to be had."""
        ...


def parts_of(file: PlainFile, size: int, year: int | None, catalogue: EventCatalogue) -> list[Part]:
    """The parts of a log, of ``size`` bytes or a little more, with what can be guessed. Raises ``OSError``."""
    clock = Clock(year)
    starts, standings = [0], [Standing(clock.year, None)]
    with file.opened() as descriptor:
        first = _FIRST.match(os.pread(descriptor, _WINDOW, 0))
        if first is not None:
            clock.time(first[1].decode())
        for at in range(size, file.size - size // 2, size):
            border = _border(os.pread(descriptor, _WINDOW, at), catalogue)
            if border is not None and at + border.end() > starts[-1]:
                clock.time(border[1].decode())
                starts.append(at + border.end())
                standings.append(Standing(clock.year, clock.month))
    return [Part(file, *found) for found in zip(starts, [*starts[1:], None], standings, strict=True)]


def _border(window: bytes, catalogue: EventCatalogue) -> re.Match[bytes] | None:
    """A place where the part before will hardly wait for what follows: no record near by announces a dump."""
    announced = [end for text, _, end in catalogue.find(window) if catalogue.announces_dump(text)]
    for border in _BORDER.finditer(window):
        later = bisect_left(announced, border.end())
        if not later or announced[later - 1] < border.end() - _NEAR:
            return border
    return None


def read_part(part: Part, catalogue: EventCatalogue) -> PartRead | None:
    """The events of a part; None where they are too many to be held, or the file cannot be read from here."""
    catalogue.disabled.clear()
    reading = _PartReading(part, part.standing, catalogue)
    try:
        with part.file.opened() as descriptor:
            batches = _packed(reading.events(descriptor))
    except OSError:
        return None
    if batches is None:
        return None
    return PartRead(batches, reading.counts, reading.standing, reading.account, tuple(catalogue.disabled))


def _packed(events: Iterator[Event]) -> tuple[bytes, ...] | None:
    batches: list[bytes] = []
    room = _LARGEST
    while batch := list(islice(events, _BATCH)):
        batches.append(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
        room -= len(batches[-1])
        if room < 0:
            return None
    return tuple(batches)


class _PartReading:
    """One part under the eyes of one reader. All but ``events`` is complete once these are drawn."""

    def __init__(self, part: Part, standing: Standing, catalogue: EventCatalogue) -> None:
        self._part = part
        self._before = standing
        self._clock = Clock(standing.year, standing.month)
        self._reader = EventReader(catalogue, self._clock)
        self.account = PartAccount()

    def events(self, descriptor: int) -> Iterator[Event]:
        part = self._part
        blocks = part.file.blocks(descriptor, part.start, part.end, self.account)
        return self._reader.events(blocks, self._before.rest, to_end=part.end is None)

    @property
    def counts(self) -> ReadCounts:
        return self._reader.counts

    @property
    def standing(self) -> Standing:
        return Standing(self._clock.year, self._clock.month, self._reader.rest)


class PartsReader:
    """Reads ``log``, whose ``parts`` these are, with ``helpers``; otherwise as ``EventReader``."""

    def __init__(self, log: LogStream, parts: Sequence[Part], helpers: Helpers, catalogue: EventCatalogue) -> None:
        self._parts = parts
        self._helpers = helpers
        self._catalogue = catalogue
        self._account = WholeAccount(log.name, parts[0].file, log.state)
        self.counts = ReadCounts()

    def events(self) -> Iterator[Event]:
        """The events of the log, in the order of its lines; what cannot be read is told in the state of the log."""
        error = None
        try:
            with (
                self._parts[0].file.opened() as descriptor,
                self._account.digested(descriptor),
                closing(self._helpers.read(self._parts)) as found,
            ):
                yield from self._in_order(found, descriptor)
        except OSError as fault:
            error = fault
        self._account.finish(error)

    def _in_order(self, found: Iterator[PartRead | None], descriptor: int) -> Iterator[Event]:
        standing = self._parts[0].standing
        for part, read in zip(self._parts, found, strict=True):
            lines = self._account.lines
            if read is not None and part.standing == standing:
                self._account.take(read.account)
                yield from (_moved(event, lines) for batch in read.events for event in pickle.loads(batch))  # noqa: S301 -- of our own making
                self._catalogue.disabled += [name for name in read.disabled if name not in self._catalogue.disabled]
                self.counts.add(read.counts, lines)
                standing = read.standing
                continue
            here = _PartReading(part, standing, self._catalogue)
            try:
                yield from (_moved(event, lines) for event in here.events(descriptor))
            finally:
                self._account.take(here.account)
            self.counts.add(here.counts, lines)
            standing = here.standing


def _moved(event: Event, lines: int) -> Event:
    """An event that nobody else has seen yet, behind ``lines`` more lines."""
    force_setattr(event.record, "line", event.record.line + lines)
    return event
