"""Markdown and HTML around pasted lines: fences, list bullets, emphasis, ``<pre>`` and ``<code>``."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.block import Block
from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.peeling import ONLY, AtOnce, Peeler, Wrapper, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BULLET = rb"(?:(?:[-*+]|\xe2\x80\xa2|\d{1,4}[.)])[ \t]+)?"
# Of HTML, of forums (BBCode), and of Jira.
_TAGS = (
    rb"(?:(?:</?(?:pre|code|p|li|ul|ol|div|span|br|blockquote|details|summary)\b[^<>\n]{0,200}>"
    rb"|\[/?(?:code|pre|quote|php|log)\b[^\]\n]{0,80}\]|\{(?:code|noformat|quote)\b[^}\n]{0,80}\})[ \t]*)"
)
_MARKS = rb"(?:`{1,3}|\*{1,3}|_{1,3}|~~)"
_FENCE_LINE = rb"(?:(?:`{3,}|~{3,})[\w .:-]{0,40}|" + _TAGS + rb"+)[ \t]*(?=\n)"
_DRESSED = _BULLET + _TAGS + rb"*(" + _MARKS + rb"?)(?=" + BEGIN + rb")(.*?)(?:\1|" + _TAGS + rb")*(?=\n)"
# A line that is nothing but a mark, which has no groups, or is dressed. Many lines of a dump begin with blanks:
# possessive, so that each is given up at its first other character.
_MARKED = re.compile(rb"\n[ \t]*+(?=[-*+\xe20-9`_~<\[{])(?:" + _FENCE_LINE + rb"|" + _DRESSED + rb")")
_CLOSED = re.compile(rb"(?:```|\[/(?:code|pre|quote)\]|\{(?:code|noformat|quote)\})(?=\n)")
_FENCE = re.compile(rb"[ \t]*(?:`{3,}|~{3,}|<pre|<code|\[/?code|\{code|\{noformat)")
_DRESSED_LINE = re.compile(
    rb"[ \t]*(?:[-*+] |\xe2\x80\xa2 |\d{1,4}[.)] |`|\*|_|~~|<\w|\[code|\{code|\{noformat)[^\n]{0,60}?(?<!\w)" + BEGIN
)


@dataclass(slots=True)
class _MarkdownPeeler(AtOnce):
    dropped_lines: int = 0
    prefix: None = None

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        data, place = b"\n" + block.data, 0
        line = behind = 0
        pieces: list[bytes] = []
        numbers: list[int] = []
        fences = self.dropped_lines
        for match in _MARKED.finditer(data):
            pieces.append(data[place : match.start()])
            if match[2] is not None:
                pieces.append(b"\n" + match[2])
            else:
                between = data.count(b"\n", behind, match.start())
                numbers.extend(numbers_of(block, line, between))
                line, behind = line + between + 1, match.end()
                self.dropped_lines += 1
            place = match.end()
        # Slack's fences, as some of forums, stand in the first line and in the last one.
        text = _CLOSED.sub(b"", b"".join([*pieces, data[place:]])[1:])
        if self.dropped_lines == fences:
            yield ONLY, Block(text, block.first_line, block.line_numbers, block.lines)
            return
        numbers.extend(numbers_of(block, line, block.lines - line))
        if numbers:
            yield ONLY, Block(text, numbers[0], array("L", numbers), len(numbers))


class Markdown(Wrapper):
    """Lines pasted into a post: fenced, as a list, or emphasised."""

    name: ClassVar[str] = "markdown"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``; a line between two fences counts as the fences do."""
        inside, marked, filled = False, 0, 0
        for line in lines:
            fence = _FENCE.match(line) is not None
            inside = inside != fence
            filled += bool(line.strip())
            marked += bool(line.strip()) and (inside or fence or _DRESSED_LINE.match(line) is not None)
        return marked / filled if filled else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _MarkdownPeeler()
