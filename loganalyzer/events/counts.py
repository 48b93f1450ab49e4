"""What is seen of a log beside its events: how much of it was understood, its times and its levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MAX_STRETCHES = 10_000
MAX_SAMPLES = 3


@dataclass(slots=True)
class Stretch:
    """A part of a log with one level: it begins with a start, the end of a start-up, or a change of the level.

    ``begins`` is the type of that event, empty for the log's beginning; ``to`` the level that was set. ``levels`` holds
    ``T`` and ``I`` where lines of them were seen.
    """

    begins: str = ""
    to: str | None = None
    levels: set[str] = field(default_factory=set)


@dataclass(slots=True)
class ReadCounts:
    """What was seen while reading.

    ``levels`` are the letters of all records seen. ``stamped`` says whether any has a stamp, ``told`` whether one
    without a stamp is Orthanc's all the same.
    """

    lines: int = 0
    alarms: int = 0
    recognised: int = 0
    orphans: int = 0
    stamped: bool = False
    told: bool = False
    levels: set[str] = field(default_factory=set)
    stretches: list[Stretch] = field(default_factory=lambda: [Stretch()])
    first_time: datetime | None = None
    last_time: datetime | None = None
    not_understood: list[tuple[int, str]] = field(default_factory=list)
    cuts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What the log breaks off in: a ``dump``, a ``line``; how many, and where the first one begins."""

    def cut(self, what: str, line: int) -> None:
        """Counts something in which the log breaks off."""
        number, first = self.cuts.get(what, (0, line))
        self.cuts[what] = number + 1, first

    def add(self, later: ReadCounts, lines: int) -> None:
        """Take those of the part of the log behind ``lines`` lines, which begins with a stamp."""
        self.alarms += later.alarms
        self.recognised += later.recognised
        self.orphans += later.orphans
        self.stamped = self.stamped or later.stamped
        self.told = self.told or later.told
        self.levels |= later.levels
        self.first_time = self.first_time or later.first_time
        self.last_time = later.last_time or self.last_time
        self.not_understood += later.not_understood[: MAX_SAMPLES - len(self.not_understood)]
        for what, (number, line) in later.cuts.items():
            before, first = self.cuts.get(what, (0, lines + line))
            self.cuts[what] = before + number, first
        for stretch in later.stretches:
            if stretch.begins and len(self.stretches) < MAX_STRETCHES:
                self.stretches.append(stretch)
            else:
                self.stretches[-1].levels |= stretch.levels
