"""The logs of a server before and behind one log, where it was rotated: what was under way then goes on in the next.

A log has the associations that begin in it, with what the first lines of the next log tell of their rest: that is
judged with them. Lines at the beginning of a log that belong to associations of the log before, as its last megabyte
shows, make no new ones and are judged there. So each of many rotated logs can be read by itself, in any order.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.block import Block
from loganalyzer.sources.line_map import LineMap
from loganalyzer.sources.plain import PartAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loganalyzer.diagnosis.model import Evidence
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event
    from loganalyzer.sources.block import LogStream, Neighbours
    from loganalyzer.timeline.builder import TimelineBuilder, Told

#: So many lines of a log may belong to the one before: each of the two must know it of every line.
REACH = 100_000
_BEFORE = 1 << 20
_MOST_BEHIND = 32 << 20  # bytes of so many lines; Orthanc's have 50 to 150 each


@dataclass(slots=True)
class Behind:
    """What was read of the log behind one that has so many ``lines``: its name, and where its lines stand in its file.

    Its lines are numbered on from those.
    """

    name: str
    lines: int
    places: LineMap = field(default_factory=LineMap)

    def place(self, evidence: Evidence, names: Sequence[str]) -> Evidence:
        """A line in the log that it stands in; where that is not among those of these ``names``, with its place."""
        if evidence.line <= self.lines:
            return evidence
        line = evidence.line - self.lines
        if self.name in names:
            return replace(evidence, log=names.index(self.name), line=line)
        line = self.places.line(line)
        return replace(evidence, log=-1, line=line, text=f"{self.name}:{line}: {evidence.text}")


def builder_behind(
    neighbours: Neighbours, made: Callable[[], TimelineBuilder], catalogue: EventCatalogue, year: int | None
) -> TimelineBuilder:
    """A builder for a log that knows what was under way when it began."""
    builder = made()
    if neighbours.before is None:
        return builder
    with neighbours.before() as log:
        tail = _tail(log) if log is not None else []
    if not builder.lead_in(e for e in EventReader(catalogue, Clock(year)).events(tail) if not e.partial):
        return made()
    neighbours.matter = True
    return builder


def go_on(
    neighbours: Neighbours, builder: TimelineBuilder, catalogue: EventCatalogue, lines: int, told: Told
) -> Behind | None:
    """Tell ``builder`` of the rest of what is under way at the end of a log of so many ``lines``.

    ``told`` is given each event of the log behind, which is returned, with the association that it belongs to.
    """
    neighbours.matter |= builder.lacks_beginnings
    if not builder.under_way():
        return None
    neighbours.matter = True
    if neighbours.behind is None:
        return None
    with neighbours.behind() as log:
        if log is None:
            return None
        behind = Behind(log.name, lines)
        builder.go_on(_events(log, catalogue, behind), lines, told)
        return behind


def in_their_logs(
    evidence: tuple[Evidence, ...], behind: Mapping[int, Behind], names: Sequence[str]
) -> tuple[Evidence, ...]:
    """Lines with the logs that they stand in; ``behind`` are the logs behind those of some numbers."""
    return tuple(behind[e.log].place(e, names) if e.log in behind else e for e in evidence)


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


def _events(log: LogStream, catalogue: EventCatalogue, behind: Behind) -> Iterator[Event]:
    events = EventReader(catalogue, Clock(log.year)).events(_first_blocks(log, behind))
    return (e for e in events if not e.partial and e.record.line <= behind.lines + REACH)


def _first_blocks(log: LogStream, behind: Behind) -> Iterator[Block]:
    size = 0
    for block in behind.places.counted(log.blocks()):
        yield Block(block.data, behind.lines + block.first_line, lines=block.lines)
        size += len(block.data)
        if size >= _MOST_BEHIND or behind.places.lines >= REACH:
            return
