"""Every line twice, as two log drivers, two handlers or two appenders write it to one place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import header_starts
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, CopyPeeler, Peeler, Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_PAIRS = 3
_LEAST_SHARE = 0.9


@dataclass(slots=True)
class _SecondOfTwo:
    """Whether a line is the same as the one before. The next one is not again: a dump may say the same twice."""

    _kept: bytes | None = None

    def __call__(self, line: bytes) -> bool:
        second = line == self._kept
        self._kept = None if second else line
        return second


class Doubled(Wrapper):
    """Stamps have microseconds: that many lines of Orthanc are the same as their neighbours is no chance."""

    name: ClassVar[str] = "doubled"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines with a stamp that come in pairs, 0 where they are too few."""
        runs = [sum(1 for _ in run) for line, run in groupby(lines[:NEIGHBOURS]) if header_starts(line)]
        pairs = sum(1 for length in runs if length % 2 == 0)
        return pairs / len(runs) if pairs >= _LEAST_PAIRS and pairs >= _LEAST_SHARE * len(runs) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return CopyPeeler(_SecondOfTwo())
