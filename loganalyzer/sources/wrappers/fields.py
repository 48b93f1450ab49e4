"""Entries with a field on each line, one of them the message: PowerShell's ``Format-List``, ``journalctl -o verbose``.

Also what Logstash prints (``rubydebug``). None of PowerShell's and Logstash's output was tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, Gathered, Peeler, Wrapper, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_LABEL = re.compile(rb"( *\"?@?[A-Za-z_][\w.@-]{0,40}\"? *(?:=>|=|:) ?)(?![:=])")
_MESSAGE = re.compile(_LABEL.pattern + rb"(?=[\"']?" + BEGIN + rb")")
_FEWEST = 3
_LEAST_SHARE = 0.8
_LONGEST = 1 << 16


def _label(lines: Sequence[bytes]) -> bytes | None:
    """Return what stands before the messages; ``None`` where no other field comes as often."""
    near = lines[:NEIGHBOURS]
    messages = Counter(match[1] for line in near if (match := _MESSAGE.match(line)))
    if not messages:
        return None
    ((label, found),) = messages.most_common(1)
    labels = Counter(match[1] for line in near if (match := _LABEL.match(line)))
    least = max(_FEWEST, _LEAST_SHARE * labels[label])
    others = [count for other, count in labels.items() if other != label]
    return label if found >= _FEWEST and max(others, default=0) >= least else None


@dataclass(slots=True)
class _FieldPeeler:
    """Takes the messages behind ``label``; lines that hang below one go on with it, the other fields are dropped."""

    label: bytes
    dropped_lines: int = 0
    prefix: None = None
    _hangs: bytes = b""
    _parts: list[bytes] = field(default_factory=list)
    _number: int = 0
    _size: int = 0

    def __post_init__(self) -> None:
        self._hangs = b" " * len(self.label) if self.label.endswith(b": ") else b""

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        kept = Gathered()
        for line, number in numbered_lines(block):
            if line.startswith(self.label):
                self._put(kept)
                self._parts, self._number, self._size = [line[len(self.label) :]], number, len(line)
            elif self._goes_on(line):
                self._parts.append(line[len(self._hangs) :])
                self._size += len(line)
            else:
                self._put(kept)
                self.dropped_lines += 1
        return kept.only()

    def finish(self) -> Iterator[tuple[str, Block]]:
        kept = Gathered()
        self._put(kept)
        return kept.only()

    def _goes_on(self, line: bytes) -> bool:
        return bool(self._parts and self._hangs) and line.startswith(self._hangs) and self._size < _LONGEST

    def _put(self, kept: Gathered) -> None:
        if self._parts:
            kept.put(b" ".join(self._parts), self._number)
            self._parts = []


class Fields(Wrapper):
    """Lines with a name each, of which one has the message in every entry."""

    name: ClassVar[str] = "fields"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 where the messages have a name, and another field comes as often: the form leaves no room for less.

        A log that someone introduced (``Log: I0123 …``) has no such field.
        """
        return 0.0 if _label(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _FieldPeeler(_label(lines) or b"Message : ")
