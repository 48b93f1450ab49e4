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
    """``between`` finds the end of a string and all up to the beginning of the next, which is ``ends`` lines below."""

    between: re.Pattern[bytes]
    ends: int

    @classmethod
    def of(cls, string: bytes, behind: bytes, name: bytes | None) -> JsonFrame | None:
        """The frame of strings like this one, the like of ``behind`` up to the next, one value after ``name``."""
        pieces = _STRING.split(behind)
        if len(pieces) > 2 * _MOST_STRINGS:
            return None
        # Some have the line end in the string. Behind a backslash, that is another one and an "n".
        made, before = [rb'\\n"(?<!\\\\n")' if string.endswith(rb'\n"') else b'"'], b""
        for at, piece in enumerate(pieces):
            if at % 2 == 0:
                made.append(_with_any_numbers(piece))
            elif pieces[at + 1].lstrip().startswith(b":") or (name and (before + b'"').endswith(name)):
                made.append(re.escape(piece))
            else:
                made.append(b'"[^"]*+"')
            before += piece
        return cls(re.compile(b"".join(made) + b'"'), behind.count(b"\n"))


def _with_any_numbers(piece: bytes) -> bytes:
    """A regular expression for what stands between strings, with any numbers."""
    return rb"-?\d[\d.eE+-]*+".join(map(re.escape, _NUMBER.split(piece)))
