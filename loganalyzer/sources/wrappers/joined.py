"""Gathers the messages that wrappers bring one by one, joining those that came in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.peeling import Gathered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OTHER_ENDS = re.compile(rb"\r+\n|\r")


@dataclass(slots=True)
class Joiner:
    """Holds, per stream and lane (standard output, standard error), the parts of a line until its last one has come.

    A part that would make a line longer than ``max_line`` bytes is left out.
    """

    max_line: int = 1 << 20
    _streams: dict[str, Gathered] = field(default_factory=dict)
    _parts: dict[tuple[str, str], tuple[int, list[bytes]]] = field(default_factory=dict)

    def add(self, key: str, number: int, text: bytes, *, complete: bool = True, lane: str = "") -> None:
        """Take a message without its line end, or a part of one; ``number`` is the line of the file it stands on."""
        if not complete or (key, lane) in self._parts:
            first, parts = self._parts.setdefault((key, lane), (number, []))
            if sum(map(len, parts)) + len(text) <= self.max_line:
                parts.append(text)
            if not complete:
                return
            del self._parts[key, lane]
            number, text = first, b"".join(parts)
        self._put(key, number, text)

    def take(
        self, key: str, lane: str, data: bytes, ends: Sequence[bool], numbers: Sequence[int]
    ) -> list[tuple[str, Block]] | None:
        """Take the parts of one lane that follow each other, and give the lines that are whole with them.

        ``data`` has the parts one behind the other, with a line feed behind each that ends a line, as ``ends`` says;
        ``numbers`` are the lines of the file that they stand on. ``None``, and nothing is taken, where it needs more
        care: other line ends inside of them, parts of another lane, a line that is too long.
        """
        first, held = self._parts.get((key, lane), (0, []))
        size = sum(map(len, held)) + (data.find(b"\n") if b"\n" in data else len(data))
        if len(self._parts) > bool(held) or size > self.max_line:
            return None
        if b"\r" in data or b"\0" in data or data.count(b"\n") != sum(ends):
            return None
        if held or not all(ends):
            starts = list(compress(numbers, [not held, *ends]))
            numbers = [first, *starts] if held else starts
        end = data.rfind(b"\n") + 1
        self._parts.clear()
        if end < len(data):
            *numbers, last = numbers
            self._parts[key, lane] = last, [data[end:]] if end else [*held, data]
        whole = b"".join([*held, data[:end]])
        return [(key, Block(whole, numbers[0], numbers, len(numbers)))] if end else []

    @property
    def waits(self) -> bool:
        """Whether a line is incomplete."""
        return bool(self._parts)

    def drain(self) -> Iterator[tuple[str, Block]]:
        """Yield what is complete."""
        streams, self._streams = self._streams, {}
        for key, stream in streams.items():
            yield key, stream.block()

    def finish(self) -> Iterator[tuple[str, Block]]:
        """Yield everything, also lines whose last part did not come."""
        for (key, _), (number, parts) in self._parts.items():
            self._put(key, number, b"".join(parts))
        self._parts.clear()
        yield from self.drain()

    def _put(self, key: str, number: int, text: bytes) -> None:
        if b"\r" in text:
            text = _OTHER_ENDS.sub(b"\n", text.rstrip(b"\r"))
        if b"\0" in text:
            text = text.translate(None, b"\0")
        stream = self._streams.setdefault(key, Gathered())
        stream.texts.append(text)
        # A message of several lines: all of them stand on one line of the file.
        stream.numbers.extend([number] * (text.count(b"\n") + 1))
