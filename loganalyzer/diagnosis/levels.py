"""The level at which a log was recorded, and each run in it: default, verbose, trace, or mixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.events.counts import ReadCounts, Stretch


@dataclass(slots=True)
class _RunLevel:
    """``start_up`` is the level of a start-up that is complete in the log, ``set_to`` the one that was set last."""

    letters: set[str] = field(default_factory=set)
    start_up: str | None = None
    set_to: str | None = None
    mixed: bool = False

    def take(self, stretch: Stretch) -> None:
        if stretch.begins == "run.ready":
            self.start_up = _named(self.letters)
        elif stretch.begins == "run.level-set" and stretch.to is not None:
            self.mixed = self.mixed or stretch.to.strip() != (self.set_to or _named(self.letters))
            self.set_to = stretch.to.strip()
        self.letters |= stretch.levels


def levels_of(counts: ReadCounts) -> tuple[str, tuple[str, ...]]:
    """The level of a log, and those of its runs by their numbers, from 0: what stands before the first start.

    A level that is changed while Orthanc runs makes it ``mixed``. So do runs of different levels; only those count
    whose start-up is complete, since at each level something is said in it, and a run that failed at once may not have
    come to say anything.
    """
    runs = [_RunLevel()]
    for stretch in counts.stretches:
        if stretch.begins == "run.started":
            runs.append(_RunLevel())
        runs[-1].take(stretch)
    whole = _known(counts.levels, counts)
    if any(run.mixed for run in runs) or len({run.start_up for run in runs} - {None}) > 1:
        whole = "mixed"
    if len(counts.stretches) == 1:
        return whole, (whole,)
    return whole, tuple("mixed" if run.mixed else _known(run.letters, counts) for run in runs)


def _known(letters: set[str], counts: ReadCounts) -> str:
    """The level that letters tell. Where lines of Orthanc have lost them, that none of these is there tells nothing."""
    return _named(letters) if letters & {"T", "I"} or (counts.stamped and not counts.told) else "unknown"


def _named(letters: Iterable[str]) -> str:
    if "T" in letters:
        return "trace"
    return "verbose" if "I" in letters else "default"
