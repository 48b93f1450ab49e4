"""Finds, in one pass over a block of bytes, every place where one of many fixed texts stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

#: ``(index of the text, start, end)`` of every occurrence, in order of their ends.
Occurrences = Iterable[tuple[int, int, int]]


def compile_prefilter(texts: Sequence[bytes]) -> Callable[[bytes], Occurrences]:
    """A function from a block to the occurrences of ``texts`` in it, overlapping ones too.

    Vectorscan finds them (``hyperscan``), several times as fast as an Aho-Corasick automaton; where that compiled
    package is not there, as in a browser, or the processor is too old for it, the standard library's regular
    expressions find the same at a lower speed.
    """
    try:
        import hyperscan
    except ImportError:
        return _by_expression(texts)
    database = hyperscan.Database()
    try:
        database.compile(expressions=texts, ids=range(len(texts)), elements=len(texts), flags=0, literal=True)
    except hyperscan.error:
        return _by_expression(texts)
    lengths = [len(text) for text in texts]

    def find(block: bytes) -> Occurrences:
        found: list[tuple[int, int, int]] = []
        add = found.append

        def note(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add((index, end - lengths[index], end))

        # Scratch of its own: the search lets other threads run, and two must not share one.
        database.scan(block, match_event_handler=note, scratch=hyperscan.Scratch(database))
        return found

    return find


def _by_expression(texts: Sequence[bytes]) -> Callable[[bytes], Occurrences]:
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
