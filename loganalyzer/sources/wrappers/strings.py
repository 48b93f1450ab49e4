r"""Strings of a programming language, with their escapes: what Python's ``repr`` and ``print`` show of bytes or a list.

``b'I0123 …\n'``, ``['I0123 …',``; also the whole log as one string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import ONLY, Peeler, Wrapper, numbers_of, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

# A line that is cut has no end of its string.
_STRING = re.compile(rb"(b?)(?:'((?:[^'\\\n]|\\.)*+)(?:'|(?=\n))|\"((?:[^\"\\\n]|\\.)*+)(?:\"|(?=\n)))")
_EACH = re.compile(rb"[^\n]*\n")
_BEFORE = rb"(?:[\w.]{1,30} ?[=:] ?)?[\s\[({,+-]*"
_LINE = re.compile(_BEFORE + rb"b?['\"]")
_BEGINS = re.compile(_LINE.pattern + BEGIN)
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[nrt'\"\\])")


def _decoded(text: bytes, codec: str) -> bytes:
    """Return what a string says; ``codec`` is how the characters above ASCII were bytes of the log."""

    def read(escape: re.Match[bytes]) -> bytes:
        return escape[0].decode("unicode_escape").encode(codec, "replace")

    try:
        return _ESCAPE.sub(read, text)
    except UnicodeDecodeError:
        return text


@dataclass(slots=True)
class _StringPeeler:
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        for number, line in zip(numbers_of(block, 0, block.lines), _EACH.findall(block.data), strict=True):
            strings = _STRING.findall(line) if _LINE.match(line) else []
            for is_bytes, single, double in strings:
                text = _decoded(single or double, "latin-1" if is_bytes else "utf-8")
                self._joiner.add(ONLY, number, text.removesuffix(b"\n"))
            if not strings:
                self._joiner.add(ONLY, number, line[:-1])
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        yield from self._joiner.finish()


class Strings(Wrapper):
    """Lines that each are a string, or several."""

    name: ClassVar[str] = "strings"
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines that begin with a string, 0 where none has a line of Orthanc or DCMTK in it."""
        return share(lines, _LINE.match) if any(map(_BEGINS.match, lines)) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _StringPeeler()
