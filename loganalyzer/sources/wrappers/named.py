"""Peels prefixes that name the stream of each line, and keeps the streams apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from loganalyzer.sources.wrappers.peeling import Prefix, apart, apart_lines, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loganalyzer.sources.block import Block

_NEVER = re.compile(rb"(?!)")
_MOST_LABELS = 256
_MOST_SEEN = 8
# Every form's label ends where a blank or the end of the line follows, or of the block; a torn line may go on with
# something else.
_FOLLOWED = rb"(?![^ \n])"


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
    gap: bytes = rb" ?"
    hangs: bool = False


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
    """A few labels that were there before. ``common`` is found as ``None``: what is no group is found faster."""

    prefix: re.Pattern[bytes]
    common: bytes
    names: dict[bytes | None, str]

    @classmethod
    def of(cls, form: NamedForm, labels: Sequence[bytes], names: _Names) -> _Seen | None:
        """Those of the labels of a block, each of another stream; ``None`` for a single one, and for many."""
        (common, _), *others = Counter(labels).most_common()
        if not 0 < len(others) < _MOST_SEEN:
            return None
        groups = rb"|".join(re.escape(label) for label, _ in others)
        prefix = form.stamp + rb"(?:" + re.escape(common) + rb"|(" + groups + rb"))" + _FOLLOWED + form.gap
        found = {None: names[common]} | {label: names[label] for label, _ in others}
        return cls(re.compile(rb"\n" + prefix), common, found) if len({*found.values()}) == len(found) else None


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
        form = self.form.stamp + re.escape(self._label) + _FOLLOWED + self.form.gap
        return Prefix(form, self._names[self._label])

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
        data = b"\n" + memoryview(block.data)[:-1]
        found = self._seen.prefix.split(data)
        texts = found[2::2]
        if len(texts) != block.lines:
            return None
        self._label = found[-2] or self._seen.common
        self._width = len(data) - len(texts[-1]) - data.rindex(b"\n") - 1
        pieces = apart(found[1::2], texts, numbers_of(block, 0, block.lines))
        return [(self._seen.names[label], piece) for label, piece in pieces]

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
