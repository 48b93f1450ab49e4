"""gzip, bzip2, xz and Zstandard as streams, of one member or of several."""

from __future__ import annotations

import bz2
import lzma
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Protocol

from loganalyzer.sources.containers.limits import UnreadableError, elapsed, now
from loganalyzer.sources.year import local_time

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loganalyzer.sources.containers.limits import Budget, Source

_CHUNK = 1 << 17
_STEP = 1 << 15
_SMALL = 16
_MEMORY = 256 << 20
_ERRORS = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, zstd.ZstdError)


class Decompressor(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What follows that end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to ``max_length`` bytes; what of ``data`` was not needed is kept for the next call."""


class Inflater:
    """``zlib``'s decompressor with the interface of the others. ``bits`` as ``zlib.decompressobj`` has it.

    Before an error is raised, everything that comes before the fault is returned.
    """

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self._fault: zlib.error | None = None

    @property
    def eof(self) -> bool:
        """See ``Decompressor``."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """See ``Decompressor``."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """See ``Decompressor``."""
        if self._fault is not None:
            raise self._fault
        before, data = self._inner.copy(), self._inner.unconsumed_tail + data
        try:
            return self._inner.decompress(data, max_length)
        except zlib.error as error:
            self._fault = error
        out = bytearray()
        try:
            for start in range(0, len(data), _SMALL):
                out += before.decompress(data[start : start + _SMALL])
        except zlib.error:
            if not out:
                raise
        return bytes(out)


FORMATS: dict[str, tuple[bytes, Callable[[], Decompressor]]] = {
    "gzip": (b"\x1f\x8b", lambda: Inflater(31)),
    "bzip2": (b"BZh", bz2.BZ2Decompressor),
    "xz": (b"\xfd7zXZ", lambda: lzma.LZMADecompressor(memlimit=_MEMORY)),
    "zstd": (b"", zstd.ZstdDecompressor),
}
_ZSTD_STARTS = (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))


class Expanded:
    """What comes out of a compressed stream. Before a fault is told, everything before it is delivered."""

    def __init__(self, source: Source, form: str, budget: Budget) -> None:
        self._source = source
        self._form = form
        self._make = FORMATS[form][1]
        self._budget = budget
        self._inner: Decompressor = self._make()
        self._pending = b""
        self._taken = 0
        self._given = 0
        self._fault: UnreadableError | OSError | None = None
        self._starved = True

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        started = now()
        parts: list[bytes] = []
        while size > 0:
            try:
                part = self._expand(min(size, _STEP))
            except (UnreadableError, OSError) as error:
                self._fault = error
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
        if self._fault is not None and not parts:
            raise self._fault
        data = b"".join(parts)
        self._given += len(data)
        self._budget.expand(len(data), elapsed(started))
        self._budget.check_ratio(self._taken, self._given)
        return data

    def _expand(self, size: int) -> bytes:
        while True:
            if self._fault is not None:
                raise self._fault
            if self._inner.eof and not self._next_member():
                return b""
            chunk, self._pending = self._pending, b""
            at_end = False
            if not chunk and self._starved:
                chunk = self._source.read(_CHUNK)
                self._taken += len(chunk)
                at_end = not chunk
            try:
                data = self._inner.decompress(chunk, size)
            except _ERRORS as error:
                self._fault = UnreadableError(f"its {self._form} data is damaged ({error})")
                continue
            self._starved = len(data) < size
            if at_end and not data and not self._inner.eof:
                self._fault = UnreadableError(f"its {self._form} data ends too early: the file is cut off")
                continue
            if data:
                return data

    def _next_member(self) -> bool:
        """Go on with a further member, as appended by ``cat`` or by a rotation; tolerate padding."""
        rest = self._inner.unused_data
        while len(rest) < 4:
            more = self._source.read(_CHUNK)
            self._taken += len(more)
            if not more:
                break
            rest += more
        if not rest.strip(b"\0"):
            return self._only_padding()
        starts = _ZSTD_STARTS if self._form == "zstd" else (FORMATS[self._form][0],)
        if not rest.startswith(starts):
            raise UnreadableError(f"something that is not {self._form} data follows its {self._form} data")
        self._inner, self._pending, self._starved = self._make(), rest, True
        return True

    def _only_padding(self) -> bool:
        while more := self._source.read(_CHUNK):
            if more.strip(b"\0"):
                raise UnreadableError(f"something that is not {self._form} data follows its {self._form} data")
        return False


def gzip_time(head: bytes) -> datetime | None:
    """Return the time of the original file as a gzip header tells it (RFC 1952: MTIME, 0 for unknown)."""
    if len(head) < 8:
        return None
    (seconds,) = struct.unpack_from("<I", head, 4)
    return local_time(seconds)
