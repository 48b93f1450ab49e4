"""What is seen of a log beside its events: how much of it was understood, its times and its levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
    threads: bool = False
    not_understood: list[tuple[int, str]] = field(default_factory=list)
    cuts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What the log breaks off in: a ``dump``, a ``line``; how many, and where the first one begins."""

    def cut(self, what: str, line: int) -> None:
        """Counts something in which the log breaks off."""
        number, first = self.cuts.get(what, (0, line))
        self.cuts[what] = number + 1, first
