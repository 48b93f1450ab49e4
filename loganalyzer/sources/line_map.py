"""Where the lines of a log stand in the file as given, for logs whose lines do not follow each other there.

What lies between (other containers' lines, the other fields of a journal) must not move a log's own lines apart: the
analysis counts the lines of the log itself, and what it says is put into the file's numbers at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.line_numbers import LineRuns, PackedNumbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_UNPACKED = 256


@dataclass(slots=True)
class LineMap:
    """Numbers the lines of one log from 1 on, and knows the number of each in the file.

    Pieces with even steps take a few bytes; the others are kept packed, in about a byte a line at most.
    """

    _next: int = 1
    _firsts: list[int] = field(default_factory=list)
    _pieces: list[tuple[int, int | PackedNumbers]] = field(default_factory=list)
    _unpacked: dict[int, Sequence[int]] = field(default_factory=dict)

    def counted(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The same blocks with the log's own numbers."""
        for block in blocks:
            first = self._next
            self._next += block.lines
            if block.line_numbers is not None:
                self._keep(first, block.line_numbers)
            elif block.first_line != self._expected(first):
                self._add(first, block.first_line, 1)
            is_own = first == block.first_line and block.line_numbers is None
            yield block if is_own else Block(block.data, first, lines=block.lines)

    @property
    def lines(self) -> int:
        """How many lines were counted."""
        return self._next - 1

    @property
    def is_plain(self) -> bool:
        """Whether all lines have the same number in the log and in the file."""
        return not self._firsts

    def line(self, row: int) -> int:
        """The number, in the file, of the log's line ``row``; both from 1 on."""
        at = bisect_right(self._firsts, row) - 1
        if at < 0:
            return row
        number, step = self._pieces[at]
        behind = row - self._firsts[at]
        if isinstance(step, int):
            return number + behind * step
        if at not in self._unpacked:
            if len(self._unpacked) >= _MOST_UNPACKED:
                self._unpacked.clear()
            self._unpacked[at] = step.numbers()
        return self._unpacked[at][behind]

    def _keep(self, first: int, numbers: Sequence[int]) -> None:
        step = _even_step(numbers)
        if step is None:
            self._add(first, next(iter(numbers)), PackedNumbers.of(numbers))
        elif step != 1 or numbers[0] != self._expected(first):
            self._add(first, numbers[0], step)

    def _expected(self, row: int) -> int | None:
        """The number of a line if it goes on as the lines before it; None behind uneven steps."""
        if not self._firsts:
            return row
        number, step = self._pieces[-1]
        return number + row - self._firsts[-1] if step == 1 else None

    def _add(self, row: int, number: int, step: int | PackedNumbers) -> None:
        self._firsts.append(row)
        self._pieces.append((number, step))


def _even_step(numbers: Sequence[int]) -> int | None:
    """The step from each number to the next, where that is known to be always the same."""
    if isinstance(numbers, range):
        return numbers.step
    if isinstance(numbers, LineRuns):
        return None
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    if step == 0 or numbers[-1] - numbers[0] != step * (len(numbers) - 1):
        return None
    return step if list(numbers) == list(range(numbers[0], numbers[-1] + step, step)) else None
