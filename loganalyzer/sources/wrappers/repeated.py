"""A log that is in the file twice: pasted again, quoted again in the answers of a thread, saved from two windows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import HEADER
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, ONLY, Gathered, Peeler, Wrapper, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_STAMPED = re.compile(HEADER)
_FEWEST = 5
_MOST_KEPT = 1 << 20


@dataclass(slots=True)
class _Once:
    """Leaves out a line with a stamp that has been there before, with the dump behind it."""

    dropped_lines: int = 0
    prefix: None = None
    _seen: set[int] = field(default_factory=set)
    _last: bytes = b""
    _again: bool = False

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        kept = Gathered()
        for line, number in zip(block.data.split(b"\n"), numbers_of(block, 0, block.lines), strict=False):
            # Two in a row are no copy: one moment may say the same twice.
            if line != self._last and _STAMPED.match(line):
                self._last, self._again = line, hash(line) in self._seen
                if len(self._seen) < _MOST_KEPT:
                    self._seen.add(hash(line))
            if self._again:
                self.dropped_lines += 1
            else:
                kept.texts.append(line)
                kept.numbers.append(number)
        if kept.texts:
            yield ONLY, kept.block()

    def finish(self) -> tuple[()]:
        return ()


class Repeated(Wrapper):
    """Stamps have microseconds: lines of Orthanc that come again later, one by one, are a copy."""

    name: ClassVar[str] = "repeated"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of lines with a stamp that were there before, 0 where they are too few.

        Something stands before a copy that somebody pasted. Where a log begins again right behind its last line, it
        was put together so.
        """
        lines = lines[:NEIGHBOURS]
        stamped = [at for at, line in enumerate(lines) if _STAMPED.match(line)]
        places: dict[bytes, int] = {}
        again = [at for row, at in enumerate(stamped) if row - places.setdefault(lines[at], row) >= _FEWEST]
        if len(again) < _FEWEST or _STAMPED.match(lines[again[0] - 1]):
            return 0.0
        return len(again) / len(stamped)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _Once()

    def remark(self, lines: Sequence[bytes]) -> str | None:  # noqa: ARG002  as above
        """See ``Wrapper``."""
        return "lines of the log are in the file more than once; only the first of each was counted"
