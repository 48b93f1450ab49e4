"""What shows that a text is a log of Orthanc or of DCMTK: the beginnings of its lines."""

from __future__ import annotations

import re

# Orthanc's own prefix (``Logging.cpp``, all releases; Google's glog before 1.1.0 has the same beginning).
HEADER = rb"[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6} "
# DCMTK's default log layout, which pynetdicom shares: ``D: ``, ``W: ``, …
MARKER = rb"[DIWEFT]: "
#: The beginning of a line of either.
BEGIN = rb"(?:" + HEADER + rb"|" + MARKER + rb")"
#: The beginning of a line of any program whose log may be of use: by its own layout, or the one of its host.
ANY_STAMP = BEGIN + (
    rb"|\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|\d\d:\d\d:\d\d)"
    rb"|(?:TRACE|DEBUG|INFO|WARN)(?:: |\|)|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):\w"
)

_ANY_HEADER = re.compile(HEADER)
# The line end before them, as a literal, is found many times faster than ``(?m)^``, which is tried at each byte.
_LINE_START = re.compile(rb"\n" + BEGIN)
_HEADER_START = re.compile(rb"\n" + HEADER)
_FIRST_DATE = re.compile(rb"(?<!\w)[EWITF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.\d{6} ")


def line_starts(data: bytes) -> int:
    """Count the lines of ``data`` that begin as Orthanc's or DCMTK's lines do."""
    return len(_LINE_START.findall(b"\n" + data))


def headers(data: bytes) -> int:
    """Count Orthanc's line prefixes wherever they stand in ``data``."""
    return len(_ANY_HEADER.findall(data))


def header_starts(data: bytes) -> int:
    """Count the lines of ``data`` that begin with Orthanc's prefix."""
    return len(_HEADER_START.findall(b"\n" + data))


def first_date(data: bytes) -> tuple[int, int, int, int, int] | None:
    """Return month, day, hour, minute and second of the first stamp of Orthanc that can be a date."""
    for match in _FIRST_DATE.finditer(data):
        month, day, hour, minute, second = (int(group) for group in match.groups())
        if 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61:
            return month, day, hour, minute, second
    return None
