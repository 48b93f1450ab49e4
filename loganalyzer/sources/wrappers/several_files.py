"""Several files one after the other or in turn, as ``tail`` and ``head`` show them: ``==> Orthanc.log <==``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import ONLY, Peeler, Wrapper, apart_lines, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_HEADING = re.compile(rb"==> (.{1,4096}) <==$")


@dataclass(slots=True)
class _FilePeeler:
    """Gives the lines below each heading to its file; the blank line above a heading is dropped with it."""

    dropped_lines: int = 0
    prefix: None = None
    _key: str = ONLY
    _blank: list[tuple[str, bytes, int]] = field(default_factory=list)

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        return apart_lines(self._lines(block))

    def finish(self) -> Iterator[tuple[str, Block]]:
        return apart_lines(self._blank)

    def _lines(self, block: Block) -> Iterator[tuple[str, bytes, int]]:
        for line, number in numbered_lines(block):
            heading = _HEADING.match(line) if line.startswith(b"==> ") else None
            if heading is not None:
                self.dropped_lines += 1 + len(self._blank)
                self._blank.clear()
                self._key = heading[1].decode("utf-8", "replace")
                continue
            yield from self._blank
            self._blank.clear()
            if line:
                yield self._key, line, number
            else:
                self._blank.append((self._key, line, number))


class SeveralFiles(Wrapper):
    """The lines of each file are one stream."""

    name: ClassVar[str] = "files"
    splits: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 where a heading stands in the first line, or another one behind a blank line."""
        headed = [at for at, line in enumerate(lines) if _HEADING.match(line)]
        return 1.0 if any(at == 0 or not lines[at - 1] for at in headed) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _FilePeeler()
