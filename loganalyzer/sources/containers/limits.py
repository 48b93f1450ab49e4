"""What one call may expand, so that a bomb costs little: bytes, ratio, members, depth, time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.sources.options import ReadOptions


class UnreadableError(Exception):
    """The rest of a file cannot be read; the text is one clause about the file (``ends too early``)."""


class LimitReachedError(UnreadableError):
    """A limit of ``ReadOptions`` ends the reading."""


def fault(error: UnreadableError | OSError) -> str:
    """Return why the rest of a file cannot be read, as a clause."""
    return str(error) if isinstance(error, UnreadableError) else reason(error)


class Source(Protocol):
    """Bytes that can be read once, from the beginning to the end."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end. Raises ``UnreadableError`` or ``OSError``."""


@dataclass(slots=True)
class Budget:
    """Counts against the limits of ``options``; shared by everything that one call opens."""

    options: ReadOptions
    expanded: int = 0
    members: int = 0
    seconds: float = 0.0

    def expand(self, size: int, seconds: float) -> None:
        """Count ``size`` bytes that came out in ``seconds``. Raises ``LimitReachedError``."""
        self.expanded += size
        self.seconds += seconds
        self.check()

    def check(self) -> None:
        """Raise ``LimitReachedError`` when the bytes or the time are used up."""
        if self.expanded > self.options.max_bytes:
            raise LimitReachedError(
                f"more than {self.options.max_bytes} bytes came out of compressed files (max_bytes)"
            )
        if self.seconds > self.options.max_seconds:
            raise LimitReachedError(f"expanding took more than {self.options.max_seconds:g} seconds (max_seconds)")

    def member(self) -> None:
        """Count a member of an archive. Raises ``LimitReachedError``."""
        self.check()
        self.members += 1
        if self.members > self.options.max_members:
            raise LimitReachedError(f"there are more than {self.options.max_members} members in archives (max_members)")

    def check_depth(self, depth: int) -> None:
        """Raise ``LimitReachedError`` when containers are nested too deeply."""
        if depth > self.options.max_depth:
            raise LimitReachedError(f"more than {self.options.max_depth} containers are inside each other (max_depth)")

    def check_ratio(self, taken: int, given: int) -> None:
        """Raise ``UnreadableError`` when ``taken`` compressed bytes gave improbably many: this one file is a bomb."""
        if given > self.options.ratio_from and given > taken * self.options.max_ratio:
            raise UnreadableError(f"it expands to more than {self.options.max_ratio} times its size (max_ratio)")


@dataclass(slots=True)
class Peekable:
    """A source whose beginning can be looked at before it is read."""

    source: Source
    _head: bytes = b""
    _error: UnreadableError | OSError | None = None
    _ended: bool = False

    def peek(self, size: int) -> bytes:
        """Return the first ``size`` bytes, fewer at the end or before an error, which ``read`` raises in its place."""
        parts, have = [self._head], len(self._head)
        while have < size and not self._ended and self._error is None:
            try:
                part = self.source.read(size - have)
            except (UnreadableError, OSError) as error:
                self._error = error
                break
            self._ended = not part
            parts.append(part)
            have += len(part)
        self._head = b"".join(parts)
        return self._head[:size]

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        if self._head:
            part, self._head = self._head[:size], self._head[size:]
            return part
        if self._error is not None:
            raise self._error
        return b"" if self._ended else self.source.read(size)

    @property
    def failed(self) -> UnreadableError | OSError | None:
        """Return the error that the end of what was looked at brought, if any."""
        return self._error


@dataclass(slots=True)
class Pieces:
    """A source of bytes that come in pieces of any size."""

    pieces: Iterator[bytes]
    _rest: bytes = b""

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        while not self._rest:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def elapsed(since: float) -> float:
    """Return the seconds since a value of ``now``."""
    return time.perf_counter() - since


def now() -> float:
    """Return a clock for measuring."""
    return time.perf_counter()
