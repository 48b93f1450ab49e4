"""Finds the year that Orthanc's stamps lack, from what stands around the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Orthanc's --logdir writes Orthanc.log.YYYYMMDD-hhmmss.PID at each start.
_ROTATED = re.compile(r"(?:^|[/\\!])[^/\\!]*\.log\.(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)\.(\d+)(?=$|\.)")
_DATED = re.compile(
    r"(?<![0-9A-Fa-f.])(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=$|[^0-9A-Fa-f]|[T_-]?\d{4,6}(?!\d))"
)
# Orthanc's first release was in 2012: what is older is no file time but a default.
_OLDEST = 2012
_SLACK = timedelta(days=2)

Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class YearSource:
    """A year and where it comes from: ``option``, ``name``, ``wrapper``, ``file-time`` or ``none``."""

    year: int | None
    source: str


def local_time(seconds: float) -> datetime | None:
    """Return local time for seconds since 1970; ``None`` for 0 and for what no clock shows."""
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone().replace(tzinfo=None) if seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def started_from(name: str) -> datetime | None:
    """Return the start that the name of a file of Orthanc's ``--logdir`` tells."""
    match = _ROTATED.search(name)
    return _made(match.groups()[:6]) if match else None


def rotation_of(name: str) -> tuple[datetime, int] | None:
    """Return start and process number from the name of a file of Orthanc's ``--logdir``."""
    match = _ROTATED.search(name)
    start = _made(match.groups()[:6]) if match else None
    return (start, int(match[7])) if match and start else None


def date_from(name: str) -> datetime | None:
    """Return the date in a file's name, or else in the name of its folder or archive."""
    for part in reversed(re.split(r"[/\\!]", name)[-3:]):
        for match in reversed(list(_DATED.finditer(part))):
            if made := _made((match[1], match[3], match[4])):
                return made
    return None


def year_of(
    option: int | None, name: str, wrapper: datetime | None, modified: datetime | None, stamp: Stamp | None
) -> YearSource:
    """Return the year of the log's first stamp (``stamp``), from the best source that there is.

    The date that a source gives is taken for near that stamp; a file's time for not before it. So a log that crosses
    New Year gets the year in which it begins.
    """
    if option is not None:
        return YearSource(option, "option")
    named = started_from(name) or date_from(name)
    if named is not None:
        return YearSource(_nearest(named, stamp), "name")
    if wrapper is not None:
        return YearSource(_nearest(wrapper, stamp), "wrapper")
    if modified is not None and modified.year >= _OLDEST:
        return YearSource(_last_before(modified, stamp), "file-time")
    return YearSource(None, "none")


def _nearest(known: datetime, stamp: Stamp | None) -> int:
    candidates = _candidates(known, stamp)
    return min(candidates, key=lambda date: abs(date - known)).year if candidates else known.year


def _last_before(known: datetime, stamp: Stamp | None) -> int:
    candidates = [date for date in _candidates(known, stamp) if date <= known + _SLACK]
    return max(candidates).year if candidates else known.year


def _candidates(known: datetime, stamp: Stamp | None) -> list[datetime]:
    if stamp is None:
        return []
    years = range(known.year - 8, known.year + 2) if stamp[:2] == (2, 29) else range(known.year - 1, known.year + 2)
    made = (_made((year, *stamp)) for year in years)
    return [date for date in made if date is not None]


def _made(parts: Sequence[str | int]) -> datetime | None:
    try:
        return datetime(*(int(part) for part in parts))  # type: ignore[arg-type] # noqa: DTZ001  the log's local time
    except ValueError:
        return None
