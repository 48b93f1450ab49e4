"""Lines cut at the width of a terminal, as copies from ``less``, ``tmux``, a console or PowerShell 5 (``2>&1``) are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN, HEADER
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, Peeler, Wrapper
from loganalyzer.sources.wrappers.rejoining import Rejoiner, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMPED = re.compile(HEADER)
_BEGINS = re.compile(BEGIN + rb"|$")
_NARROWEST, _WIDEST = 60, 400
_LEAST_CUTS = 2
_LEAST_SHARE = 0.75
_LONGEST_WORD = 20


def _is_full(line: bytes, width: int | None) -> bool:
    """Whether a line goes to the last column; of one that was filled up with blanks, the end is known."""
    return width_of(line) == width and not line.endswith(b"  ")


def _cut_at(lines: Sequence[bytes]) -> int | None:
    """Return the width at which lines were cut; ``None`` where they were not.

    No line of Orthanc is longer, nearly all that are so long go on in a line that begins nothing, and among those are
    words that were cut. A mail that was wrapped between words has more lines that are a little shorter and go on.
    """
    stamped = [(width_of(line), line, after) for line, after in pairwise(lines[:NEIGHBOURS]) if _STAMPED.match(line)]
    width = max((one for one, _, _ in stamped), default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return None
    full = [(line, after) for _, line, after in stamped if _is_full(line, width)]
    going_on = [(line, after) for line, after in full if not _BEGINS.match(after)]
    if len(going_on) < max(_LEAST_CUTS, _LEAST_SHARE * len(full)):
        return None
    words = sum(1 for line, after in going_on if line[-1:].isalnum() and after[:1].isalnum())
    shorter = sum(
        1
        for one, _, after in stamped
        if width - _LONGEST_WORD < one < width and not (_BEGINS.match(after) or after[:1].isspace())
    )
    return width if words and shorter < len(going_on) / 2 else None


@dataclass(frozen=True, slots=True)
class _Cuts:
    """A line of the full width goes on in the next one, unless that begins as a line of a log does."""

    width: int | None

    def __call__(self, line: bytes, following: bytes, *, fresh: bool) -> bytes | None:  # noqa: ARG002  as good as others
        return b"" if _is_full(line, self.width) and not _BEGINS.match(following) else None


class HardWrap(Wrapper):
    """Lines cut in the middle of words, all at the same width."""

    name: ClassVar[str] = "hard-wrap"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 where lines were cut; the form leaves no room for less."""
        return 0.0 if _cut_at(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return Rejoiner(_Cuts(_cut_at(lines)))
