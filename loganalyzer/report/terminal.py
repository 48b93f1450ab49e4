"""How text stands on a terminal: colours, marks, an ASCII fallback, and breaking lines by columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.report.visible import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

_SGR = {
    "error": "1;31",
    "warning": "1;33",
    "notice": "1;36",
    "failure": "1;31",
    "healthy": "1;32",
    "cannot-tell": "1;33",
    "not-orthanc": "1;33",
    "strong": "1",
    "frame": "34",
    "secondary": "36",
    "quiet": "2",
}
_ASCII = {
    "…": "...", "–": "-", "—": "-", "×": "x", "⋯": "...", "·": "*", "→": "->", "←": "<-", "✖": "x", "✔": "+",
    "“": '"', "”": '"', "‘": "'", "’": "'", "\u2009": " ", "\u00a0": " ", "▲": "!", "?": "?", "•": "*",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal of ``width`` columns, with colours or without, with Unicode or without."""

    width: int
    color: bool
    ascii_only: bool

    def paint(self, text: str, role: str) -> str:
        """Return ``text`` in the colour of ``role``, or as it is when colours are off."""
        return f"\x1b[{_SGR[role]}m{text}\x1b[0m" if self.color and text else text

    def plain(self, text: str) -> str:
        """Return ``text`` in ASCII where only ASCII will do; what has no likeness there is written as an escape."""
        if not self.ascii_only or text.isascii():
            return text
        swapped = "".join(_ASCII.get(character, character) for character in text)
        return swapped.encode("ascii", "backslashreplace").decode("ascii")

    def folded(self, text: str, indent: int, first: int | None = None, most: int | None = None) -> list[str]:
        """Break ``text`` into lines that fit behind ``indent`` columns, at blanks where it can be.

        ``first`` is the indentation of the first line, when it differs; ``most`` the largest number of lines, of which
        the last then ends with an ellipsis. The indentation itself is not part of the lines.
        """
        lines: list[str] = []
        room = max(16, self.width - (indent if first is None else first))
        for piece in _pieces(self.plain(text), max(16, self.width - indent)):
            if lines and columns(lines[-1]) + columns(piece) <= room:
                lines[-1] += piece
                continue
            if lines:
                room = max(16, self.width - indent)
            lines.append(piece.lstrip() if lines else piece)
        lines = [line.rstrip() for line in lines] or [""]
        if most is not None and len(lines) > most:
            mark = self.plain("…")
            lines = lines[:most]
            while lines[-1] and columns(lines[-1]) > room - len(mark) - 1:
                lines[-1] = lines[-1][:-1]
            lines[-1] = f"{lines[-1].rstrip()} {mark}"
        return lines

    def labelled(self, lead: str, name: str, text: str, role: str, most: int | None = None) -> Iterator[str]:
        """Lines that begin with a painted name; what follows stands below the first line's text."""
        indent = len(lead) + len(name) + 2
        first, *more = self.folded(text, indent=indent, most=most)
        yield f"{self.paint(lead, 'frame')}{self.paint(name, role)}: {first}"
        yield from (" " * indent + line for line in more)

    def indented(self, text: str, indent: int) -> Iterator[str]:
        """``text`` behind ``indent`` columns, its further lines two more."""
        first, *more = self.folded(text, indent=indent + 2, first=indent)
        yield " " * indent + first
        yield from (" " * (indent + 2) + line for line in more)


def _pieces(text: str, room: int) -> Iterator[str]:
    """Cut ``text`` before each run of blanks, and what is longer than ``room`` columns anywhere."""
    start = 0
    width = 0
    for place, character in enumerate(text):
        new_word = character == " " and place > start and text[place - 1] != " "
        wide = columns(character)
        if new_word or width + wide > room:
            yield text[start:place]
            start, width = place, 0
        width += wide
    if start < len(text):
        yield text[start:]
