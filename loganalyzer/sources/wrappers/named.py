"""Peels prefixes that name the stream of each line, and keeps the streams apart."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress, repeat
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.line_numbers import LineRuns
from loganalyzer.sources.wrappers.peeling import (
    Prefix,
    apart,
    apart_lines,
    line_start,
    numbers_of,
    without_prefixes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NEVER = re.compile(rb"(?!)")
_MOST_LABELS = 256
_MOST_SEEN = 8
# Every form's label ends where a blank or the end of the line follows, or of the block; a torn line may go on with
# something else.
_FOLLOWED = rb"(?![^ \n])"
_GAP = rb" ?"


@dataclass(frozen=True, slots=True)
class NamedForm:
    """The regular expressions of a prefix.

    ``stamp`` is the part that changes from line to line, ``label`` the part after it that is the same for all lines of
    a stream, ``gap`` what stands between the label and the text. ``name`` finds the stream's name in the label, as its
    only group. With ``hangs``, a message's further lines are indented by the width of its prefix.
    """

    label: bytes
    name: re.Pattern[bytes]
    stamp: bytes = b""
    gap: bytes = _GAP
    hangs: bool = False

    def prefix(self, label: bytes, name: str) -> Prefix:
        """What begins each line of the stream with this label."""
        literal = label + b" " if not self.stamp and self.gap == _GAP else None
        return Prefix(self.stamp + re.escape(label) + _FOLLOWED + self.gap, name, literal)


class _Names(dict[bytes, str]):
    """The name of the stream of each label seen so far."""

    def __init__(self, pattern: re.Pattern[bytes], known: frozenset[bytes]) -> None:
        self._pattern = pattern
        self._known = known

    def __missing__(self, label: bytes) -> str:
        match = self._pattern.search(label)
        name = match[1] if match else label.strip()
        if not self and name not in self._known:
            name = next((whole for whole in sorted(self._known) if whole.endswith(name)), name)
        if len(self) >= _MOST_LABELS:
            self.clear()
        return self.setdefault(label, name.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A few labels that were there before, each of another stream, with what begins its lines.

    ``runs`` finds lines that follow each other and have the same label, as its first group, and the label as its
    second; those with the ``common`` one are what stands between.
    """

    runs: re.Pattern[bytes]
    common: bytes
    prefixes: dict[bytes, Prefix]

    @classmethod
    def of(cls, form: NamedForm, labels: Sequence[bytes], names: _Names) -> _Seen | None:
        """Those of the labels of a block; ``None`` for a single one, and for many."""
        (common, _), *others = Counter(labels).most_common()
        prefixes = {label: form.prefix(label, names[label]) for label in (common, *dict(others))}
        if not 0 < len(others) < _MOST_SEEN or len({prefix.key for prefix in prefixes.values()}) < len(prefixes):
            return None
        first = rb"\n" + form.stamp + rb"(" + rb"|".join(re.escape(label) for label, _ in others) + rb")"
        further = rb"(?:\n" + form.stamp + rb"\2" + _FOLLOWED + rb".*+)*+"
        return cls(re.compile(rb"(" + first + _FOLLOWED + rb".*+" + further + rb")"), common, prefixes)


