"""What Word, Outlook, messengers and web pages make of blanks and quotation marks, and what they put between letters.

No-break spaces and other widths of blanks, curly marks, and characters without width: zero-width spaces where a line
may be broken, soft hyphens, marks of the direction of writing, byte order marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_CURLY = re.compile(rb"\xe2\x80[\x98\x99\x9c-\x9e]")
# U+00A0, U+2000 to U+200A, U+202F, U+205F, U+3000.
_BLANK = rb"\xc2\xa0|\xe2\x80[\x80-\x8a\xaf]|\xe2\x81\x9f|\xe3\x80\x80"
# U+00AD, U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069, U+FEFF.
_NOTHING = rb"\xc2\xad|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf"
_ODD_BLANK, _INVISIBLE = re.compile(_BLANK), re.compile(_NOTHING)
# One look for the first byte of any of them: most lines have none.
_CHANGED = re.compile(rb"(?=[\xc2\xe2\xe3\xef])(?:(" + _BLANK + rb")|(" + _NOTHING + rb")|" + _CURLY.pattern + rb")")
#: As pages write two blanks.
_BY_A_BLANK = re.compile(rb"\xc2\xa0 | \xc2\xa0")
_SINGLE = (b"\xe2\x80\x98", b"\xe2\x80\x99")
_LEAST_SHARE = 0.02
_FEWEST = 2


def _as_typed(data: bytes) -> bytes:
    return data if data.isascii() else _CHANGED.sub(_typed, data)


def _typed(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return b" "
    if match[2]:
        return b""
    return b"'" if match[0] in _SINGLE else b'"'


class NoBreakSpaces(Wrapper):
    """Lines with other blanks in place of blanks in a row, curly marks in place of all straight ones, or invisibles.

    A name in a data set may have such characters, too.
    """

    name: ClassVar[str] = "no-break-spaces"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        if all(map(bytes.isascii, lines)):
            return 0.0
        curly = sum(1 for line in lines if _CURLY.search(line))
        if curly >= _FEWEST and not any(b'"' in line for line in lines):
            return curly / len(lines)
        # The first one is that of the file.
        if sum(1 for line in lines[1:] if _INVISIBLE.search(line)) >= max(_FEWEST, _LEAST_SHARE * len(lines)):
            return share(lines, _INVISIBLE.search)
        found = share(lines, _ODD_BLANK.search)
        surely = found >= _LEAST_SHARE or any(_BY_A_BLANK.search(line) for line in lines)
        return found if surely and found >= share(lines, lambda line: b"  " in line) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_as_typed)
