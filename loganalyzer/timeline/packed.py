"""The associations of logs, of which all but the first are kept packed.

As objects, a hundred thousand associations take more than 100 MB; packed, they take a tenth of it. To look at them in
order is cheap; to find one by its id, a block of them is unpacked.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import eq
from typing import TYPE_CHECKING, overload

import msgspec

from loganalyzer.timeline.association import Association, PresentationContext, place_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    Change = Callable[[Association], Association]

PLAIN = 4096
"""So many associations stay as they are: those of an ordinary log."""
WITH_CONTEXTS = 2000
"""So many are reported with their contexts; of more, only those that a finding names."""
_BLOCK = 32
_LEVEL = 1  # of zstd: higher ones gain nothing
_REMEMBERED = 256
_Contexts = tuple[PresentationContext, ...]
_Place = tuple[int, int]  # of a block: its log, and how many stand before it there
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[list[int], list[Association]])


@dataclass(frozen=True, slots=True)
class _Packed:
    """A block of associations, each without its contexts: those are one object for many, at a place in a list."""

    number: int
    data: bytes
    contexts: list[_Contexts]

    def __len__(self) -> int:
        return self.number

    def unpacked(self, named: Container[str] | None) -> tuple[Association, ...]:
        """What is in it; with their contexts, unless only those named are to have them."""
        places, bare = _DECODER.decode(zstd.decompress(self.data))
        return tuple(
            msgspec.structs.replace(a, contexts=self.contexts[place])
            if place and (named is None or a.id in named) else a
            for place, a in zip(places, bare, strict=True)
        )  # fmt: skip


_Block = _Packed | tuple[Association, ...]


class Packer:
    """Takes associations as they are finished, in any order, and packs those beyond the first; ``kept`` counts them."""

    def __init__(self) -> None:
        self.kept = 0
        self._waiting: dict[_Place, dict[int, Association | None]] = {}
        self._blocks: dict[_Place, _Block] = {}
        self._contexts: list[_Contexts] = [()]
        self._places: dict[int, int] = {id(self._contexts[0]): 0}

    def put(self, log: int, number: int, association: Association | None) -> None:
        """Takes the one of a log with this number; None for one that is not kept."""
        place = log, number // _BLOCK
        waiting = self._waiting.setdefault(place, {})
        waiting[number] = association
        if len(waiting) == _BLOCK:
            self._close(place)

    def _close(self, place: _Place) -> None:
        waiting = self._waiting.pop(place)
        kept = tuple(a for number in sorted(waiting) if (a := waiting[number]) is not None)
        if kept:
            self._blocks[place] = kept if self.kept < PLAIN else self._packed(kept)
            self.kept += len(kept)

    def _packed(self, kept: tuple[Association, ...]) -> _Block:
        places = [self._place(a.contexts) for a in kept]
        bare = [msgspec.structs.replace(a, contexts=()) if a.contexts else a for a in kept]
        try:
            data = _ENCODER.encode((places, bare))
        except (UnicodeEncodeError, OverflowError):  # text or a number that the form has no room for
            return kept
        return _Packed(len(kept), zstd.compress(data, _LEVEL), self._contexts)

    def _place(self, contexts: _Contexts) -> int:
        place = self._places.get(id(contexts))
        if place is None:
            place = self._places[id(contexts)] = len(self._contexts)
            self._contexts.append(contexts)
        return place

    def close(self) -> None:
        """A log has ended."""
        for place in sorted(self._waiting):
            self._close(place)

    def associations(self) -> Associations:
        """All that were taken, by their logs and numbers."""
        return Associations({place: self._blocks[place] for place in sorted(self._blocks)})


class Associations(Sequence[Association]):
    """The associations of logs, in order. What is given of a packed one is a new object each time.

    Of the packed ones only those ``named`` have their contexts, if given; ``change`` is made to each one.
    """

    def __init__(
        self, blocks: Mapping[_Place, _Block], named: Container[str] | None = None, change: Change | None = None
    ) -> None:
        self._blocks = blocks
        self._named = named
        self._change = change
        self._in_order = list(blocks.values())
        self._ends = list(accumulate(map(len, self._in_order)))
        self._remembered: dict[str, Association] = {}
        self._last: tuple[_Block, tuple[Association, ...]] = (), ()

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Association]:
        return chain.from_iterable(map(self._unpacked, self._in_order))

    @overload
    def __getitem__(self, index: int) -> Association: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Association, ...]: ...
    def __getitem__(self, index: int | slice) -> Association | tuple[Association, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        index = range(len(self))[index]
        number = bisect_right(self._ends, index)
        return self._block(self._in_order[number])[index - self._ends[number]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Associations) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def find(self, name: str) -> Association | None:
        """The one with this id; what was asked for is remembered, as it will be asked for again."""
        found = self._remembered.get(name)
        if found is None and (place := place_of(name)) is not None:
            block = self._block(self._blocks.get((place[0], place[1] // _BLOCK), ()))
            found = next((a for a in block if a.id == name), None)
            if found is not None:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                self._remembered[name] = found
        return found

    def sparing(self, named: Container[str]) -> Associations:
        """The same, in which only the first and those named have their contexts."""
        blocks: dict[_Place, _Block] = {}
        for (place, block), end in zip(self._blocks.items(), self._ends, strict=True):
            if end > WITH_CONTEXTS and not isinstance(block, _Packed):
                block = tuple(_spared(a, named) for a in block)  # noqa: PLW2901 - the block as it is kept now
            blocks[place] = block
        return Associations(blocks, named, self._change)

    def mapped(self, change: Change) -> Associations:
        """Each with ``change`` made to it, whenever it is looked at."""
        return Associations(self._blocks, self._named, change)

    def plain(self) -> Sequence[Association]:
        """A tuple of them, where none is packed."""
        return self if any(isinstance(block, _Packed) for block in self._in_order) else tuple(self)

    def _block(self, block: _Block) -> tuple[Association, ...]:
        """What is in a block; who looks at one of a block looks at its neighbours next."""
        if self._last[0] is not block:
            self._last = block, self._unpacked(block)
        return self._last[1]

    def _unpacked(self, block: _Block) -> tuple[Association, ...]:
        if isinstance(block, _Packed):
            block = block.unpacked(self._named)
        return block if self._change is None else tuple(map(self._change, block))


def _spared(association: Association, named: Container[str]) -> Association:
    if not association.contexts or association.id in named:
        return association
    return msgspec.structs.replace(association, contexts=())


class _ById(Mapping[str, Association]):
    """Associations by their ids."""

    def __init__(self, associations: Associations) -> None:
        self._associations = associations

    def __getitem__(self, name: str) -> Association:
        found = self._associations.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (a.id for a in self._associations)

    def __len__(self) -> int:
        return len(self._associations)


def indexed(associations: Sequence[Association]) -> Mapping[str, Association]:
    """Associations by their ids, without unpacking all."""
    return _ById(associations) if isinstance(associations, Associations) else {a.id: a for a in associations}


def opened_for(associations: Iterable[Association]) -> dict[str, list[Association]]:
    """The associations that were opened on behalf of another one, by the id of that one."""
    opened: dict[str, list[Association]] = {}
    for one in associations:
        if one.caused_by is not None:
            opened.setdefault(one.caused_by, []).append(one)
    return opened


def mapped(change: Change, associations: Sequence[Association]) -> Sequence[Association]:
    """Each association with ``change`` made to it."""
    return associations.mapped(change) if isinstance(associations, Associations) else tuple(map(change, associations))