@dataclass(slots=True)
class NamedPeeler:
    """Peels a ``NamedForm``.

    ``own`` recognises the lines that the wrapping program itself wrote: they are dropped. Other lines without prefix
    stay, as lines of the stream before them. ``known`` are the names in the sample: where the file begins with the end
    of one of them, it is that name, cut.
    """

    form: NamedForm
    known: frozenset[bytes] = frozenset()
    own: Callable[[bytes], object] = _NEVER.match
    dropped_lines: int = 0
    _every: re.Pattern[bytes] = field(init=False)
    _seen: _Seen | None = None
    _names: _Names = field(init=False)
    _label: bytes = b""
    _width: int = 0
    _mixed: bool = False
    _waiting: list[tuple[str, bytes, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        prefix = self.form.stamp + rb"(" + self.form.label + rb")" + _FOLLOWED + self.form.gap
        # The whole prefix is a group only where its width matters: each group costs time.
        self._every = re.compile(rb"\n" + (rb"(" + prefix + rb")" if self.form.hangs else prefix))
        self._names = _Names(self.form.name, self.known)

    @property
    def prefix(self) -> Prefix | None:
        """See ``Peeler``."""
        if not self._label or self._mixed:
            return None
        return self.form.prefix(self._label, self._names[self._label])

    def peel(self, block: Block) -> list[tuple[str, Block]]:
        """See ``Peeler``."""
        pieces = self._of_seen(block)
        if pieces is None:
            pieces = self._of_every(block)
        self._mixed = len(pieces) > 1
        return pieces

    def _of_seen(self, block: Block) -> list[tuple[str, Block]] | None:
        """Read a block of which each line has a label that was there before; ``None`` for any other."""
        if self._seen is None or self._waiting:
            return None
        seen = self._seen
        found = seen.runs.split(b"\n" + memoryview(block.data)[:-1])
        labels = found[2::3]
        del found[2::3]
        counts = list(map(bytes.count, found, repeat(b"\n")))
        starts = list(accumulate(counts, initial=0 if block.line_numbers else block.first_line))
        pieces = [self._piece(block, seen.prefixes[seen.common], found[0::2], starts[0::2], counts[0::2])]
        for label in dict.fromkeys(labels):
            own = list(map(label.__eq__, labels))
            runs, firsts, lengths = compress(found[1::2], own), compress(starts[1::2], own), compress(counts[1::2], own)
            pieces.append(self._piece(block, seen.prefixes[label], list(runs), list(firsts), list(lengths)))
        if sum(peeled for peeled, _, _ in pieces) != block.lines:
            return None
        self._label = seen.common if found[-1] else labels[-1]
        last = found[-1] or found[-2]
        at = last.rindex(b"\n")
        prefix = line_start(seen.prefixes[self._label].form).match(last, at)
        self._width = len(prefix[0]) - 1 if prefix else 0
        return [(key, piece) for peeled, key, piece in pieces if peeled]

    @staticmethod
    def _piece(
        block: Block, prefix: Prefix, runs: list[bytes], firsts: list[int], counts: list[int]
    ) -> tuple[int, str, Block]:
        """The lines of one stream, which stand in ``runs`` of so many; also returns how many have its prefix.

        ``firsts`` has where each run begins: the number of its line, or its place in those of the block.
        """
        lines = sum(counts)
        text, peeled = without_prefixes(b"".join(runs)[1:] + b"\n", lines, [prefix])
        numbers: Sequence[int] = LineRuns(firsts, counts, lines)
        if block.line_numbers is not None:
            numbers = array("L", map(block.line_numbers.__getitem__, numbers))
        return peeled, prefix.key, Block(text, next(iter(numbers), 1), numbers, lines)

    def _of_every(self, block: Block) -> list[tuple[str, Block]]:
        """Read a block with any labels; lines before the first label of the file wait for it."""
        found = self._every.split(b"\n" + memoryview(block.data)[:-1])
        step = self._every.groups + 1
        prefixes, labels, texts = found[1::step], found[step - 1 :: step], found[step::step]
        names = list(map(self._names.__getitem__, labels))
        numbers = numbers_of(block, 0, block.lines)
        if len(texts) == len(numbers) and not self._waiting:
            pieces = list(apart(names, texts, numbers))
        else:
            lines = self._all_lines(found[0], list(zip(prefixes, names, texts, strict=True)), numbers)
            if not (labels or self._label):
                self._waiting += lines
                return []
            waiting = ((names[0], text, number) for _, text, number in self._waiting)
            pieces = list(apart_lines(chain(waiting, lines)))
            self._waiting = []
        if labels:
            self._label, self._width = labels[-1], len(prefixes[-1])
            self._seen = _Seen.of(self.form, labels, self._names) or self._seen
        return pieces

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        yield from apart_lines(self._waiting)

    def _all_lines(
        self, before: bytes, found: list[tuple[bytes, str, bytes]], numbers: Sequence[int]
    ) -> Iterator[tuple[str, bytes, int]]:
        """Yield the lines of a block with the names of their streams, also those without prefix."""
        at = iter(numbers)
        name = self._names[self._label] if self._label else found[0][1] if found else ""
        for line, number in self._others(before.split(b"\n")[1:], self._width, at):
            yield name, line, number
        for prefix, name, text in found:
            first, *rest = text.split(b"\n")
            yield name, first, next(at)
            if rest:
                for line, number in self._others(rest, len(prefix), at):
                    yield name, line, number

    def _others(self, lines: list[bytes], width: int, numbers: Iterator[int]) -> Iterator[tuple[bytes, int]]:
        """Yield lines without prefix that are not the wrapping program's own."""
        for line, number in zip(lines, numbers, strict=False):
            if self.own(line):
                self.dropped_lines += 1
            else:
                yield self._hanging(line, width), number

    def _hanging(self, text: bytes, width: int) -> bytes:
        """Return a line without the blanks that make it hang under the text of the line above."""
        if not self.form.hangs or not text.startswith(b"        "):
            return text
        return text[width:] if text.startswith(b" " * width) else text
