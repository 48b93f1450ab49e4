"""The overview of all associations: one row per other side, time from left to right, failures as marks of their own.

The geometry is shared with the script of the HTML report, which draws the same picture again when a reader zooms in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from loganalyzer.report.view import clock, moment, peer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from loganalyzer.timeline.association import Association

ROWS = 12
"""Other sides with a row of their own; the rest share one."""

WIDTH = 1000
LABELS = 170
ROW_HEIGHT = 22
TOP = 6
AXIS = 26
_TICKS = 6
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Row:
    """One other side. ``good`` and ``bad`` are SVG paths; ``bad`` holds a cross for every failure."""

    name: str
    total: int
    failed: int
    first: datetime
    last: datetime
    y: int
    good: str
    bad: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the time axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What is drawn. ``undated`` associations have no time in the log, so they are not in the picture."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: int
    first: datetime
    last: datetime
    undated: int


def overview(associations: Sequence[Association], others: str, *, year: bool) -> Overview | None:
    """Return the overview, or None when no association has a time. ``others`` names the shared row."""
    dated = [(one, one.start) for one in associations if one.start is not None]
    if not dated:
        return None
    first = min(start for _, start in dated)
    last = max(first + timedelta(seconds=1), *(one.end or start for one, start in dated))
    names = row_names((one for one, _ in dated), others)
    grouped: dict[str, list[tuple[Association, datetime]]] = {name: [] for name in names.values()}
    for one, start in dated:
        grouped[names[peer(one)]].append((one, start))
    rows = tuple(_row(name, members, n, first, last) for n, (name, members) in enumerate(grouped.items()))
    height = TOP + len(rows) * ROW_HEIGHT + AXIS
    return Overview(rows, _ticks(first, last, year=year), height, first, last, len(associations) - len(dated))


def row_names(associations: Iterable[Association], others: str, most: int = ROWS) -> dict[str, str]:
    """Give every other side the row that it is drawn in: those with failures first, then the busiest ``most``."""
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for association in associations:
        name = peer(association)
        counts[name] += 1
        failures[name] += association.failed
    ranked = sorted(counts, key=lambda name: (-failures[name], -counts[name], name))
    own = ranked if len(ranked) <= most + 1 else ranked[:most]
    return {name: name if name in own else others for name in ranked}


def _row(name: str, members: list[tuple[Association, datetime]], number: int, first: datetime, last: datetime) -> Row:
    y = TOP + number * ROW_HEIGHT
    total = (last - first).total_seconds()
    room = WIDTH - LABELS - 12

    def place(time: datetime) -> float:
        return LABELS + room * (time - first).total_seconds() / total

    spans: list[tuple[float, float]] = []
    crosses: list[float] = []
    for one, start in sorted(members, key=lambda member: member[1]):
        begin = place(start)
        end = max(begin + 2, place(max(one.end or start, start)))
        if spans and begin <= spans[-1][1] + 0.5:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
        if one.failed and (not crosses or begin - crosses[-1] >= 3):
            crosses.append(begin)
    bars = "".join(f"M{begin:.1f} {y + 5}h{end - begin:.1f}v12h-{end - begin:.1f}z" for begin, end in spans)
    marks = "".join(f"M{x - 4:.1f} {y + 7}l8 8m0-8l-8 8" for x in crosses)
    times = [start for _, start in members]
    failed = sum(one.failed for one, _ in members)
    return Row(name, len(members), failed, min(times), max(times), y, bars, marks)


def _ticks(first: datetime, last: datetime, *, year: bool) -> tuple[Tick, ...]:
    total = (last - first).total_seconds()
    step = next((step for step in _STEPS if total / step <= _TICKS), None)
    if step is None:
        step = 86400 * max(1, round(total / 86400 / _TICKS))
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    count = int((first - midnight).total_seconds() // step)
    room = WIDTH - LABELS - 12
    ticks = []
    while (time := midnight + timedelta(seconds=step * count)) <= last:
        if time >= first:
            text = moment(time, year=year, digits=0)[:-9] if step >= 86400 else clock(time, digits=0)
            ticks.append(Tick(round(LABELS + room * (time - first).total_seconds() / total, 1), text))
        count += 1
    return tuple(ticks)
