"""Peels prefixes that name the stream of each line, and keeps the streams apart."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.peeling import line_start, numbers_of, without_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_NEVER = re.compile(rb"(?!)")
_MOST_LABELS = 256
# Every form's label ends where a blank or the line's end follows; a torn line may go on with something else.
_FOLLOWED = rb"(?=[ \n])"


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


@dataclass(slots=True)
class _Lines:
    """Lines of one stream, with their numbers."""

    texts: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def block(self) -> Block:
        return Block(b"\n".join(self.texts) + b"\n", self.numbers[0], array("L", self.numbers))


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
    _start: re.Pattern[bytes] = _NEVER
    _starts: dict[bytes, re.Pattern[bytes]] = field(default_factory=dict)
    _label: bytes = b""
    _key: str = ""
    _above: bytes = b""
    _mixed: bool = False
    _waiting: _Lines = field(default_factory=_Lines)

    def __post_init__(self) -> None:
        form = self.form
        self._every = re.compile(rb"\n(?:" + form.stamp + rb"(" + form.label + rb")" + form.gap + rb")?([^\n]*)")

    def peel(self, block: Block) -> Iterable[tuple[str, Block]]:
        """See ``Peeler``."""
        if self._label and not self._mixed and not self._waiting.texts:
            bare, stripped = self._bare(block.data)
            if stripped == block.data.count(b"\n"):
                self._above = block.data[block.data.rfind(b"\n", 0, -1) + 1 :]
                return [(self._key, Block(bare, block.first_line, block.line_numbers))]
        return self._split(block)

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        if self._waiting.texts:
            yield self._key, self._waiting.block()

    def _split(self, block: Block) -> Iterator[tuple[str, Block]]:
        # The end of the last line looks like the beginning of one more.
        found = self._every.findall(b"\n" + block.data)[:-1]
        numbers = numbers_of(block, 0, len(found))
        streams: dict[str, _Lines] = {}
        lines = streams.setdefault(self._key, _Lines()) if self._label else self._waiting
        raw = block.data.split(b"\n") if self.form.hangs else []
        current = self._label
        for index, (label, text) in enumerate(found):
            if label:
                if raw:
                    self._above = raw[index]
                if label != current:
                    current = label
                    self._enter(label)
                    lines = streams.setdefault(self._key, _Lines())
                    if self._waiting.texts:
                        lines.texts += self._waiting.texts
                        lines.numbers += self._waiting.numbers
                        self._waiting = _Lines()
                lines.texts.append(text)
            elif self.own(text):
                self.dropped_lines += 1
                continue
            else:
                lines.texts.append(self._hanging(text) if raw else text)
            lines.numbers.append(numbers[index])
        filled = {key: one for key, one in streams.items() if one.texts}
        self._mixed = len(filled) > 1
        for key, one in filled.items():
            yield key, one.block()

    def _hanging(self, text: bytes) -> bytes:
        """Return a line without prefix, without the blanks that make it hang under the text of the line above."""
        if not text.startswith(b"        "):
            return text
        prefix = self._start.match(b"\n" + self._above + b"\n")
        width = prefix.end() - 1 if prefix else 0
        return text[width:] if text.startswith(b" " * width) else text

    def _enter(self, label: bytes) -> None:
        """Make ``label`` the current one."""
        match = self.form.name.search(label)
        name = match[1] if match else label.strip()
        if not self._label and name not in self.known:
            name = next((whole for whole in sorted(self.known) if whole.endswith(name)), name)
        self._label, self._key = label, name.decode("utf-8", "replace")
        if label not in self._starts:
            if len(self._starts) >= _MOST_LABELS:
                self._starts.clear()
            self._starts[label] = line_start(self.form.stamp + re.escape(label) + _FOLLOWED + self.form.gap)
        self._start = self._starts[label]

    def _bare(self, data: bytes) -> tuple[bytes, int]:
        """Return the lines of ``data`` without the current prefix, and how many of them had it."""
        if self.form.stamp or self.form.gap != rb" ?":
            return without_start(self._start, data)
        prefix, led = b"\n" + self._label + b" ", b"\n" + data
        bare = led.replace(prefix, b"\n")
        count = (len(led) - len(bare)) // (len(prefix) - 1)
        return (bare[1:], count) if count == data.count(b"\n") else without_start(self._start, data)
