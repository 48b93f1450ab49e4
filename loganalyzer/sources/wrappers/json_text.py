"""JSON of any shape with the lines in one of its members: exports of Grafana, Loki, Kibana, CloudWatch, Google, GELF.

Arrays, documents over many lines and nested objects alike: what is looked for is the member under which lines of
Orthanc or DCMTK stand, and of it only the strings. Loki's answers and Azure's rows have pairs of a time and a line.

The forms are those that the makers document; none of these products has written a file that was tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate, islice, repeat
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.block import Block
from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.container_names import lead_of_names
from loganalyzer.sources.wrappers.inside import Inside, Names, with_line_feeds
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.json_frame import JsonFrame
from loganalyzer.sources.wrappers.json_objects import as_bytes, as_lines, as_text, as_texts, lines_in
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, apart
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_MEMBER = re.compile(rb'(?<!\\)("[^"\\\n]{1,64})"\s*+:\s*+"(?=' + BEGIN + rb")")
# A text of several lines: what a person wrote to a ticket or a chat, with the log somewhere in it.
_WRITTEN = re.compile(
    rb'(?<!\\)("[^"\\\n]{1,64})"\s*+:\s*+"(?:[^"\\]|\\(?!n' + BEGIN + rb")[^\n])*+\\n(?=" + BEGIN + rb")"
)
# A mere list of lines is no list of pairs.
_PAIR = rb'\[\s*+"(?!' + BEGIN + rb')[^"\\\n]{1,64}"\s*+,\s*+'
_PAIRS = re.compile(_PAIR + rb'"(?=' + BEGIN + rb")")
# Of a stream, each object may have a sign or a name before it (RFC 7464, server-sent events).
_BEGINS = re.compile(rb"(?:\s|\x1e|data: )*+[\[{]")
_TIME = re.compile(rb'"(' + RFC3339 + rb')"')
_EPOCH = re.compile(rb'(?:"timestamp"|\[)\s*:?\s*"?(1\d{9})(?:\.\d+|\d{3}(?:\d{6})?)?"?\s*,')
_END = re.compile(_INSIDE)
_LARGEST_TEXT = 1 << 20
_MOST_MISSES = 4


@dataclass(frozen=True, slots=True)
class _Form:
    """How the lines stand in the text.

    ``start`` are the bytes that each one's ``lead`` begins with, a regular expression that takes ``lead_ends`` line
    ends; ``name`` is what stands before a container's name, which comes before the lines that it holds for or,
    ``name_behind``, behind the only one. ``one_line``: all lines of the log stand on one of the file.
    """

    start: bytes
    lead: bytes
    lead_ends: int = 0
    name: bytes | None = None
    name_behind: bool = False
    one_line: bool = False

    def entry(self) -> re.Pattern[bytes]:
        """Return what finds a line: its lead, and the string as its group."""
        return re.compile(self.lead + rb'("' + _INSIDE + rb'")')


def _form(sample: bytes) -> _Form | None:
    """Return the form of a text; ``None`` for what is no such JSON."""
    if not _BEGINS.match(sample):
        return None
    names = Counter(_MEMBER.findall(sample))
    pairs = len(_PAIRS.findall(sample))
    if not names and not pairs:
        names = Counter(_WRITTEN.findall(sample))
    if not names and not pairs:
        return None
    name, count = names.most_common(1)[0] if names else (b"", 0)
    if pairs > count:
        start, lead = b"[", _PAIR
    else:
        # The look behind comes after the name: an expression that begins with its letters is found faster.
        start, lead = name, re.escape(name) + rb"(?<!\\" + re.escape(name) + rb')"\s*+:\s*+'
    before, *found = _Form(start, lead).entry().split(sample)
    first = re.search(lead, sample)
    between = b"".join(found[1:-1:2])
    name = lead_of_names(before + between)
    return _Form(
        start,
        lead,
        lead_ends=first[0].count(b"\n") if first else 0,
        name=name,
        name_behind=name is not None and name not in before,
        one_line=len(found) > 2 and b"\n" not in between,
    )


_NONE = _Form(b'"message"', rb'"message"\s*+:\s*+')


@dataclass(slots=True)
class _TextPeeler:
    """Takes the strings of a ``form``; the last one of a block waits for what completes it, and for its name."""

    form: _Form
    dropped_lines: int = 0
    prefix: None = None
    _entry: re.Pattern[bytes] = field(init=False)
    _names: Names = field(init=False)
    _joiner: Joiner = field(default_factory=Joiner)
    _buffer: bytes = b""
    _line: int = 1
    _frame: JsonFrame | None = None
    _misses: int = 0

    def __post_init__(self) -> None:
        self._entry = self.form.entry()
        self._names = Names(self.form.name, rb"(" + _INSIDE + rb')"', as_text)

    @property
    def lines(self) -> int:
        """See ``RawPeeler``."""
        return self._line - 1 + self._buffer.count(b"\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        data, held = with_line_feeds(self._buffer + block.data)
        end = max(data.rfind(self.form.start), 0)
        rest = yield from self._entries(data[:end])
        rest += data[end:]
        if len(rest) > _LARGEST_TEXT:
            self._line += rest.count(b"\n", 0, -_LARGEST_TEXT)
            rest = rest[-_LARGEST_TEXT:]
        self._buffer = rest + held

    def finish(self) -> Iterator[tuple[str, Block]]:
        yield from self._entries(self._buffer)

    def _entries(self, data: bytes) -> Generator[tuple[str, Block], None, bytes]:
        """Yield the lines of a text, and return what follows the last one's string."""
        if (framed := self._framed(data)) is not None:
            yield self._names.key, framed[0]
            return framed[1]
        before, *found = self._entry.split(data)
        strings, behind = found[0::2], found[1::2]
        if not strings:
            return before
        between = [before, *behind[:-1]]
        numbers = self._numbers(between)
        keys = self._names.keys(behind if self.form.name_behind else between)
        texts = as_texts(strings)
        if texts[0].endswith("\n"):
            texts = list(map(str.removesuffix, texts, repeat("\n")))
        lines = as_lines(texts, len(texts))
        if lines is None:
            for key, number, text in zip(keys, numbers, texts, strict=True):
                self._joiner.add(key, number, as_bytes(text))
            yield from self._joiner.drain()
        elif len(set(keys)) == 1:
            self._frame = self._frame_of(data) if self._misses < _MOST_MISSES else None
            yield keys[0], Block(lines, numbers[0], numbers, len(numbers))
        else:
            yield from apart(keys, lines.split(b"\n"), numbers)
        return behind[-1]

    def _frame_of(self, data: bytes) -> JsonFrame | None:
        """What stands between the first two strings, and the like of it."""
        first, second = (*islice(self._entry.finditer(data), 2), None, None)[:2]
        if first is None or second is None:
            return None
        frame = JsonFrame.of(first[1], data[first.end(1) : second.start(1)], self.form.name)
        return frame if frame is not None and bool(frame.ends) != self.form.one_line else None

    def _framed(self, data: bytes) -> tuple[Block, bytes] | None:
        """Read entries that differ in their values only, all of the same name; ``None`` for any others."""
        first = self._entry.search(data)
        if self._frame is None or first is None:
            return None
        bare, found = self._frame.between.subn(rb"\\n", data[first.start(1) + 1 :])
        end = _END.match(bare, max(bare.rfind(rb"\n"), 0)).end()  # type: ignore[union-attr] # it may be of length 0
        before, rest = data[: first.start()], bare[end + 1 :]
        line = self._line
        numbers = self._numbers_alike(before, found + 1, self._frame.ends or 1)
        # The last one may be cut, at what looks like the beginning of another.
        lines = lines_in(bare[:end], found + 1) if bare.startswith(b'"', end) else None
        if (
            lines is None
            or self._entry.search(rest)
            or not self._names.go_on(rest if self.form.name_behind else before)
        ):
            self._line, self._frame, self._misses = line, None, self._misses + 1
            return None
        self._misses = 0
        return Block(lines, numbers[0], numbers, found + 1), rest

    def _numbers(self, before: list[bytes]) -> Sequence[int]:
        """Return the lines of the file that strings stand on, or, where that is always the same, their places."""
        if self.form.one_line:
            self._line += len(before)
            return range(self._line - len(before), self._line)
        ends = map(bytes.count, before, repeat(b"\n"))
        if self.form.lead_ends:
            ends = map(self.form.lead_ends.__add__, ends)
        _, *numbers = accumulate(ends, initial=self._line)
        self._line = numbers[-1]
        return numbers

    def _numbers_alike(self, before: bytes, count: int, step: int) -> range:
        """Return those of ``count`` strings, ``step`` lines from each to the next, the first one behind ``before``."""
        (first,) = self._numbers([before])
        self._line += (count - 1) * step
        return range(first, first + count * step, step)


class JsonText(Inside):
    """JSON that is not one object a line, or has its lines under a name of its own."""

    name: ClassVar[str] = "json"
    found = staticmethod(_form)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _TextPeeler(_form(b"\n".join(lines)) or _NONE)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        sample = b"\n".join(lines)
        if stamp := _TIME.search(sample):
            return clock_from(stamp[1])
        epoch = _EPOCH.search(sample)
        return clock_from_epoch(int(epoch[1])) if epoch else None
