"""JSON of any shape with the lines in one of its members: exports of Grafana, Loki, Kibana, CloudWatch, Google, GELF.

Arrays, documents over many lines and nested objects alike: what is looked for is the member under which lines of
Orthanc or DCMTK stand, and of it only the strings. Loki's answers have pairs of a time in nanoseconds and a line.

The forms are those that the makers document; none of these products has written a file that was tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.json_objects import as_bytes, as_text
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_BEFORE = rb'(?<!\\)"([^"\\\n]{1,64})"\s*+:\s*+"(?=' + BEGIN + rb")"
_PAIR = rb'\[\s*+"\d{16,19}"\s*+,\s*+"'
_MEMBER = re.compile(_BEFORE)
_LOKI = re.compile(_PAIR + rb"(?=" + BEGIN + rb")")
_BEGINS = re.compile(rb"\s*[\[{]")
_TIME = re.compile(rb'"(' + RFC3339 + rb')"')
_EPOCH = re.compile(rb'(?:"timestamp"|\[)\s*:?\s*"?(1\d{9})(?:\.\d+|\d{3}(?:\d{6})?)?"?\s*,')
_LARGEST_TEXT = 1 << 20


def _lead(sample: bytes) -> bytes | None:
    """Return the regular expression of what stands before each line, ``None`` for what is no such JSON."""
    if not _BEGINS.match(sample):
        return None
    names = Counter(_MEMBER.findall(sample))
    pairs = len(_LOKI.findall(sample))
    if not names:
        return _PAIR if pairs else None
    name, count = names.most_common(1)[0]
    return _PAIR if pairs > count else rb'(?<!\\)"' + re.escape(name) + rb'"\s*+:\s*+"'


@dataclass(slots=True)
class _TextPeeler:
    """Takes the strings behind ``lead``; the rest of a block waits for what completes it."""

    lead: bytes
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)
    _buffer: bytes = b""
    _line: int = 1

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        data = self._buffer + block.data
        held = b"\r" if data.endswith(b"\r") else b""
        if b"\r" in data:
            data = data.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        position = 0
        for match in re.finditer(self.lead + rb"(" + _INSIDE + rb')"', data):
            self._line += data.count(b"\n", position, match.start())
            position = match.end()
            text = as_text(match[1])
            self._joiner.add(ONLY, self._line, as_bytes(text.removesuffix("\n")))
        rest = max(position, len(data) - _LARGEST_TEXT)
        self._line += data.count(b"\n", position, rest)
        self._buffer = data[rest:] + held
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        return self._joiner.finish()


class JsonText(Wrapper):
    """JSON that is not one object a line, or has its lines under a name of its own."""

    name: ClassVar[str] = "json"
    raw: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for JSON with lines of Orthanc or DCMTK in it: how much else it holds says nothing."""
        return 0.0 if _lead(b"\n".join(lines)) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _TextPeeler(_lead(b"\n".join(lines)) or _PAIR)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        sample = b"\n".join(lines)
        if stamp := _TIME.search(sample):
            return clock_from(stamp[1])
        epoch = _EPOCH.search(sample)
        return clock_from_epoch(int(epoch[1])) if epoch else None
