"""A blank line behind every line, as word processors, Outlook and doubled line ends bring them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import ANY_STAMP
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, CopyPeeler, Peeler, Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMPED = re.compile(ANY_STAMP)
_FEWEST = 3
_LEAST_SHARE = 0.95


@dataclass(slots=True)
class _BlankBehind:
    """Whether a line is the blank one behind a line. The next one is not again: a dump has blank lines of its own."""

    _kept: bool = False

    def __call__(self, line: bytes) -> bool:
        behind = self._kept and not line.strip()
        self._kept = not behind
        return behind


class BlankLines(Wrapper):
    """Lines that all have a blank one behind them: no log of Orthanc has one before each of its stamps."""

    name: ClassVar[str] = "blank-lines"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines with a stamp that come behind a blank one, 0 where not nearly all do."""
        before = [one for one, line in pairwise(lines[:NEIGHBOURS]) if _STAMPED.match(line)]
        found = sum(1 for line in before if not line.strip())
        return found / len(before) if found >= max(_FEWEST, _LEAST_SHARE * len(before)) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return CopyPeeler(_BlankBehind())
