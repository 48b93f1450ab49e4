"""``journalctl -o export``: fields as ``NAME=value`` lines, binary where they are not printable, blank lines between.

Format: systemd's "Journal Export Formats". A binary field has its length in eight bytes, little endian, so the bytes
must be read as given, before line ends and NUL bytes are put in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.frame import Frame
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.journal_fields import READ, message_of
from loganalyzer.sources.wrappers.json_objects import as_bytes
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CURSOR = b"__CURSOR="
_STAMP = re.compile(rb"__REALTIME_TIMESTAMP=(\d{1,20})$")
_USED = {name.encode(): name for name in READ}
_TELLING = frozenset(_USED) - {b"MESSAGE"}
_WANTED = re.compile(rb"\n(" + rb"|".join(sorted(_USED, reverse=True)) + rb")=([^\n]*)")
_BINARY = re.compile(rb"\n[A-Z0-9_]+\n")
_NAME = re.compile(rb"[A-Z0-9_]{1,64}\Z")
_LARGEST_FIELD = 1 << 20
_MOST_FIELDS = 300


@dataclass(frozen=True, slots=True)
class _Shape:
    """Entries that differ in their values only.

    ``frame`` is what stands around their messages. An entry has ``lines`` lines, the message is ``message_at`` below
    the first; ``key`` names the program.
    """

    frame: Frame
    lines: int
    message_at: int
    key: str


def _shape_of(entry: bytes) -> _Shape | None:
    """The shape of an entry; ``None`` where it has a binary field, no message, or a part of one."""
    fields = [line.partition(b"=") for line in entry.split(b"\n")]
    names = [name for name, _, _ in fields]
    if names.count(b"MESSAGE") != 1 or len(fields) > _MOST_FIELDS or not all(equals for _, equals, _ in fields):
        return None
    message = message_of({_USED[name]: value.decode("utf-8", "surrogateescape") for name, _, value in reversed(fields)
                          if name in _USED})  # fmt: skip
    if message is None or not message.complete:
        return None
    made = [
        re.escape(name + b"=" + value) if name in _TELLING else re.escape(name) + rb"=.*+" for name, _, value in fields
    ]
    at = names.index(b"MESSAGE")
    lead, tail = [*made[:at], b"MESSAGE="], [b"", *made[at + 1 :], b"", b""]
    frame = Frame.of(rb"\n".join(lead), rb"\n".join(tail), len(tail) - 1)
    return _Shape(frame, len(fields) + 1, at, message.key)


@dataclass(slots=True)
class _ExportPeeler:
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)
    _buffer: bytes = b""
    _line: int = 1
    _fields: dict[str, str] = field(default_factory=dict)
    _message_line: int = 1
    _skip: int = 0
    _skips_line: bool = False
    _shape: _Shape | None = None

    @property
    def lines(self) -> int:
        """See ``RawPeeler``."""
        return self._line - 1 + self._buffer.count(b"\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        data = self._after_long_line(self._buffer + block.data)
        end = 0 if self._skip or self._fields else data.rfind(b"\n\n") + 2
        alike = None if end <= 1 or self._joiner.waits else self._alike(data[:end])
        if alike is not None:
            yield alike
        elif end <= 1 or not self._take_entries(data[:end]):
            end = self._take_fields(data)
        self._buffer = data[end:]
        if len(self._buffer) > 2 * _LARGEST_FIELD:
            self.dropped_lines += self._buffer.startswith(b"MESSAGE=")
            self._buffer, self._skips_line = b"", True
        yield from self._joiner.drain()

    def _take_fields(self, data: bytes) -> int:
        """Take all fields that are complete; return where the rest begins."""
        position = 0
        while True:
            if self._skip:
                step = min(self._skip, len(data) - position)
                self._line += data.count(b"\n", position, position + step)
                position, self._skip = position + step, self._skip - step
            end = data.find(b"\n", position)
            if self._skip or end < 0:
                return position
            after = self._take(data, position, end)
            if after is None:
                return position
            self._line += data.count(b"\n", position, after)
            position = after

    def _after_long_line(self, data: bytes) -> bytes:
        """Return what follows the field that was too long to be kept, once its end has come."""
        if not self._skips_line:
            return data
        end = data.find(b"\n")
        if end < 0:
            return b""
        self._skips_line = False
        self._line += 1
        return data[end + 1 :]

    def finish(self) -> Iterator[tuple[str, Block]]:
        self._take_fields(self._buffer + b"\n")
        self._entry()
        yield from self._joiner.finish()

    def _take_entries(self, data: bytes) -> bool:
        """Take whole entries at once; refuse, without taking any, where one has a binary field."""
        if _BINARY.search(data):
            return False
        for entry in data[:-2].split(b"\n\n"):
            led = b"\n" + entry
            start = led.find(b"\nMESSAGE=")
            if start >= 0:
                self._message_line = self._line + led.count(b"\n", 0, start)
                self._fields = {
                    name.decode("ascii"): value.decode("utf-8", "surrogateescape")
                    for name, value in reversed(_WANTED.findall(led))
                }
                self._entry()
            self._line += entry.count(b"\n") + 2
        return True

    def _alike(self, data: bytes) -> tuple[str, Block] | None:
        """Read entries that all have the same fields as the first one, and come from the same program."""
        if self._shape is None:
            self._shape = _shape_of(data.partition(b"\n\n")[0])
        if self._shape is None:
            return None
        text, count = self._shape.frame.messages(data) or (b"", 0)
        # Nothing may stand between the entries.
        if not count or text.count(b"\n") != count or b"\r" in text or b"\0" in text:
            self._shape = None
            return None
        first, lines = self._line + self._shape.message_at, self._shape.lines
        self._line += lines * count
        return self._shape.key, Block(text, first, range(first, self._line, lines), count)

    def _take(self, data: bytes, start: int, end: int) -> int | None:
        """Take the field whose first line is ``data[start:end]``; return where the next begins, ``None``: wait."""
        if start == end:
            self._entry()
            return end + 1
        equals = data.find(b"=", start, end)
        if equals >= 0:
            self._keep(data[start:equals], data[equals + 1 : end])
            return end + 1
        if not _NAME.match(data, start, end):
            return end + 1
        if len(data) < end + 9:
            return None
        length = int.from_bytes(data[end + 1 : end + 9], "little")
        if length > _LARGEST_FIELD:
            self.dropped_lines += data.startswith(b"MESSAGE", start, end)
            self._skip = length + 1
            return end + 9
        if len(data) < end + 10 + length:
            return None
        self._keep(data[start:end], data[end + 9 : end + 9 + length])
        return end + 10 + length

    def _keep(self, name: bytes, value: bytes) -> None:
        known = _USED.get(name)
        if known is not None:
            self._fields.setdefault(known, value.decode("utf-8", "surrogateescape"))
            if known == "MESSAGE":
                self._message_line = self._line

    def _entry(self) -> None:
        message = message_of(self._fields)
        if message is not None:
            self._joiner.add(message.key, self._message_line, as_bytes(message.text), complete=message.complete)
        self._fields = {}


class JournalExport(Wrapper):
    """Entries of systemd's journal as it exports them; each program is one stream."""

    name: ClassVar[str] = "journald-export"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    raw: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 when the first line that is not blank begins an entry: the form leaves no room for less."""
        first = next((line for line in lines if line.strip()), b"")
        return 1.0 if first.startswith(_CURSOR) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _ExportPeeler()

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        stamp = next((match for line in lines if (match := _STAMP.match(line))), None)
        return clock_from_epoch(int(stamp[1]) / 1e6) if stamp else None
