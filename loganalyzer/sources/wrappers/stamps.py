"""Reads the time stamps that wrappers write: RFC 3339 and its variants."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from loganalyzer.sources.wrappers.peeling import Clock

RFC3339 = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
# The same for finding it at the beginnings of many lines: looser, and faster (a class with \d in it is slow).
QUICK_RFC3339 = rb"[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ][0-9:.,Z+-]{8,24}"
# The same with the zone that RFC 3339 demands.
ZONED_RFC3339 = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
QUICK_ZONED_RFC3339 = rb"[0-9]{4}-[0-9T:.,Z+-]{15,31}"
_PARTS = re.compile(rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?(Z|[+-]\d\d:?\d\d| [A-Z]{3,5}\b)?")


def clock_from(text: bytes) -> Clock | None:
    """Return the clock shown by the first stamp in ``text``; the time is as written, without its zone applied."""
    match = _PARTS.search(text)
    if match is None:
        return None
    try:
        first = datetime(*(int(group) for group in match.groups()[:6]))  # type: ignore[arg-type] # noqa: DTZ001
    except ValueError:
        return None
    zone = match[7].strip().decode("ascii") if match[7] else None
    return Clock(first, {"Z": "UTC", "+00:00": "UTC", "+0000": "UTC"}.get(zone or "", zone))


def clock_from_epoch(seconds: float) -> Clock | None:
    """Return the clock for seconds since 1970."""
    try:
        return Clock(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None), "UTC")
    except (ValueError, OverflowError, OSError):
        return None
