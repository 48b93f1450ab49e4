"""Zip archives: the directory is read by ``zipfile``, or put together again from what a damaged archive still has."""

from __future__ import annotations

import bz2
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.containers.compressed import Decompressor, Inflater
from loganalyzer.sources.containers.limits import UnreadableError, elapsed, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loganalyzer.sources.containers.limits import Budget

_LOCAL = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x03\x04"
#: What a member's header begins with: signature, version (up to 6.3), flags, method (up to 99); see PKWARE's APPNOTE.
_HEADER = re.compile(re.escape(_SIGNATURE) + rb"[\x00-\x3f]\x00..[\x00-\x63]\x00", re.DOTALL)
_HEADER_SIZE = 10
_CHUNK = 1 << 17
_ENCRYPTED = 0x1
_SIZES_FOLLOW = 0x8
_UTF8 = 0x800
_LONGEST_NAME = 1024
_METHODS: dict[int, Callable[[], Decompressor] | None] = {0: None, 8: lambda: Inflater(-15), 12: bz2.BZ2Decompressor}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip archive. ``size`` counts compressed bytes; it and ``crc`` are ``None`` when not known."""

    name: str
    offset: int
    method: int
    encrypted: bool
    size: int | None
    crc: int | None
    modified: datetime | None


def directory(file: BinaryIO) -> list[Member]:
    """Return the members that an archive lists, without folders. Raises ``UnreadableError`` when it is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            return [_listed(info) for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise UnreadableError(f"its directory is missing or damaged ({error})") from error


def _listed(info: zipfile.ZipInfo) -> Member:
    encrypted = bool(info.flag_bits & _ENCRYPTED)
    return Member(
        info.filename,
        info.header_offset,
        info.compress_type,
        encrypted,
        info.compress_size,
        info.CRC,
        _time(info.date_time),
    )


def _time(parts: tuple[int, ...]) -> datetime | None:
    try:
        return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001  zip knows no zone
    except ValueError:
        return None


def salvage(file: BinaryIO) -> Iterator[Member]:
    """Yield the members whose own headers can be found in an archive without directory."""
    position = 0
    for offset in _headers(file):
        member = _described(file, offset) if offset >= position else None
        if member is not None:
            yield member
            position = offset + _LOCAL.size + (member.size or 0)


def _headers(file: BinaryIO) -> Iterator[int]:
    """Yield where headers of members may begin; the file may be read elsewhere in between."""
    kept, end = b"", 0
    while True:
        file.seek(end)
        chunk = file.read(_CHUNK)
        if not chunk:
            return
        data = kept + chunk
        yield from (end - len(kept) + found.start() for found in _HEADER.finditer(data))
        kept = data[1 - _HEADER_SIZE :]
        end += len(chunk)


def _described(file: BinaryIO, offset: int) -> Member | None:
    file.seek(offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        return None
    _, _, flags, method, clock, day, crc, packed, _, name_size, _ = _LOCAL.unpack(header)
    if not 0 < name_size <= _LONGEST_NAME:
        return None
    name = file.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    if name.endswith("/"):
        return None
    known = not flags & _SIZES_FOLLOW and packed != 0xFFFFFFFF
    when = ((day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2)
    encrypted = bool(flags & _ENCRYPTED)
    return Member(name, offset, method, encrypted, packed if known else None, crc if known else None, _time(when))


class MemberSource:
    """The bytes of a member. Everything before a fault is delivered, then ``UnreadableError`` is raised.

    Raises ``UnreadableError`` at once for an encrypted member and for a compression that is not known.
    """

    def __init__(self, file: BinaryIO, member: Member, budget: Budget) -> None:
        if member.encrypted:
            raise UnreadableError("is encrypted; unpack it with its password and give the file")
        if member.method not in _METHODS:
            raise UnreadableError(f"is compressed by a method that is not supported ({member.method}); unpack it first")
        make = _METHODS[member.method]
        self._inner = make() if make else None
        self._file = file
        self._member = member
        self._budget = budget
        self._position = self._data_offset()
        self._left = member.size
        self._crc = 0
        self._given = 0
        self._starved = True

    def _data_offset(self) -> int:
        if self._member.offset < 0:
            raise UnreadableError("is missing from the archive where the directory says it is")
        self._file.seek(self._member.offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_SIGNATURE):
            raise UnreadableError("is missing from the archive where the directory says it is")
        *_, name_size, extra_size = _LOCAL.unpack(header)
        return int(self._member.offset + _LOCAL.size + name_size + extra_size)

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        started = now()
        data = self._stored(size) if self._inner is None else self._inflated(self._inner, size)
        self._crc = zlib.crc32(data, self._crc)
        self._given += len(data)
        self._budget.expand(len(data), elapsed(started))
        self._budget.check_ratio(self._taken(), self._given)
        if not data and self._member.crc is not None and self._crc != self._member.crc:
            raise UnreadableError("is damaged: its checksum is wrong")
        return data

    def _taken(self) -> int:
        return self._position - self._member.offset

    def _stored(self, size: int) -> bytes:
        if self._left is None:
            raise UnreadableError("has no known size in this damaged archive")
        data = self._compressed(size)
        if not data and self._left:
            raise UnreadableError("ends too early: the archive is cut off")
        return data

    def _inflated(self, inner: Decompressor, size: int) -> bytes:
        while not inner.eof:
            chunk = self._compressed(_CHUNK) if self._starved else b""
            at_end = self._starved and not chunk
            try:
                data = inner.decompress(chunk, size)
            except (zlib.error, OSError, ValueError) as error:
                raise UnreadableError(f"is damaged ({error})") from error
            self._starved = len(data) < size
            if data:
                return data
            if at_end and not inner.eof:
                raise UnreadableError("ends too early: the archive is cut off")
        return b""

    def _compressed(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        self._file.seek(self._position)
        chunk = self._file.read(size)
        self._position += len(chunk)
        if self._left is not None:
            self._left -= len(chunk)
        return chunk
