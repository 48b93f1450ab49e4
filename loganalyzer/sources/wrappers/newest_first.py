"""Lines in reverse order, as web consoles (Grafana, Kibana, Azure, Portainer) export what they show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Gathered, Peeler, Wrapper, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_STAMP = re.compile(rb"[EWITF](\d{4} \d\d:\d\d:\d\d\.\d{6}) ")
_LEAST_STEPS = 4
_LEAST_SHARE = 0.9
_MOST_HELD = 64 << 20


@dataclass(slots=True)
class _Turner:
    """Holds the lines until the last one has come, or there are too many of them."""

    dropped_lines: int = 0
    prefix: None = None
    _held: Gathered = field(default_factory=Gathered)
    _size: int = 0

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        self._held.texts += block.data.split(b"\n")[:-1]
        self._held.numbers.extend(numbers_of(block, 0, block.lines))
        self._size += len(block.data)
        if self._size > _MOST_HELD:
            yield from self.finish()

    def finish(self) -> Iterator[tuple[str, Block]]:
        held, self._held, self._size = self._held, Gathered(), 0
        held.texts.reverse()
        held.numbers.reverse()
        return held.only()


class NewestFirst(Wrapper):
    """Orthanc's stamps go back from line to line. A clock that was put back goes on again behind that."""

    name: ClassVar[str] = "newest-first"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the steps back among the steps from stamp to stamp, 0 where they are too few."""
        stamps = [match[1] for line in lines if (match := _STAMP.match(line))]
        back = sum(1 for one, other in pairwise(stamps) if other < one)
        steps = sum(1 for one, other in pairwise(stamps) if other != one)
        return back / steps if back >= _LEAST_STEPS and back >= _LEAST_SHARE * steps else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _Turner()
