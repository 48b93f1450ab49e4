"""Passes blocks through wrappers that are nested in each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.colour import without_colours
from loganalyzer.sources.wrappers.peeling import RawPeeler, without_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.sources.wrappers.peeling import Peeler, Wrapper

_MOST_STREAMS = 1000


class Pipeline:
    """Peels ``wrappers`` from the outermost to the innermost; ``samples`` holds the sample lines that each one sees.

    Streams found by one wrapper are peeled each for itself by the next. Colours go first and last. Where each line of a
    block has the prefixes of several wrappers, all are removed at once; every other block is peeled by one after the
    other.
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

    @property
    def raw_lines(self) -> int:
        """Return how many line ends of the file the outermost peeler has seen, where it needs the bytes as given."""
        return sum(peeler.lines for peeler in self._peelers[0].values() if isinstance(peeler, RawPeeler))

    def push(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Yield what is under the wrappers, with the name of its stream."""
        if block.data:
            yield from self._through(0, "", block if self._raw else _without_colours(block))

    def finish(self) -> Iterator[tuple[str, Block]]:
        """Yield what the peelers held back."""
        for level, peelers in enumerate(self._peelers):
            for key, peeler in list(peelers.items()):
                yield from self._next(level, key, peeler.finish())

    def _through(self, level: int, key: str, block: Block) -> Iterator[tuple[str, Block]]:
        if level == len(self._wrappers):
            yield key, _without_colours(block)
            return
        chain, inner = self._chain(level, key)
        bare = _without_prefixes(chain, block) if chain else None
        if bare is not None:
            yield from self._through(level + len(chain), inner, bare)
        elif peeler := self._peeler(level, key):
            yield from self._next(level, key, peeler.peel(block))
        else:
            self._refused_lines += block.lines

    def _peeler(self, level: int, key: str) -> Peeler | None:
        """Return what peels a stream; ``None`` where there are too many of them."""
        peelers = self._peelers[level]
        if key not in peelers and len(peelers) < _MOST_STREAMS:
            peelers[key] = self._wrappers[level].peeler(self._samples[level])
        return peelers.get(key)

    def _chain(self, level: int, key: str) -> tuple[list[Peeler], str]:
        """Return the peelers of a stream, as far as each is done by a prefix, and the key of the stream inside."""
        chain: list[Peeler] = []
        while level < len(self._wrappers) and (peeler := self._peeler(level, key)) and (prefix := peeler.prefix):
            chain.append(peeler)
            level, key = level + 1, _key(key, prefix.key)
        return chain, key

    def _next(self, level: int, key: str, pieces: Iterable[tuple[str, Block]]) -> Iterator[tuple[str, Block]]:
        for name, block in pieces:
            yield from self._through(level + 1, _key(key, name), block)


def _key(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer and inner else outer or inner


def _without_prefixes(chain: Sequence[Peeler], block: Block) -> Block | None:
    """Remove the prefixes of all peelers of ``chain`` from the lines; ``None`` unless each line has them."""
    bare, found = without_prefixes(block.data, block.lines, [peeler.prefix for peeler in chain if peeler.prefix])
    if found != block.lines:
        return None
    # The peelers see the last line: what comes without prefix may hang from it.
    last = Block(block.data[block.data.rfind(b"\n", 0, -1) + 1 :])
    for peeler in chain:
        ((_, last),) = peeler.peel(last)
    return Block(bare, block.first_line, block.line_numbers, found)


def _without_colours(block: Block) -> Block:
    data = without_colours(block.data)
    return block if data is block.data else Block(data, block.first_line, block.line_numbers, block.lines)
