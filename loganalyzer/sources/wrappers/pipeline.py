"""Passes blocks through wrappers that are nested in each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.colour import without_colours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.sources.wrappers.peeling import Peeler, Wrapper

_MOST_STREAMS = 1000


class Pipeline:
    """Peels ``wrappers`` from the outermost to the innermost; ``samples`` holds the sample lines that each one sees.

    Streams found by one wrapper are peeled each for itself by the next. Colours go first and last.
    """

    def __init__(self, wrappers: Sequence[Wrapper], samples: Sequence[Sequence[bytes]]) -> None:
        self._wrappers = wrappers
        self._samples = samples
        self._peelers: list[dict[str, Peeler]] = [{} for _ in wrappers]
        self._raw = bool(wrappers) and wrappers[0].raw
        self._refused_lines = 0

    @property
    def dropped_lines(self) -> int:
        """Return how many lines were the wrappers' own, or of streams beyond the most that are kept apart."""
        own = sum(peeler.dropped_lines for level in self._peelers for peeler in level.values())
        return own + self._refused_lines

    def push(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Yield what is under the wrappers, with the name of its stream."""
        if not self._raw:
            block = _without_colours(block)
        yield from self._through(0, "", block)

    def finish(self) -> Iterator[tuple[str, Block]]:
        """Yield what the peelers held back."""
        for level, peelers in enumerate(self._peelers):
            for key, peeler in list(peelers.items()):
                yield from self._next(level, key, peeler.finish())

    def _through(self, level: int, key: str, block: Block) -> Iterator[tuple[str, Block]]:
        if level == len(self._wrappers):
            yield key, _without_colours(block)
            return
        peelers = self._peelers[level]
        peeler = peelers.get(key)
        if peeler is None:
            if len(peelers) >= _MOST_STREAMS:
                self._refused_lines += block.data.count(b"\n")
                return
            peeler = peelers[key] = self._wrappers[level].peeler(self._samples[level])
        yield from self._next(level, key, peeler.peel(block))

    def _next(self, level: int, key: str, pieces: Iterable[tuple[str, Block]]) -> Iterator[tuple[str, Block]]:
        for name, block in pieces:
            yield from self._through(level + 1, f"{key}/{name}" if key and name else key or name, block)


def _without_colours(block: Block) -> Block:
    data = without_colours(block.data)
    return block if data is block.data else Block(data, block.first_line, block.line_numbers)
