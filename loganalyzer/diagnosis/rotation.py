"""The logs of a server before and behind one log, where it was rotated: what was under way then goes on in the next.

A log has the associations that begin in it, with what the first megabytes of the next log tell of their rest; and
lines at its beginning that belong to associations of the log before, as its last megabyte shows, make no new ones.
So each of many rotated logs can be read by itself, in any order.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.block import Block
from loganalyzer.sources.plain import PartAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event
    from loganalyzer.sources.block import LogStream, Neighbours
    from loganalyzer.timeline.builder import TimelineBuilder

_BEFORE = 1 << 20
_BEHIND = 8 << 20


def builder_behind(
    neighbours: Neighbours, made: Callable[[], TimelineBuilder], catalogue: EventCatalogue, year: int | None
) -> TimelineBuilder:
    """A builder for a log that knows what was under way when it began."""
    builder = made()
    if neighbours.before is None:
        return builder
    with neighbours.before() as log:
        tail = _tail(log) if log is not None else []
    if not builder.lead_in(EventReader(catalogue, Clock(year)).events(tail)):
        return made()
    neighbours.matter = True
    return builder


def go_on(neighbours: Neighbours, builder: TimelineBuilder, catalogue: EventCatalogue, lines: int) -> None:
    """Tell ``builder`` of the rest of what is under way at the end of a log of so many ``lines``."""
    neighbours.matter |= builder.lacks_beginnings
    if not builder.under_way():
        return
    neighbours.matter = True
    if neighbours.behind is None:
        return
    with neighbours.behind() as log:
        if log is not None:
            builder.go_on(_events(log, catalogue, lines), lines)


def _tail(log: LogStream) -> list[Block]:
    """The last lines of a log, numbered so that line 1 would be the next one; none where it cannot be read."""
    kept: deque[Block] = deque()
    size = 0
    with suppress(OSError):
        for block in _last_blocks(log):
            kept.append(block)
            size += len(block.data)
            while size - len(kept[0].data) >= _BEFORE:
                size -= len(kept.popleft().data)
    at = 1 - sum(block.lines for block in kept)
    numbered = []
    for block in kept:
        numbered.append(Block(block.data, at, lines=block.lines))
        at += block.lines
    return numbered


def _last_blocks(log: LogStream) -> Iterator[Block]:
    """All blocks of a log, or, where its file can be sought in, those of its end."""
    if log.plain is None or log.plain.size <= _BEFORE:
        yield from log.blocks()
        return
    with log.plain.opened() as descriptor:
        yield from log.plain.blocks(descriptor, log.plain.size - _BEFORE, None, PartAccount())


def _events(log: LogStream, catalogue: EventCatalogue, lines: int) -> Iterator[Event]:
    return EventReader(catalogue, Clock(log.year)).events(_first_blocks(log, lines))


def _first_blocks(log: LogStream, lines: int) -> Iterator[Block]:
    size = 0
    for block in log.blocks():
        yield Block(block.data, lines + 1, lines=block.lines)
        lines += block.lines
        size += len(block.data)
        if size >= _BEHIND:
            return
