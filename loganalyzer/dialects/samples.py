"""What the scores of the dialects share."""

from __future__ import annotations

import re

_STAMPS = re.compile(rb"(?m)^[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6} ")
_PLACES = re.compile(rb"[A-Z]\w+\.(?:cpp|h):\d+\] ")
_LAYOUT = re.compile(
    rb"(?m)^(?:[TDIWEF]: ?|[^\n]{0,80}?\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL|INF|DBG|WRN|ERR)\b)"
)


def stamps(sample: bytes) -> int:
    """How many lines begin as Orthanc's own do, or did before somebody cut them. A value in a data set may look so."""
    return max(len(_STAMPS.findall(sample)), len(_PLACES.findall(sample)))


def begins_stamped(sample: bytes) -> bool:
    """Whether a sample begins with a line of Orthanc."""
    return _STAMPS.match(sample) is not None


def layout_share(sample: bytes) -> float:
    """The share of the lines that are not blank which have a level as toolkits print it."""
    filled = sum(1 for line in sample.split(b"\n") if line.strip())
    return min(1.0, len(_LAYOUT.findall(sample)) / filled) if filled else 0.0
