"""A log that is in the file twice: pasted again, quoted again in the answers of a thread, saved from two windows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import HEADER
from loganalyzer.sources.wrappers.peeling import CopyPeeler, Peeler, Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMPED = re.compile(HEADER)
_FEWEST = 5
_MOST_KEPT = 1 << 20


@dataclass(slots=True)
class _SeenBefore:
    """Whether a line has a stamp and has been there before, or belongs to the dump behind such a one."""

    _seen: set[int] = field(default_factory=set)
    _last: bytes = b""
    _again: bool = False

    def __call__(self, line: bytes) -> bool:
        # Two in a row are no copy: one moment may say the same twice.
        if line != self._last and _STAMPED.match(line):
            self._last, self._again = line, hash(line) in self._seen
            if len(self._seen) < _MOST_KEPT:
                self._seen.add(hash(line))
        return self._again


class Repeated(Wrapper):
    """Stamps have microseconds: lines of Orthanc that come again later, one by one, are a copy."""

    name: ClassVar[str] = "repeated"
    thorough: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of lines with a stamp that were there before, 0 where they are too few.

        Something stands before a copy that somebody pasted. Where a log begins again right behind its last line, it
        was put together so.
        """
        stamped = [at for at, line in enumerate(lines) if _STAMPED.match(line)]
        places: dict[bytes, int] = {}
        again = [at for row, at in enumerate(stamped) if row - places.setdefault(lines[at], row) >= _FEWEST]
        if len(again) < _FEWEST or _STAMPED.match(lines[again[0] - 1]):
            return 0.0
        return len(again) / len(stamped)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return CopyPeeler(_SeenBefore())

    def remark(self, lines: Sequence[bytes]) -> str | None:  # noqa: ARG002  as above
        """See ``Wrapper``."""
        return "lines of the log are in the file more than once; only the first of each was counted"
