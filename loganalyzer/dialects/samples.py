"""What the scores of the dialects share."""

from __future__ import annotations

import re

from loganalyzer.sources.evidence import HEADER, header_starts

_STAMP = re.compile(HEADER)
_PLACES = re.compile(rb"(?<!\w)[A-Z]\w{1,80}\.(?:cpp|h):\d+\] ")
_LAYOUT = re.compile(
    rb"(?m)^(?:[TDIWEF]: ?|[^\n]{0,80}?\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL|INF|DBG|WRN|ERR)\b)"
)


def stamps(sample: bytes) -> int:
    """How many lines begin as Orthanc's own do, or did before somebody cut them. A value in a data set may look so."""
    return max(header_starts(sample), len(_PLACES.findall(sample)))


def marks_in(sample: bytes, marks: re.Pattern[bytes]) -> int:
    """How many marks of another program a sample has; 0 where as many lines are Orthanc's own."""
    found = len(marks.findall(sample))
    return found if found and found > stamps(sample) else 0


def score_of_marks(sample: bytes, marks: re.Pattern[bytes]) -> float:
    """How well a dialect fits (0 to 1) that is known by its marks alone."""
    found = marks_in(sample, marks)
    return 0.6 + min(0.35, 0.05 * found) if found else 0.0


def begins_stamped(sample: bytes) -> bool:
    """Whether a sample begins with a line of Orthanc."""
    return _STAMP.match(sample) is not None


def layout_share(sample: bytes) -> float:
    """The share of the lines that are not blank which have a level as toolkits print it."""
    filled = sum(1 for line in sample.split(b"\n") if line.strip())
    return min(1.0, len(_LAYOUT.findall(sample)) / filled) if filled else 0.0
