"""The prefix of an Orthanc log line, in all forms since the glog era.

Sources: ``OrthancFramework/Sources/Logging.cpp`` of the releases 1.0.0 to 1.13.0. Forms, by version::

    W0212 16:30:34.576972 11285 main.cpp:632] msg                              glog, until 1.0.0
    W0710 14:25:35.143828 main.cpp:1298] msg                                   until 1.8.0
    I1123 16:04:21.288334 CommandDispatcher.cpp:941] (dicom) msg               category, since 1.8.1
    I1123 15:59:53.691751          DICOM-0 CommandDispatcher.cpp:940] (dicom) msg       thread, since 1.12.2
    E1123 16:16:55.490005           HTTP-1 dicom-web:/WadoUri.cpp:75] msg      plugin, since 1.12.4
    I1123 16:28:56.404086    JOBS-WORKER-0 DicomAssociation.cpp:269] | job 2c99… | (dicom) msg   context, since 1.13.0
    E???? ??:??:??.?????? ] msg                                                when formatting failed
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

STAMP = r"[EWITF](?:\d{4} \d\d:\d\d:\d\d\.\d{6}|\?{4} \?\?:\?\?:\?\?\.\?{6}) "
#: Finds the stamp of a record anywhere; used on lines that two writers glued together.
STAMP_ANYWHERE = re.compile(STAMP)
#: Counts and finds records in a block of bytes.
STAMP_AT_LINE_START = re.compile(rb"\n[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6} ")

_HEADER = re.compile(
    r"([EWITF])(?:(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})|\?{4} \S+) +"
    r"(?:(?:(\S.*?) +)?(?:([\w.-]+):/)?([\w.+-]+):\d+)?\] ?"
    r"(?:\| (.*?) \| )?(?:\((generic|plugins|http|sqlite|dicom|jobs|lua)\) )?(.*)",
    re.DOTALL,
)
_DCMTK = re.compile(r"([DIWEFT]): (.*)", re.DOTALL)
_LEAP_YEAR = 2000
_HALF_A_YEAR_MONTHS = 6


class Header(NamedTuple):
    """The parts of a line's prefix, and the message behind it."""

    level: str
    month: int | None
    day: int | None
    clock: tuple[int, int, int, int] | None
    thread: str | None
    plugin: str | None
    file: str | None
    context: str | None
    category: str | None
    message: str
    dcmtk: bool


def parse_header(text: str) -> Header | None:
    """Takes a line apart; None when it has no prefix that Orthanc or DCMTK writes."""
    m = _HEADER.match(text)
    if m is not None:
        level, month, day, h, mi, s, us, thread, plugin, file, context, category, message = m.groups()
        clock = None if h is None else (int(h), int(mi), int(s), int(us))
        return Header(
            level, int(month) if month else None, int(day) if day else None, clock,
            thread, plugin, file, context, category, message, False,
        )  # fmt: skip
    m = _DCMTK.match(text)
    if m is not None:
        return Header(m[1], None, None, None, None, None, None, None, None, m[2], True)
    return None


class Clock:
    """Turns stamps without a year into times, across New Year.

    ``year`` is the year of the first stamp, None when nothing tells it; :data:`_LEAP_YEAR` stands in then, so that
    differences are right and 29 February exists.
    """

    def __init__(self, year: int | None) -> None:
        self.year = year if year is not None else _LEAP_YEAR
        self.jumped_back = 0
        self._month: int | None = None
        self._last: datetime | None = None

    def time(self, header: Header) -> datetime | None:
        """The time of a record; None when it has no stamp or an impossible one.

        A month that falls by more than half a year is New Year; one that rises by as much is a late line of the old
        year. Smaller steps back (daylight saving, NTP) are kept as they are.
        """
        month, day, clock = header.month, header.day, header.clock
        if month is None or day is None or clock is None:
            return None
        year = self.year
        if self._month is not None and month != self._month:
            if self._month - month > _HALF_A_YEAR_MONTHS:
                self.year = year = year + 1
            elif month - self._month > _HALF_A_YEAR_MONTHS:
                return _datetime(year - 1, month, day, clock)
        time = _datetime(year, month, day, clock)
        if time is None:
            return None
        self._month = month
        if self._last is not None and time < self._last:
            self.jumped_back += 1
        self._last = time
        return time


def _datetime(year: int, month: int, day: int, clock: tuple[int, int, int, int]) -> datetime | None:
    try:
        return datetime(year, month, day, *clock)  # noqa: DTZ001 - Orthanc writes local time without a zone
    except ValueError:
        if (month, day) == (2, 29):
            return _datetime(_LEAP_YEAR, month, day, clock)
        return None
