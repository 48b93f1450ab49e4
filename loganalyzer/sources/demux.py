"""Keeps apart the streams of one file: one is read as it comes, the others wait, compressed, in memory."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block, Problem, ReadState
from loganalyzer.sources.line_numbers import PackedNumbers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_STREAMS = 200


@dataclass(slots=True)
class _Waiting:
    """The blocks of a stream whose turn has not come."""

    blocks: deque[tuple[bytes, int, PackedNumbers | None]] = field(default_factory=deque)
    left_out: int = 0
    first_left_out: int = 0

    def put(self, block: Block, room: int) -> int:
        """Take a block if it fits into ``room`` bytes; return how many it takes."""
        data = zstd.compress(block.data, 1)
        packed = None if block.line_numbers is None else PackedNumbers.of(block.line_numbers)
        size = _size(data, packed)
        if self.left_out or size > room:
            self.first_left_out = self.first_left_out or block.first_line
            self.left_out += block.lines
            return 0
        self.blocks.append((data, block.first_line, packed))
        return size

    def take(self) -> Iterator[tuple[Block, int]]:
        """Yield the blocks and forget them, with the room that each took."""
        while self.blocks:
            data, first_line, packed = self.blocks.popleft()
            numbers = None if packed is None else packed.numbers()
            yield Block(zstd.decompress(data), first_line, numbers), _size(data, packed)


class Demultiplexer:
    """Splits ``pieces`` into streams, in the order of their first lines.

    ``room`` bounds the memory for what waits; what does not fit is left out and told. ``file_state`` is the account of
    the file as a whole: its digest, its dropped lines and its problems go to the first stream.
    """

    def __init__(self, name: str, pieces: Iterator[tuple[str, Block]], file_state: ReadState, room: int) -> None:
        self._name = name
        self._pieces = pieces
        self._file_state = file_state
        self._room = room
        self._waiting: dict[str, _Waiting] = {}
        self._refused_lines = 0
        self._ahead: Block | None = None

    def first(self) -> str | None:
        """Read up to the first line and return the name of its stream; ``None`` when there is no line."""
        for key, block in self._pieces:
            self._waiting[key] = _Waiting()
            self._ahead = block
            return key
        return None

    def keys(self) -> list[str]:
        """Return the streams found so far."""
        return list(self._waiting)

    def draw(self, key: str, state: ReadState) -> Iterator[Block]:
        """Yield the blocks of a stream."""
        is_first = key == next(iter(self._waiting))
        waiting = self._waiting[key]
        if is_first and self._ahead is not None:
            yield _count(self._ahead, state)
        for block, size in waiting.take():
            self._room += size
            yield _count(block, state)
        for other, block in self._pieces:
            if other == key:
                yield _count(block, state)
            else:
                self._put(other, block)
        state.sha256 = self._file_state.sha256
        if is_first:
            state.dropped_lines += self._file_state.dropped_lines
            state.problems += self._file_state.problems
            if self._refused_lines:
                what = f"{self._refused_lines} lines of streams beyond the first {_MOST_STREAMS} were left out"
                state.problems.append(Problem(self._name, what))
                state.dropped_lines += self._refused_lines
        if waiting.left_out:
            what = f"{waiting.left_out} lines of {key or 'this stream'} were left out: too many streams wait in memory"
            state.problems.append(Problem(f"{self._name}:{waiting.first_left_out}", what))
            state.dropped_lines += waiting.left_out

    def drain(self) -> None:
        """Read the file to its end, so that all streams are known."""
        for key, block in self._pieces:
            self._put(key, block)

    def _put(self, key: str, block: Block) -> None:
        waiting = self._waiting.get(key)
        if waiting is None:
            if len(self._waiting) >= _MOST_STREAMS:
                self._refused_lines += block.lines
                return
            waiting = self._waiting[key] = _Waiting()
        self._room -= waiting.put(block, self._room)


def _size(data: bytes, numbers: PackedNumbers | None) -> int:
    return len(data) + (numbers.size if numbers else 0)


def _count(block: Block, state: ReadState) -> Block:
    state.lines += block.lines
    state.bytes += len(block.data)
    return block
