"""The numbers of the charts, as tables. What is drawn and what is written beside a chart are the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from loganalyzer.report.overview import row_names
from loganalyzer.report.view import clock, moment, peer, seconds_of
from loganalyzer.timeline.association import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association

KINDS = ("worked", "operation", "rejected", "aborted", "lost", "timeout", "not-established", "open")
"""What became of an association, in the order in which charts stack it."""

BARS = 48
PEERS = 10
LIMITS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_LEAST_RATED = 3


@dataclass(frozen=True, slots=True)
class Stack:
    """Counts of associations: one row per label, one number per kind of :data:`KINDS`."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def kinds(self) -> tuple[int, ...]:
        """Numbers of the kinds that occur at all."""
        return tuple(kind for kind in range(len(KINDS)) if any(row[kind] for row in self.counts))


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one other side stores: instances per second, over its associations with at least one C-STORE."""

    label: str
    associations: int
    instances: int
    median: float
    slowest: float


def kind_of(association: Association) -> str:
    """Return which of :data:`KINDS` an association is."""
    outcome = association.outcome
    if outcome in (Outcome.OPEN, Outcome.UNKNOWN):
        return "operation" if association.failed else "open"
    if outcome is Outcome.RELEASED:
        return "operation" if association.failed else "worked"
    return str(outcome)


def activity(associations: Sequence[Association], *, year: bool) -> Stack | None:
    """Return associations by the time of their start, in equal steps; None when there is only one step."""
    dated = [(one, one.start) for one in associations if one.start is not None]
    if not dated:
        return None
    first, last = min(start for _, start in dated), max(start for _, start in dated)
    total = (last - first).total_seconds()
    width = next((step for step in _WIDTHS if total / step <= BARS), None)
    if width is None:
        width = 86400 * -(-int(total) // (86400 * BARS))
    midnight = datetime(first.year, first.month, first.day)  # noqa: DTZ001 -- times of a log are local and naive
    zero = int((first - midnight).total_seconds() // width)
    bars = int((last - midnight).total_seconds() // width) - zero + 1
    if bars < 2:
        return None
    rows = [[0] * len(KINDS) for _ in range(bars)]
    for one, start in dated:
        rows[int((start - midnight).total_seconds() // width) - zero][KINDS.index(kind_of(one))] += 1
    times = [midnight + timedelta(seconds=width * (zero + number)) for number in range(bars)]
    same_day = first.date() == last.date()
    labels = tuple(clock(time, digits=0) if same_day else moment(time, year=year, digits=0) for time in times)
    return Stack(labels, tuple(map(tuple, rows)))


def by_peer(associations: Sequence[Association], others: str) -> Stack:
    """Return associations by their other side, failing ones first; ``others`` names those beyond :data:`PEERS`."""
    rows = row_names(associations, others, PEERS)
    labels = list(dict.fromkeys(rows.values()))
    places = {label: number for number, label in enumerate(labels)}
    return _stack(associations, labels, lambda one: places[rows[peer(one)]])


def by_duration(associations: Sequence[Association], texts: Texts) -> Stack | None:
    """Return associations by how long they took; None when the log does not show it for two of them."""
    timed = [one for one in associations if seconds_of(one) is not None]
    if len(timed) < 2:
        return None
    stack = _stack(timed, _limit_labels(texts), lambda one: _bucket(seconds_of(one) or 0.0))
    used = [number for number, row in enumerate(stack.counts) if any(row)]
    begin, end = used[0], used[-1] + 1
    return Stack(stack.labels[begin:end], stack.counts[begin:end])


def rates(associations: Sequence[Association]) -> list[Rate]:
    """Return the storage rates by other side, the slowest first; empty when fewer than three associations tell."""
    measured: dict[str, list[tuple[int, float]]] = {}
    for one in associations:
        instances = sum(operation.count for operation in one.operations if operation.command == "C-STORE")
        took = seconds_of(one)
        if instances and took:
            measured.setdefault(peer(one), []).append((instances, instances / took))
    if sum(map(len, measured.values())) < _LEAST_RATED:
        return []
    found = [
        Rate(name, len(pairs), sum(n for n, _ in pairs), median(r for _, r in pairs), min(r for _, r in pairs))
        for name, pairs in measured.items()
    ]
    return sorted(found, key=lambda rate: (rate.median, rate.label))[:PEERS]


def _stack(associations: Iterable[Association], labels: Sequence[str], row_of: Callable[[Association], int]) -> Stack:
    rows = [[0] * len(KINDS) for _ in labels]
    for one in associations:
        rows[row_of(one)][KINDS.index(kind_of(one))] += 1
    return Stack(tuple(labels), tuple(map(tuple, rows)))


def _bucket(seconds: float) -> int:
    return next((number for number, limit in enumerate(LIMITS) if seconds < limit), len(LIMITS))


def _limit_labels(texts: Texts) -> list[str]:
    between = [
        texts("chart.range_ms", low=f"{low * 1000:.0f}", high=f"{high * 1000:.0f}")
        if high < 1
        else texts("chart.range_s", low=f"{low:g}", high=f"{high:g}")
        for low, high in pairwise(LIMITS)
    ]
    return [
        texts("chart.less", limit=f"{LIMITS[0] * 1000:.0f}"),
        *between,
        texts("chart.more", limit=f"{LIMITS[-1]:g}"),
    ]
