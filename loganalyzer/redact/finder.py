"""Finds many known values in a text at once, without regard to the case of ASCII letters (Aho-Corasick).

``ahocorasick_rs`` does the work where it is installed; elsewhere one regular expression does, more slowly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_WORD_BYTE = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").union(range(0x80, 0x100))
Search = Callable[[bytes], Iterable[tuple[int, int, int]]]


class Finder(Generic[T]):
    """Looks for the keys of a mapping (in lower case), the longest one where several begin at the same place."""

    def __init__(self, values: dict[bytes, T], *, borders: bool = True, compiled: bool = True) -> None:
        self._keys = [key for key in values if key]
        self._values = values
        self._borders = borders
        self._search = (_aho_corasick(self._keys) if compiled else None) or _alternation(self._keys)

    def find(self, text: bytes) -> Iterator[tuple[int, int, T]]:
        """Yield start, end and what the mapping says of each occurrence; with ``borders`` only of whole words."""
        for index, start, end in self._search(text.lower()):
            if not self._borders or is_whole(text, start, end):
                yield start, end, self._values[self._keys[index]]


def is_whole(text: bytes, start: int, end: int) -> bool:
    """Whether no word goes on at either end of a part of a text."""
    begins = start == 0 or text[start] not in _WORD_BYTE or text[start - 1] not in _WORD_BYTE
    return begins and (end == len(text) or text[end - 1] not in _WORD_BYTE or text[end] not in _WORD_BYTE)


def _aho_corasick(keys: list[bytes]) -> Search | None:
    try:
        from ahocorasick_rs import BytesAhoCorasick, MatchKind
    except ImportError:
        return None
    automaton = BytesAhoCorasick(keys, matchkind=MatchKind.LeftmostLongest)

    def search(text: bytes) -> Iterable[tuple[int, int, int]]:
        found: Iterable[tuple[int, int, int]] = automaton.find_matches_as_indexes(text)
        return found

    return search


def _alternation(keys: list[bytes]) -> Search:
    index = {key: i for i, key in enumerate(keys)}
    pattern = re.compile(b"|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True)) or rb"(?!)")

    def search(text: bytes) -> Iterable[tuple[int, int, int]]:
        return ((index[match[0]], *match.span()) for match in pattern.finditer(text))

    return search
