"""Tar archives, read by ``tarfile`` from beginning to end without seeking."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self, cast

from loganalyzer.sources.block import Problem
from loganalyzer.sources.containers.limits import LimitReachedError, UnreadableError
from loganalyzer.sources.year import local_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from loganalyzer.sources.containers.limits import Source

_CHUNK = 1 << 17
_MOST_PADDING = 1 << 20
_LARGEST_HEADER = 1 << 20
_HEADER_TYPES = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class _Padded:
    """A source that goes on with zeros after its end or a fault, so that ``tarfile`` hands out what came before."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.real = 0
        self.fault: UnreadableError | OSError | None = None
        self.ended = False
        self._padding = 0

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and not self.ended:
            try:
                part = self._source.read(size - len(data))
            except (UnreadableError, OSError) as error:
                self.fault = error
                part = b""
            self.ended = not part
            data += part
        self.real += len(data)
        self._padding += size - len(data)
        if self._padding > _MOST_PADDING:
            raise tarfile.ReadError("unexpected end of data")
        return data + bytes(size - len(data))


@dataclass(slots=True)
class _MemberSource:
    """The bytes of a member, up to where the archive really ends."""

    file: IO[bytes]
    start: int
    padded: _Padded
    _position: int = 0

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        try:
            data = self.file.read(min(size, _CHUNK))
        except (tarfile.TarError, EOFError) as error:
            raise UnreadableError(f"is damaged ({error})") from error
        position = self.start + self._position
        self._position += len(data)
        if self.padded.ended and position + len(data) > self.padded.real:
            data = data[: max(0, self.padded.real - position)]
            if not data:
                raise self.padded.fault or UnreadableError("ends too early: the archive is cut off")
        return data


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar archive, to be read before the next one is asked for."""

    name: str
    source: Source
    modified: datetime | None


def _checked_header(faults: list[str]) -> type[tarfile.TarInfo]:
    """Return a header class that tells its faults, which ``tarfile`` takes for the end of the archive."""

    class Header(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            try:
                info = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as error:
                if buf.strip(b"\0"):
                    faults.append(str(error))
                raise
            if info.type in _HEADER_TYPES and info.size > _LARGEST_HEADER:
                raise tarfile.HeaderError("an extended header is too large")
            return info

    return Header


def members(name: str, source: Source, problems: list[Problem]) -> Iterator[Member]:
    """Yield the regular files of an archive; devices, pipes and faults are named in ``problems``."""
    padded = _Padded(source)
    faults: list[str] = []
    try:
        with tarfile.open(
            fileobj=cast("IO[bytes]", padded), mode="r|", bufsize=_CHUNK, tarinfo=_checked_header(faults)
        ) as archive:
            for info in archive:
                if padded.ended and info.offset_data > padded.real:
                    break
                if info.isreg() and (file := archive.extractfile(info)) is not None:
                    yield Member(info.name, _MemberSource(file, info.offset_data, padded), local_time(info.mtime))
                elif info.ischr() or info.isblk() or info.isfifo():
                    where = f"{name}!{info.name}"
                    problems.append(Problem(where, "is no regular file and was not read", incomplete=False))
            if padded.fault is None and not faults and archive.offset >= padded.real:
                faults.append("it has no end mark: it is cut off")
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        faults.append(str(error))
    if isinstance(padded.fault, LimitReachedError):
        problems.append(Problem(name, f"its rest was not read: {padded.fault}"))
    elif padded.fault is not None:
        problems.append(Problem(name, f"the archive's rest could not be read: {padded.fault}"))
    elif faults:
        problems.append(Problem(name, f"the archive's rest could not be read ({faults[0]})"))
