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
from functools import lru_cache
from sys import intern

from loganalyzer.records.record import Record
from loganalyzer.sources.evidence import HEADER

STAMP = r"[EWITF](?:\d{4} \d\d:\d\d:\d\d\.\d{6}|\?{4} \?\?:\?\?:\?\?\.\?{6}) "
#: Finds the stamp of a record anywhere; used on lines that two writers glued together.
STAMP_ANYWHERE = re.compile(STAMP)
#: Counts and finds records in a block of bytes.
STAMP_AT_LINE_START = re.compile(rb"\n" + HEADER)

_BROKEN_OFF = re.compile(
    rb"[EWITF]\d(?:\d{0,3}|\d{3} [\d:.]{0,15}|\d{3} \d\d:\d\d:\d\d\.\d{6} [^\]]{0,120})|[DT]: .*", re.DOTALL
)
_STAMP = re.compile(HEADER.decode())
_REMEMBERED = 4096
_LONGEST_PLACE = 120
_FALLBACK = re.compile(r"([EWITF])\?{4} \S+ +\] ?(.*)", re.DOTALL)
#: Where a stamp ends: what stands behind it is the same again and again.
STAMP_END = 22
_CATEGORIES = frozenset({"(generic", "(plugins", "(http", "(sqlite", "(dicom", "(jobs", "(lua"})
_DCMTK = re.compile(r"([DIWEFT]): (.*)", re.DOTALL)
_LEAP_YEAR = 2000
_HALF_A_YEAR_MONTHS = 6


class Clock:
    """Turns stamps without a year into times, across New Year.

    ``year`` is the year of the first stamp, None when nothing tells it; :data:`_LEAP_YEAR` stands in then, so that
    differences are right and 29 February exists. ``month`` (``11``) is that of the record before, if any.
    """

    def __init__(self, year: int | None, month: str | None = None) -> None:
        self.year = year if year is not None else _LEAP_YEAR
        self.month = month
        self._shown: str | None = None
        self._date = ""

    def time(self, stamp: str) -> datetime | None:
        """The time of a text that begins with a stamp (``I1123 15:59:53.691751 ``); None for an impossible one.

        A month that falls by more than half a year is New Year; one that rises by as much is a late line of the old
        year. Smaller steps back (daylight saving, NTP) are kept as they are.
        """
        shown, clock = stamp[1:5], stamp[6:21]
        if shown != self._shown:
            self._date = self._turned(shown)
        try:
            return datetime.fromisoformat(self._date + clock)
        except ValueError:
            return _on_leap_day(clock) if shown == "0229" else None

    def _turned(self, shown: str) -> str:
        """The date of a record of another day (``1123``) than the one before."""
        month, day = shown[:2], shown[2:]
        change = 0 if self.month is None else int(month) - int(self.month)
        if change > _HALF_A_YEAR_MONTHS:
            self._shown = None  # a late line of the old year: the next one is of the new year again
            return f"{self.year - 1}-{month}-{day}T"
        if change < -_HALF_A_YEAR_MONTHS:
            self.year += 1
        self.month, self._shown = month, shown
        return f"{self.year}-{month}-{day}T"


def _on_leap_day(clock: str) -> datetime | None:
    """29 February of some year; None for a time of day that no clock shows."""
    try:
        return datetime.fromisoformat(f"{_LEAP_YEAR}-02-29T{clock}")
    except ValueError:
        return None


def is_stamped(text: str) -> bool:
    """Whether a line begins with a stamp."""
    return _STAMP.match(text) is not None


def breaks_off(text: bytes) -> bool:
    """Whether the last line of a log is not the end of it: a prefix without its end, or what DCMTK says at debug level.

    Behind such lines Orthanc always has another one of its own.
    """
    return _BROKEN_OFF.fullmatch(text) is not None


def parse_record(text: str, line: int, clock: Clock) -> Record | None:
    """The record that a line begins; None when it has no prefix that Orthanc or DCMTK writes."""
    if _STAMP.match(text) is None:
        return _without_stamp(text, line)
    before, found, message = text[STAMP_END:].partition("]")
    if not found:
        return None
    place = _place(before) if len(before) < _LONGEST_PLACE else _place.__wrapped__(before)
    if place is None:
        return None
    thread, plugin, file = place
    context = category = None
    message = message.removeprefix(" ")
    if message.startswith("| "):
        context, message = _context(message)
    if message.startswith("("):
        word, found, behind = message.partition(") ")
        if found and word in _CATEGORIES:
            category, message = word[1:], behind
    return Record(line, clock.time(text), text[0], thread, context, plugin, file, category, message, False, text)


@lru_cache(maxsize=_REMEMBERED)
def _place(text: str) -> tuple[str | None, str | None, str] | None:
    """What stands between stamp and message: thread, plugin, source file.

    The same threads and places of Orthanc's sources speak again and again, so this is remembered and shared.
    """
    thread, _, location = text.rpartition(" ")
    file, _, number = location.rpartition(":")
    if not number.isdigit() or not file:
        return None
    plugin = None
    if ":/" in file:
        plugin, _, file = file.partition(":/")
    return intern(thread.strip()) or None, plugin, intern(file)


def _context(message: str) -> tuple[str | None, str]:
    """Takes the contexts off (``| job 2c99… | from HTTP-3 | ``); a plugin may set one of its own, which comes first."""
    context, found, rest = message[2:].partition(" | ")
    if not found:
        return None, message
    while rest.startswith(("job ", "from ")):
        more, found, after = rest.partition(" | ")
        if not found:
            break
        context, rest = f"{context} | {more}", after
    return context, rest


def _without_stamp(text: str, line: int) -> Record | None:
    m = _DCMTK.match(text) or _FALLBACK.match(text)
    if m is None:
        word, found, message = text.partition(") ") if text.startswith("(") else ("", "", "")
        if not found or word not in _CATEGORIES:
            return None
        # What is left where somebody has taken off all up to the place in Orthanc's sources.
        return Record(line, None, "?", None, None, None, None, word[1:], message, False, text)
    return Record(line, None, m[1], None, None, None, None, None, m[2], m.re is _DCMTK, text)
