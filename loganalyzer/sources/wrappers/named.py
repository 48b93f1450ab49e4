"""Peels prefixes that name the stream of each line, and keeps the streams apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.peeling import Gathered, line_start, numbers_of, without_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_NEVER = re.compile(rb"(?!)")
_MOST_LABELS = 256


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
class NamedPeeler:
    """Peels a ``NamedForm``, run by run of lines with the same label.

    ``own`` recognises the lines that the wrapping program itself wrote: they are dropped. Other lines without prefix
    stay, as lines of the stream before them. ``known`` are the names in the sample: where the file begins with the end
    of one of them, it is that name, cut.
    """

    form: NamedForm
    known: frozenset[bytes] = frozenset()
    own: Callable[[bytes], object] = _NEVER.match
    dropped_lines: int = 0
    _runs: re.Pattern[bytes] = field(init=False)
    _start: re.Pattern[bytes] = _NEVER
    _starts: dict[bytes, re.Pattern[bytes]] = field(default_factory=dict)
    _label: bytes = b""
    _key: str = ""
    _width: int = 0
    _waiting: Gathered = field(default_factory=Gathered)

    def __post_init__(self) -> None:
        stamp, label = self.form.stamp, self.form.label
        self._runs = re.compile(rb"(?m)^" + stamp + rb"(" + label + rb")[^\n]*\n(?:" + stamp + rb"\1[^\n]*\n)*")

    def peel(self, block: Block) -> Iterable[tuple[str, Block]]:
        """See ``Peeler``."""
        if self._label and not self._waiting.data:
            lines = block.data.count(b"\n")
            bare, stripped = self._bare(block.data)
            if stripped == lines:
                return [(self._key, Block(bare, block.first_line, block.line_numbers))]
        return self._split(block)

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        if self._waiting.data:
            yield self._key, self._waiting.block()

    def _split(self, block: Block) -> Iterator[tuple[str, Block]]:
        streams: dict[str, Gathered] = {}
        position = line = 0
        for match in self._runs.finditer(block.data):
            if match.start() > position:
                line = self._loose(streams, block, block.data[position : match.start()], line)
            run, position = match[0], match.end()
            self._enter(match[1])
            stream = streams.setdefault(self._key, Gathered())
            if self._waiting.data:
                stream.data += self._waiting.data
                stream.numbers.extend(self._waiting.numbers)
                self._waiting = Gathered()
            bare, count = self._bare(run)
            stream.data.append(bare)
            stream.numbers.extend(numbers_of(block, line, count))
            line += count
            if self.form.hangs:
                found = self._start.match(b"\n" + run[run.rfind(b"\n", 0, -1) + 1 :])
                self._width = found.end() - 1 if found else 0
        if position < len(block.data):
            self._loose(streams, block, block.data[position:], line)
        for key, stream in streams.items():
            if stream.data:
                yield key, stream.block()

    def _loose(self, streams: dict[str, Gathered], block: Block, data: bytes, line: int) -> int:
        """Take lines without prefix; those before the first prefix wait for the first stream."""
        for text in data.splitlines(keepends=True):
            if self.own(text):
                self.dropped_lines += 1
            else:
                stream = streams.setdefault(self._key, Gathered()) if self._label else self._waiting
                hangs = self._width and text.startswith(b" " * self._width)
                stream.data.append(text[self._width :] if hangs else text)
                stream.numbers.extend(numbers_of(block, line, 1))
            line += 1
        return line

    def _enter(self, label: bytes) -> None:
        """Make ``label`` the current one."""
        if label == self._label:
            return
        match = self.form.name.search(label)
        name = match[1] if match else label.strip()
        if not self._label and name not in self.known:
            name = next((whole for whole in sorted(self.known) if whole.endswith(name)), name)
        self._label, self._key = label, name.decode("utf-8", "replace")
        if label not in self._starts:
            if len(self._starts) >= _MOST_LABELS:
                self._starts.clear()
            self._starts[label] = line_start(self.form.stamp + re.escape(label) + self.form.gap)
        self._start = self._starts[label]

    def _bare(self, data: bytes) -> tuple[bytes, int]:
        """Return the lines of ``data`` without the current prefix, and how many of them had it."""
        if self.form.stamp or self.form.gap != rb" ?":
            return without_start(self._start, data)
        led = b"\n" + data
        count = led.count(b"\n" + self._label)
        if led.count(b"\n" + self._label + b" ") == count:
            return led.replace(b"\n" + self._label + b" ", b"\n")[1:], count
        return without_start(self._start, data)
