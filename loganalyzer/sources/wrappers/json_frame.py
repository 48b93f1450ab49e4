"""What stands between two lines in JSON whose entries differ in their values only: one search over a text finds it.

Nothing inside of a JSON string looks like the end of it and the beginning of another member: quotation marks are
escaped there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STRING = re.compile(rb'("[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")')
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_MOST_STRINGS = 400


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """``between`` finds what stands between two strings, their quotation marks included; it has ``ends`` line ends."""

    between: re.Pattern[bytes]
    ends: int

    @classmethod
    def of(cls, text: bytes, name: bytes | None) -> JsonFrame | None:
        """The frame of entries between which the like of ``text`` stands, with the same value behind ``name``."""
        pieces = _STRING.split(text[1:-1])
        if len(pieces) > 2 * _MOST_STRINGS:
            return None
        made, before = [], b""
        for at, piece in enumerate(pieces):
            before += piece
            if at % 2 == 0:
                made.append(_with_any_numbers(piece))
            elif pieces[at + 1].lstrip().startswith(b":") or (name and before[: 1 - len(piece)].endswith(name)):
                made.append(re.escape(piece))
            else:
                made.append(b'"[^"]*+"')
        return cls(re.compile(b'"' + b"".join(made) + b'"'), text.count(b"\n"))


def _with_any_numbers(piece: bytes) -> bytes:
    """A regular expression for what stands between strings, with any numbers."""
    return rb"-?\d[\d.eE+-]*+".join(map(re.escape, _NUMBER.split(piece)))
