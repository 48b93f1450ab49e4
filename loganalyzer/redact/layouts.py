"""What the loggers of other programs put before a message: stamp, level, names of the logger and of the thread."""

from __future__ import annotations

import re

from loganalyzer.dialects.lines import parse_line
from loganalyzer.sources.evidence import MARKER

_FIRST = re.compile(
    rb"[\[(|]?\d{2,4}[-/.:]\d|[A-Z]{3,11}[:|\] \t]|(?:trce|dbug|info|warn|fail|crit)\b|[A-Z][a-z]{4,10}:"
)
_LETTER = re.compile(MARKER)
_STAMP = re.compile(
    rb"(?:\d{4}[-/.]\d\d[-/.]\d\d[T |,]+|\d\d[/.]\d\d[/.]\d{2,4}[T |,]+)?"
    rb"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
)
_LONGEST = 400


def head_length(line: bytes) -> int:
    """The length of what stands before the message; 0 where no level is told, or by DCMTK's letter only.

    A stamp alone is no head: a line of a value may begin with a date of birth.
    """
    if not _FIRST.match(line):
        return 0
    parsed = parse_line(line[:_LONGEST].decode("latin-1"))
    if parsed.level is None:
        return 0
    return min(len(line), _LONGEST) - len(parsed.message)


def is_letter(line: bytes) -> bool:
    """Whether a line begins with the letter of a level, as those of DCMTK's tools and of pynetdicom do."""
    return _LETTER.match(line) is not None


def stamp_in(head: bytes) -> tuple[int, int]:
    """Where the stamp stands in what stands before a message; an empty part where there is none."""
    match = _STAMP.search(head)
    return match.span() if match else (0, 0)
