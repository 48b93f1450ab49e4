"""Joins lines again that were broken into several, whatever has told where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from loganalyzer.sources.wrappers.peeling import Gathered, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.sources.block import Block

_LONGEST = 1 << 16


def width_of(line: bytes) -> int:
    """Return the columns that a line takes: its characters."""
    return len(line) if line.isascii() else len(line.decode("utf-8", "replace"))


class Seams(Protocol):
    """Tells where a line goes on in the next one; it is shown each line of a file in turn."""

    def __call__(self, line: bytes, following: bytes, *, fresh: bool) -> bytes | None:
        """Return what stood between the two before; ``None`` where ``following`` begins anew.

        ``fresh`` tells whether ``line`` began anew itself.
        """


@dataclass(slots=True)
class Rejoiner:
    """Joins what ``seams`` tells to be one line; it has the number of its first part."""

    seams: Seams
    dropped_lines: int = 0
    prefix: None = None
    _number: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _last: bytes = b""
    _size: int = 0

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        whole = Gathered()
        for line, number in numbered_lines(block):
            self._take(line, number, whole)
        return whole.only()

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        whole = Gathered()
        self._put(whole)
        return whole.only()

    def _take(self, line: bytes, number: int, whole: Gathered) -> None:
        between = self.seams(self._last, line, fresh=len(self._parts) == 1) if self._parts else None
        if between is None or self._size > _LONGEST:
            self._put(whole)
            self._number, self._parts, self._size = number, [line], len(line)
        else:
            self._parts += (between, line)
            self._size += len(line)
        self._last = line

    def _put(self, whole: Gathered) -> None:
        if self._parts:
            whole.put(b"".join(self._parts), self._number)
