"""Any other prefix that all lines share but for its digits: ``grep -n``, ``cat -n``, log shippers, terminals."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import HEADER, MARKER
from loganalyzer.sources.wrappers.peeling import (
    Clock,
    LinewisePeeler,
    PatternPeeler,
    Peeler,
    Wrapper,
    share,
)
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 160
_BEFORE = re.compile(rb"([^\n]{1,%d}?)(?:%s|(?<=[ \t:|\]>)])%s)" % (_LONGEST, HEADER, MARKER))
# Lines that ``grep -C`` shows around those that it found have hyphens in place of the colons.
_GREP = re.compile(rb"(.*?)(:?)(?<![\d])(\d+):", re.DOTALL)
_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_PARTS = re.compile(rb"\d+| +(?=\d)|(?: (?! *\d)|[^\d ])+")


def _shape(prefix: bytes) -> bytes:
    """Return a regular expression for prefixes that differ only in digits and in the blanks before them."""
    if grep := _GREP.fullmatch(prefix):
        name, colon, _ = grep.groups()
        return _shape(name) + (b"[:-]" if colon else b"") + rb"\d+[:-]"
    blanks = b" *" if prefix[:1] in b" 0123456789" else b""
    return blanks + b"".join(map(_like, _PARTS.findall(prefix.lstrip(b" "))))


def _like(part: bytes) -> bytes:
    """Return a regular expression for the like of a part: any number, and any blanks that fill it up."""
    if part.isdigit():
        return rb"\d+"
    return re.escape(part) if part.strip(b" ") else b" +"


def _commonest(lines: Sequence[bytes]) -> re.Pattern[bytes] | None:
    # Of digits, a shape has nothing but their places: so there are few different prefixes.
    prefixes = Counter(match[1].translate(_AS_ZERO) for match in map(_BEFORE.match, lines) if match)
    shapes: Counter[bytes] = Counter()
    for prefix, count in prefixes.items():
        if prefix.strip():
            shapes[_shape(prefix)] += count
    if not shapes:
        return None
    shape, _ = shapes.most_common(1)[0]
    return re.compile(rb"(?:" + shape + rb")")


class OtherPrefix(Wrapper):
    """The prefix before most headers, where at least half of all lines have it."""

    name: ClassVar[str] = "prefix"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        pattern = _commonest(lines)
        found = share(lines, pattern.match) if pattern else 0.0
        return found if found >= 0.5 else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        pattern = _commonest(lines)
        return LinewisePeeler(lambda data: data) if pattern is None else PatternPeeler(pattern.pattern)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        pattern = _commonest(lines)
        if pattern is None:
            return None
        return next((clock_from(match[0]) for line in lines if (match := pattern.match(line))), None)
