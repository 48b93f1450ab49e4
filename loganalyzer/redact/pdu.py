"""Rewrites what an association PDU shows of people and sites, in the hexadecimal dump that DCMTK's debug level prints.

Layout: PS3.8 Section 9.3.2 (A-ASSOCIATE-RQ), 9.3.3 (A-ASSOCIATE-AC), Annex D (user information items, user identity
D.3.3.7). DCMTK cuts the dump after 512 bytes; what is cut is simply not there. Lengths never change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.redact.kinds import Context, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLACE = "hexadecimal dump of a PDU"
_TITLE = Context(_PLACE, value=Kind.AET)
_UID = Context(_PLACE, value=Kind.UID)
_NAME = Context(_PLACE, value=Kind.SOFTWARE)
_ACCOUNT = Context(_PLACE, value=Kind.SECRET)
_STRAY = Context(_PLACE, free=True)
Field = tuple[int, int, Context]

_ASSOCIATE = (0x01, 0x02)
_HEAD = 74
_CONTAINERS = {0x20: 4, 0x21: 4, 0x50: 0}
_UID_ITEMS = (0x10, 0x30, 0x40, 0x52)
_UID_FIRST = (0x54, 0x56, 0x57)
_READABLE = re.compile(rb"[\x21-\x7e][\x20-\x7e]{2,}")

_HEX_RUN = re.compile(
    rb"^(.*?)((?:[0-9a-f]{2}  ){3,}[0-9a-f]{2}|(?<=D:   )[0-9a-f]{2}(?:  [0-9a-f]{2}){0,2})(?![0-9a-z])(.*)$", re.DOTALL
)


#: The last line of a dump behind the head of another layout.
_LAST = re.compile(rb"^( {2,})([0-9a-f]{2}(?:  [0-9a-f]{2}){0,2})( *)$")
_HEX_PAIRS = re.compile(rb"(?:[0-9a-f]{2}  ){3}")


class DumpLine(NamedTuple):
    """A line of a dump (``D:   01  00  …``): the bytes, and what another writer may have glued to its ends."""

    before: bytes
    data: bytes
    after: bytes

    def with_data(self, data: bytes) -> bytes:
        """The hexadecimal part with other bytes."""
        return data.hex(" ").replace(" ", "  ").encode()


def dump_line(line: bytes, *, continued: bool) -> DumpLine | None:
    """Find the bytes in a line of a dump; None when the line is none. ``continued``: the line before is of a dump."""
    if line.startswith(b"D:   ") or _HEX_PAIRS.search(line):
        match = _HEX_RUN.match(line)
    else:
        match = _LAST.match(line) if continued else None
    if match is None:
        return None
    return DumpLine(match[1], bytes.fromhex(match[2].decode()), match[3])


def rewrite_pdu(data: bytes, rewrite: Callable[[bytes, Context], bytes]) -> bytes:
    """Rewrite the fields of a PDU; readable bytes outside of any known field are treated as free text."""
    made = bytearray(data)
    seen = bytearray(len(data))
    for start, end, context in fields(data):
        _put(made, start, end, rewrite(bytes(data[start:end]), context))
        seen[start:end] = b"\1" * (end - start)
    for match in _READABLE.finditer(data):
        for start, end in _unseen(seen, *match.span()):
            _put(made, start, end, rewrite(bytes(data[start:end]), _STRAY))
    return bytes(made)


def _put(made: bytearray, start: int, end: int, value: bytes) -> None:
    made[start:end] = value.ljust(end - start, b" ")[: end - start]


def _unseen(seen: bytearray, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    while position < end:
        stop = position
        while stop < end and not seen[stop]:
            stop += 1
        if stop - position > 2:
            yield position, stop
        position = stop + 1


def fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of an association request or acceptance that hold text."""
    if len(data) < _HEAD or data[0] not in _ASSOCIATE:
        return
    for start in (10, 26):
        title = data[start : start + 16]
        bare = title.strip(b" \0")
        if bare:
            begin = start + title.find(bare)
            yield begin, begin + len(bare), _TITLE
    yield from _items(data, _HEAD, len(data))


def _items(data: bytes, start: int, end: int) -> Iterator[Field]:
    position = start
    while position + 4 <= end:
        kind = data[position]
        body = position + 4
        stop = min(body + int.from_bytes(data[position + 2 : body]), end)
        if kind in _CONTAINERS:
            yield from _items(data, body + _CONTAINERS[kind], stop)
        elif kind in _UID_ITEMS:
            yield body, stop, _UID
        elif kind in _UID_FIRST:
            yield body + 2, min(body + 2 + int.from_bytes(data[body : body + 2]), stop), _UID
        elif kind == 0x55:
            yield body, stop, _NAME
        elif kind == 0x58:
            yield from _identity(data, body + 2, stop)
        elif kind == 0x59:
            yield from _counted(data, body, stop)
        position = stop


def _identity(data: bytes, start: int, stop: int) -> Iterator[Field]:
    position = start
    for _ in ("primary", "secondary"):
        yield from _counted(data, position, stop)
        position += 2 + int.from_bytes(data[position : position + 2])


def _counted(data: bytes, start: int, stop: int) -> Iterator[Field]:
    end = min(start + 2 + int.from_bytes(data[start : start + 2]), stop)
    if start + 2 < end:
        yield start + 2, end, _ACCOUNT
