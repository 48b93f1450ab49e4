"""The numbers of lines in the file as given: runs of lines that follow each other there, and how numbers are kept."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import add, sub
from typing import TYPE_CHECKING, overload

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class LineRuns(Sequence[int]):
    """The numbers of ``total`` lines that stand in runs in the file, as those of one of several interleaved streams.

    Of each run, ``firsts`` has the number of the first line, and ``lengths`` how many lines it has, which may be none.
    ``packed`` is what they were unpacked from, if they were.
    """

    firsts: Sequence[int]
    lengths: Sequence[int]
    total: int
    packed: PackedNumbers | None = None
    _rows: Sequence[int] = ()

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(map(range, self.firsts, map(add, self.firsts, self.lengths)))

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...
    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        if isinstance(place, slice):
            return array("L", self)[place]
        row = place if place >= 0 else self.total + place
        if not 0 <= row < self.total:
            raise IndexError(place)
        if not self._rows:
            self._rows = array("L", accumulate(self.lengths, initial=0))
        at = bisect_right(self._rows, row) - 1
        return self.firsts[at] + row - self._rows[at]


@dataclass(frozen=True, slots=True)
class PackedNumbers:
    """Numbers as they are kept: the ``first``, and the steps from each to the next, compressed.

    Of those of runs, these are the first lines of the runs; ``lengths`` are kept beside them.
    """

    first: int
    steps: bytes
    lengths: bytes = b""
    total: int = 0

    @classmethod
    def of(cls, numbers: Sequence[int]) -> PackedNumbers:
        """Pack them."""
        if isinstance(numbers, LineRuns):
            if numbers.packed is not None:
                return numbers.packed
            firsts = numbers.firsts
            return cls(firsts[0], _packed(_steps(firsts)), _packed(numbers.lengths), numbers.total)
        return cls(numbers[0], _packed(_steps(numbers)))

    @property
    def size(self) -> int:
        """How many bytes they take."""
        return len(self.steps) + len(self.lengths)

    def numbers(self) -> Sequence[int]:
        """Unpack them."""
        numbers = array("L", accumulate(_unpacked(self.steps), initial=self.first))
        return LineRuns(numbers, _unpacked(self.lengths), self.total, self) if self.lengths else numbers


def _steps(numbers: Sequence[int]) -> list[int]:
    return list(map(sub, numbers[1:], numbers))


def _packed(steps: Sequence[int]) -> bytes:
    """Small numbers, compressed: a byte each before that where they have room in it, behind the type of the array."""
    made: array[int]
    try:
        made = array("B", steps)
    except OverflowError:
        made = array("q", steps)
    return made.typecode.encode() + zstd.compress(made.tobytes(), 1)


def _unpacked(packed: bytes) -> array[int]:
    steps: array[int] = array(packed[:1].decode())
    steps.frombytes(zstd.decompress(packed[1:]))
    return steps
