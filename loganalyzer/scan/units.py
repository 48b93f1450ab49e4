"""Units of work: as many small files as are worth a message, or one large file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.scan.inputs import Input

_SHARES = 16
_BYTES = 1 << 18, 32 << 20
_FILES = 1, 200
_LARGE = 256 << 20
_MORE_THAN_A_SHARE = 1.5


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that one worker reads in one go, with their keys.

    ``shown`` are the causes of which enough pages have been made. ``spool`` is a folder for what does not fit into
    memory, where this process and the worker see the same disk. ``of`` are the bytes of all units together.
    """

    inputs: tuple[Input, ...]
    keys: tuple[str, ...]
    shown: frozenset[str] = frozenset()
    spool: str | None = None
    of: int = 0

    @property
    def size(self) -> int:
        """Bytes to read."""
        return sum(one.size for one in self.inputs)

    def helpers(self, workers: int) -> int:
        """How many processes should read it together: a large file that is more than the share of one of ``workers``.

        A unit that is tried again gets none.
        """
        if len(self.inputs) > 1 or self.size < _LARGE or self.size * workers < self.of * _MORE_THAN_A_SHARE:
            return 0
        return round(self.size * workers / self.of) if self.of else 0

    def alone(self) -> Iterator[Unit]:
        """Its files, each as a unit of its own."""
        for one, key in zip(self.inputs, self.keys, strict=True):
            yield Unit((one,), (key,), self.shown, self.spool)


def units_of(pairs: Sequence[tuple[Input, str]]) -> Iterator[Unit]:
    """Files with their keys as units, in their order; of a small archive small ones, so that all workers get some."""
    most_bytes = _within(sum(one.size for one, _ in pairs) // _SHARES, *_BYTES)
    most_files = _within(len(pairs) // _SHARES, *_FILES)
    inputs: list[Input] = []
    keys: list[str] = []
    size = 0
    for one, key in pairs:
        if inputs and (size + one.size > most_bytes or len(inputs) >= most_files):
            yield Unit(tuple(inputs), tuple(keys))
            inputs, keys, size = [], [], 0
        inputs.append(one)
        keys.append(key)
        size += one.size
    if inputs:
        yield Unit(tuple(inputs), tuple(keys))


def _within(number: int, least: int, most: int) -> int:
    return min(most, max(least, number))
