"""The level at which a log was recorded, and each run in it: default, verbose, trace, or mixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.events.counts import ReadCounts, Stretch


@dataclass(slots=True)
class _RunLevel:
    """``start_up`` is the level of a start-up that is complete in the log; ``held`` all from the first change on."""

    letters: set[str] = field(default_factory=set)
    start_up: str | None = None
    held: list[str] = field(default_factory=list)

    def take(self, stretch: Stretch) -> None:
        if stretch.begins == "run.ready":
            self.start_up = _named(self.letters)
        elif stretch.begins == "run.level-set" and stretch.to is not None:
            self.held = [*(self.held or [_named(self.letters)]), stretch.to.strip()]
        self.letters |= stretch.levels

    def level(self, counts: ReadCounts) -> str:
        return _throughout(self.held) or _known(self.letters, counts)


def levels_of(counts: ReadCounts) -> tuple[str, tuple[str, ...]]:
    """The level of a log, and those of its runs by their numbers, from 0: what stands before the first start.

    Where it changes, while Orthanc runs or from one run to the next, it is what the log shows throughout, and ``mixed``
    if a part has the default level, which leaves failures out. Only those runs count whose start-up is complete, since
    at each level something is said in it, and a run that failed at once may not have come to say anything.
    """
    runs = [_RunLevel()]
    for stretch in counts.stretches:
        if stretch.begins == "run.started":
            runs.append(_RunLevel())
        runs[-1].take(stretch)
    whole = _known(counts.levels, counts)
    of_runs = tuple(run.level(counts) for run in runs)
    shown = [level for run, level in zip(runs, of_runs, strict=True) if run.held or run.start_up]
    whole = _throughout(shown) or _known(counts.levels, counts)
    return whole, of_runs


def _throughout(levels: Iterable[str]) -> str | None:
    """The level that all of these show, ``mixed`` where some show more than the default one; None of none."""
    held = set(levels)
    if len(held) < 2:
        return next(iter(held), None)
    return "verbose" if held == {"verbose", "trace"} else "mixed"


def _known(letters: set[str], counts: ReadCounts) -> str:
    """The level that letters tell. Where lines of Orthanc have lost them, that none of these is there tells nothing."""
    return _named(letters) if letters & {"T", "I"} or (counts.stamped and not counts.told) else "unknown"


def _named(letters: Iterable[str]) -> str:
    if "T" in letters:
        return "trace"
    return "verbose" if "I" in letters else "default"
