"""The time of an association, phase by phase, where the log shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.timeline.association import Association


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds; None where the log does not show both ends, or the clock was set back between them.

    ``setup``: from the first line to the acceptance; for an outgoing association this is connecting and negotiating,
    between which no line of Orthanc stands. ``transfer``: from the first request to the last answer. ``idle``: of that
    and of the time before it, what passed between an answer and the next request; ``longest_gap`` is the longest such
    time. ``release``: from the last answer to the end.
    """

    setup: float | None = None
    transfer: float | None = None
    idle: float | None = None
    longest_gap: float | None = None
    release: float | None = None
    stored: int = 0
    stored_bytes: int | None = None

    @property
    def stored_per_second(self) -> float | None:
        """Instances per second while they were sent; None for fewer than two."""
        return self.stored / self.transfer if self.stored > 1 and self.transfer else None

    @property
    def bytes_per_second(self) -> float | None:
        """Bytes of these instances per second; None where the log does not show the size of each."""
        if self.stored_bytes is None or self.stored < 2 or not self.transfer:
            return None
        return self.stored_bytes / self.transfer


def phases_of(association: Association) -> Phases:
    """The phases of a finished or open association."""
    a = association
    first = min((o.start for o in a.operations if o.start is not None), default=None)
    last = max((o.end for o in a.operations if o.end is not None), default=None)
    return Phases(
        setup=seconds_between(a.start, a.established),
        transfer=seconds_between(first, last),
        idle=a.idle_seconds,
        longest_gap=a.longest_gap_seconds,
        release=seconds_between(last, a.end),
        stored_bytes=a.stored_bytes,
        stored=sum(o.count for o in a.operations if o.command == "C-STORE"),
    )


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """From one time to the other; None when one is missing or they are in the wrong order."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()
