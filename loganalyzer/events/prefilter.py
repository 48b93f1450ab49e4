"""Finds, in one pass over a block of bytes, every place where one of many fixed texts stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

#: ``(index of the text, start, end)`` of every occurrence, in order of their ends.
Occurrences = Iterable[tuple[int, int, int]]


def compile_prefilter(texts: Sequence[bytes]) -> Callable[[bytes], Occurrences]:
    """A function from a block to the occurrences of ``texts`` in it, overlapping ones too.

    It is an Aho-Corasick automaton (``ahocorasick_rs``); where that compiled package is not there, as in a browser, the
    standard library's regular expressions find the same at a lower speed. Of its forms this one is made at once and
    stays small; a DFA reads half as fast again but takes 50 MB.
    """
    try:
        from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind
    except ImportError:
        return _without_automaton(texts)
    automaton = BytesAhoCorasick(list(texts), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA)

    def find(block: bytes) -> Occurrences:
        found: list[tuple[int, int, int]] = automaton.find_matches_as_indexes(block, overlapping=True)
        return found

    return find


def _without_automaton(texts: Sequence[bytes]) -> Callable[[bytes], Occurrences]:
    by_text: dict[bytes, list[int]] = {}
    for i, text in enumerate(texts):
        by_text.setdefault(text, []).append(i)
    # A text that stands inside another one is found at the other's places as well.
    inside = {a: [i for b, ids in by_text.items() if b in a for i in ids] for a in by_text}
    any_text = re.compile(b"|".join(re.escape(t) for t in sorted(by_text, key=len, reverse=True)))

    def find(block: bytes) -> Occurrences:
        for m in any_text.finditer(block):
            for i in inside[m[0]]:
                yield i, m.start() + m[0].find(texts[i]), m.end()

    return find
