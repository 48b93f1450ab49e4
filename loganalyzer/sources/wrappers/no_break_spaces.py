"""What Word, Outlook and web pages make of blanks and quotation marks: no-break spaces (U+00A0), curly marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_BREAK = "\xa0".encode()
_CURLY = re.compile(rb"\xe2\x80[\x98\x99\x9c-\x9e]")
_TYPED = {b"\xc2\xa0": b" ", b"\xe2\x80\x98": b"'", b"\xe2\x80\x99": b"'"}
_CHANGED = re.compile(rb"\xc2\xa0|" + _CURLY.pattern)
#: As pages write two blanks.
_BY_A_BLANK = re.compile(rb"\xc2\xa0 | \xc2\xa0")
_LEAST_SHARE = 0.02
_FEWEST = 2


def _as_typed(data: bytes) -> bytes:
    return _CHANGED.sub(lambda match: _TYPED.get(match[0], b'"'), data)


class NoBreakSpaces(Wrapper):
    """Lines with no-break spaces in place of blanks in a row, or curly marks in place of all straight ones.

    A name in a data set may have such characters, too.
    """

    name: ClassVar[str] = "no-break-spaces"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        curly = sum(1 for line in lines if _CURLY.search(line))
        if curly >= _FEWEST and not any(b'"' in line for line in lines):
            return curly / len(lines)
        found = share(lines, lambda line: _NO_BREAK in line)
        surely = found >= _LEAST_SHARE or any(_BY_A_BLANK.search(line) for line in lines)
        return found if surely and found >= share(lines, lambda line: b"  " in line) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_as_typed)
