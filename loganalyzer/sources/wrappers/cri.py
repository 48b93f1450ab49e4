"""The log format of Kubernetes' container runtimes (CRI): ``2024-01-27T13:53:19.1+01:00 stderr F text``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Prefix, Wrapper, numbers_of
from loganalyzer.sources.wrappers.stamps import QUICK_RFC3339, RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.sources.block import Block

_REST = rb" (stdout|stderr) ([FP])(?::[^ \n]*)?(?: |$)"
_LINE = re.compile(RFC3339 + _REST)
_PEELED = re.compile(QUICK_RFC3339 + _REST)
_FULL = QUICK_RFC3339 + rb" std(?:out|err) F(?::[^ \n]*)?(?: |(?=\n))"
_PARTS = re.compile(rb"\n" + QUICK_RFC3339 + rb" (std(?:out|err) [FP])(?::[^ \n]*)?(?: |(?=\n))")


@dataclass(slots=True)
class _CriPeeler:
    dropped_lines: int = 0
    _joiner: Joiner = field(default_factory=Joiner)

    @property
    def prefix(self) -> Prefix | None:
        return None if self._joiner.waits else Prefix(_FULL)

    def peel(self, block: Block) -> Iterable[tuple[str, Block]]:
        found = self._at_once(block)
        return self._one_by_one(block) if found is None else found

    def _at_once(self, block: Block) -> list[tuple[str, Block]] | None:
        """Read a block of which each line has a stamp, all of one lane; ``None`` for any other."""
        before, *found = _PARTS.split(b"\n" + memoryview(block.data)[:-1])
        tags, texts = found[0::2], found[1::2]
        lanes = {tag[:-2] for tag in set(tags)}
        if before or len(texts) != block.lines or len(lanes) != 1:
            return None
        (lane,) = lanes
        ends = list(map((lane + b" F").__eq__, tags))
        data = b"".join([text + b"\n" if end else text for text, end in zip(texts, ends, strict=True)])
        return self._joiner.take(ONLY, lane.decode("ascii"), data, ends, numbers_of(block, 0, block.lines))

    def _one_by_one(self, block: Block) -> Iterator[tuple[str, Block]]:
        lines = block.data.split(b"\n")[:-1]
        for number, line in zip(numbers_of(block, 0, len(lines)), lines, strict=True):
            match = _PEELED.match(line)
            if match is None:
                self._joiner.add(ONLY, number, line)
            else:
                lane = match[1].decode("ascii")
                self._joiner.add(ONLY, number, line[match.end() :], complete=match[2] == b"F", lane=lane)
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        yield from self._joiner.finish()


class Cri(Wrapper):
    """What ``/var/log/pods`` and ``/var/log/containers`` hold; ``P`` marks a part of a line."""

    name: ClassVar[str] = "cri"
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _CriPeeler()

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(line) for line in lines if _LINE.match(line)), None)
