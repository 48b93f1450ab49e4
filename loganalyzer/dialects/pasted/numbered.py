"""The lines of a small text that is read at once."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.sources.block import Block
from loganalyzer.sources.encodings import line_text
from loganalyzer.sources.wrappers.soft_wrap import rejoiner_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAMP = re.compile(r"[EWITF](?:\d{4} \d\d:\d\d:\d\d\.\d{6}|\?{4}) ")


class Numbered(NamedTuple):
    """A line and its number in the file as given."""

    number: int
    text: str


def numbered(blocks: Iterable[Block]) -> list[Numbered]:
    """The lines of some blocks with their numbers."""
    lines: list[Numbered] = []
    for block in blocks:
        texts = [line_text(raw) for raw in block.data.split(b"\n")]
        if texts and not texts[-1]:
            texts.pop()
        numbers = block.line_numbers or range(block.first_line, block.first_line + len(texts))
        lines += [Numbered(n, t) for n, t in zip(numbers, texts, strict=False)]
    return lines


def rejoined(lines: list[Numbered]) -> list[Numbered]:
    """The lines of a text without a stamp as they were before they were wrapped; others as they are."""
    joiner = rejoiner_of_text([line.text.encode() for line in lines])
    if joiner is None:
        return lines
    pieces = chain(joiner.peel(block_of(lines)), joiner.finish())
    return numbered(block for _, block in pieces)


def block_of(lines: list[Numbered]) -> Block:
    """Some lines, of which there is one at least, as a block."""
    text = "".join(f"{line.text}\n" for line in lines)
    return Block(text.encode("utf-8", "surrogateescape"), lines[0].number, [line.number for line in lines], len(lines))


def is_stamped(text: str) -> bool:
    """Whether a line begins as Orthanc's do."""
    return _STAMP.match(text) is not None
