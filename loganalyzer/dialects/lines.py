"""Lines of another program's log: what its layout puts before the message, and the message.

The toolkits leave the layout to whoever runs them (log4cplus for DCMTK, ``logging`` for pynetdicom, log4j, logback or
JBoss for dcm4che, any .NET logger for fo-dicom), so no fixed form can be expected: a level as one letter or as a word,
stamps with or without a date, names of threads and loggers in any order.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.sources.encodings import line_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loganalyzer.sources.block import Block


class Line(NamedTuple):
    """One line, taken apart.

    ``number`` is 1-based in the file as given, ``level`` one of ``T D I W E F`` or None, ``time`` naive local time as
    printed, None without a date. ``text`` is the whole line, ``message`` what stands behind the layout's prefix.
    """

    number: int
    text: str
    level: str | None
    time: datetime | None
    message: str


_MAX_LINE = 16 * 1024
_LETTER = re.compile(r"([TDIWEF]): ?")
_LETTER_BEHIND = re.compile(r"[\s|\]-]*([TDIWEF])(?:: ?| (?=\w+(?:\.\w+)+ ))")
LEVELS = {
    "TRACE": "T", "DEBUG": "D", "INFO": "I", "WARN": "W", "WARNING": "W", "ERROR": "E", "FATAL": "F", "CRITICAL": "F",
    "VRB": "T", "DBG": "D", "INF": "I", "WRN": "W", "ERR": "E", "FTL": "F",
    "trce": "T", "dbug": "D", "info": "I", "warn": "W", "fail": "E", "crit": "F", "Information": "I", "Debug": "D",
    "Warning": "W", "Error": "E", "Fatal": "F", "Trace": "T",
}  # fmt: skip
_CLOCK = re.compile(r"(?<!\d)(?:(\d{4})[-/.](\d\d)[-/.](\d\d)[T |]+)?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?!\d)")
#: As in mails (RFC 5322 3.3), which is what many a format for ``logging`` has.
_NAMED_MONTH = re.compile(r"(?<!\d)\d{1,2}[ /-][A-Z][a-z]{2}[ /-]\d{4}[ :]\d")
_STAMP_FIRST = re.compile(
    r"\W{0,3}(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d/\d\d/\d\d)?[T |]*\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
)
_LEVEL_WORD = re.compile(rf"(?<![\w-])({'|'.join(sorted(LEVELS, key=len, reverse=True))})(?![\w-])")
#: What may stand between the level and the message: separators, names of loggers and threads.
_AFTER_LEVEL = re.compile(
    r"(?:[ \t]*[\]\)>])?(?:[ \t]*[-:|]+)?[ \t]*"
    r"(?:(?:\[[^\]\n]{1,160}\]|\([^)\n]{1,160}\)|[A-Za-z_][\w$]*(?:\.[\w$]+)+(?=[ \t:|\]-])"
    r"|(?:pynetdicom|root)(?=[:| ])"
    r"|<[^>\n]{0,160}>(?=[ \t]+-)"
    r"|[\w.-]{1,40}[ \t]+-(?=[ \t]))[ \t]*[-:|]*[ \t]*)*"
)
_SEARCHED = 200
#: What log4cplus's and log4j's TTCCLayout puts before the level: milliseconds since the start, and the thread.
_TTCC = re.compile(r"\d{1,12} \[[^\]\n]{1,80}\] ")


def parse_line(text: str, number: int = 0) -> Line:
    """Takes one line apart. Without a level and a stamp the whole line is the message."""
    text = text.rstrip("\r")
    m = _LETTER.match(text)
    if m is not None:
        return Line(number, text, m[1], None, text[m.end() :])
    level, start = None, 0
    word = _LEVEL_WORD.search(text, 0, _SEARCHED)
    if word is not None and _is_prefix(text, word):
        level, start = LEVELS[word[1]], word.end()
        start = _behind(text, start)
        stamp = _STAMP_FIRST.match(text, start)
        start = start if stamp is None else _behind(text, stamp.end())
    else:
        stamp = _STAMP_FIRST.match(text)
        if stamp is None:
            return Line(number, text, None, None, text)
        start = stamp.end()
        letter = _LETTER_BEHIND.match(text, start)
        if letter is not None:
            level, start = letter[1], _behind(text, letter.end())
        else:
            start = _behind(text, start)
    return Line(number, text, level, stamp_time(text[:start]), text[start:])


def lines_of(blocks: Iterable[Block], parse: Callable[[str, int], Line] = parse_line) -> Iterator[Line]:
    """All lines, in order, each taken apart by ``parse``; a line longer than 16 KiB is cut."""
    for block in blocks:
        numbers = block.line_numbers
        raw_lines = block.data.split(b"\n")
        if raw_lines and not raw_lines[-1]:
            raw_lines.pop()
        for i, raw in enumerate(raw_lines):
            yield parse(line_text(raw[:_MAX_LINE]), numbers[i] if numbers is not None else block.first_line + i)


def _behind(text: str, start: int) -> int:
    """Where what may stand behind a level or a stamp ends."""
    after = _AFTER_LEVEL.match(text, start)
    return start if after is None else after.end()


def _is_prefix(text: str, word: re.Match[str]) -> bool:
    """Whether a level's name belongs to the layout: nothing but stamps, names and separators stands before it."""
    before = text[: word.start()]
    if not before.strip(" \t[(<|"):
        follows = text[word.end() : word.end() + 1]
        return (
            follows in ("", ":", "|", "]", ")", ">", "\t")
            or text[word.end() : word.end() + 2] in ("  ", " -", " [", " (")
            or word[1].isupper()
        )
    if _TTCC.fullmatch(before) is not None:
        return True
    return _CLOCK.search(before) is not None or (word[1].isupper() and " - " in before)


def stamp_time(prefix: str) -> datetime | None:
    """The time of the stamp in what stands before a message; None where it has no date."""
    m = _CLOCK.search(prefix)
    if m is None:
        return None
    if m[1] is not None:
        year, month, day = int(m[1]), int(m[2]), int(m[3])
    else:
        named = _NAMED_MONTH.search(prefix)
        date = parsedate(prefix[named.start() : m.end()].replace("/", " ")) if named is not None else None
        if date is None:
            return None
        year, month, day = date[:3]
    hour, minute, second = int(m[4]), int(m[5]), int(m[6])
    try:
        return datetime(year, month, day, hour, minute, second, int((m[7] or "0")[:6].ljust(6, "0")))  # noqa: DTZ001 - local as printed
    except ValueError:
        return None
