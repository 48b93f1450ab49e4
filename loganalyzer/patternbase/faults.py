"""What is wrong with pattern files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a pattern file, with its place (1-based line and column)."""

    path: str
    line: int
    column: int
    text: str

    @classmethod
    def at(cls, where: str, text: str) -> Fault:
        """A fault of what stands at ``where``: a path and a line."""
        path, _, line = where.rpartition(":")
        return cls(path, int(line), 1, text)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.text}"


class PatternError(ValueError):
    """Pattern files that cannot be used; ``faults`` holds every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
