"""Finds, among many names, the one that another was meant to be."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.findings.conditions import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class SimilarNames:
    """Names by what is left of them without one letter: two that are one edit apart have such a rest in common.

    So of thousands of names only the few that can be similar are compared.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        for name in names:
            for rest in _rests(name):
                self._by_rest[rest].append(name)

    def to(self, name: str) -> str | None:
        """The first name, in their order, that differs from this one by case, blanks or one edit."""
        candidates = {other for rest in _rests(name) for other in self._by_rest.get(rest, ())}
        return min((other for other in candidates if OPERATORS["near"](name, other)), default=None)


def _rests(name: str) -> Iterator[str]:
    letters = "".join(name.split()).upper()
    yield letters
    for i in range(len(letters)):
        yield letters[:i] + letters[i + 1 :]
