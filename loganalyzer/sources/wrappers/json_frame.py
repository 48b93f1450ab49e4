"""Reads JSON objects, one a line, that differ in their values only, by what stands around their messages.

Nothing inside of a JSON string looks like the end of it and the beginning of another member: quotation marks are
escaped there. So what lies between two messages is found, and replaced by a line end, by one search over a block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from loganalyzer.sources.wrappers.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Collection

_STRING = re.compile(rb'("[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")')
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Characters beyond the first plane are two escapes in a row. What begins with a literal is found faster.
_ESCAPES = re.compile(rb"\\[^\n][0-9a-fA-F]*+(?:\\[^\n][0-9a-fA-F]*+)*+")
_DEPTH = {ord(b"{"): 1, ord(b"["): 1, ord(b"}"): -1, ord(b"]"): -1}
_MOST_STRINGS = 400


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """What stands around the messages of objects that are alike."""

    frame: Frame

    @classmethod
    def of(cls, line: bytes, text: str, telling: Collection[str]) -> JsonFrame | None:
        """The frame of objects like the one on ``line``, with the message in the member ``text``.

        The members of ``telling`` must have the same values in all. ``None`` where it has the message twice, or
        anything that is not seen from the strings alone.
        """
        pieces = _STRING.split(line)
        if len(pieces) > 2 * _MOST_STRINGS:
            return None
        message: int | None = None
        made: list[bytes] = []
        for at, piece, member in _with_members(pieces):
            is_string = at % 2 == 1
            if is_string and pieces[at + 1].lstrip().startswith(b":"):
                made.append(re.escape(piece))
            elif is_string and member == text.encode():
                if message is not None:
                    return None
                message = len(made)
                made.append(piece)
            elif member in {name.encode() for name in telling}:
                made.append(re.escape(piece))
            else:
                made.append(b'"[^"]*+"' if is_string else _with_any_numbers(piece))
        if message is None:
            return None
        # Some have the line end in the message. Behind a backslash, that is another one and an "n".
        end = rb'\\n"(?<!\\\\n")' if made[message].endswith(b'\\n"') else b'"'
        lead, tail = b"".join(made[:message]) + b'"', end + b"".join(made[message + 1 :])
        return cls(Frame.of(lead, tail + rb"\n", 1))

    def messages(self, data: bytes, lines: int) -> bytes | None:
        """The messages of a block of ``lines`` objects as lines; ``None`` unless all are alike and one line each."""
        text, found = self.frame.messages(data) or (b"", 0)
        if found != lines:
            return None
        if b"\\" in text:
            try:
                text = _ESCAPES.sub(_unescaped, text)
            except (msgspec.MsgspecError, UnicodeError):
                return None
        return None if b"\r" in text or b"\0" in text or text.count(b"\n") != lines else text


def _with_members(pieces: list[bytes]) -> list[tuple[int, bytes, bytes]]:
    """The pieces of an object (what is no string, and strings, in turn), each with the member that it is part of."""
    depth, member = 0, b""
    found: list[tuple[int, bytes, bytes]] = []
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            depth += sum(_DEPTH.get(sign, 0) for sign in piece)
        elif depth == 1 and pieces[at + 1].lstrip().startswith(b":"):
            member = piece[1:-1]
        found.append((at, piece, member))
    return found


def _with_any_numbers(piece: bytes) -> bytes:
    """A regular expression for what stands between strings, with any numbers."""
    literals = map(re.escape, _NUMBER.split(piece))
    return rb"-?\d[\d.eE+-]*+".join(literals)


def _unescaped(run: re.Match[bytes]) -> bytes:
    return msgspec.json.decode(b'"' + run[0] + b'"', type=str).encode()
