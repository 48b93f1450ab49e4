"""Reads the rows of sheets as lines: of Excel, and of LibreOffice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import UnreadableError
from loganalyzer.sources.containers.text_reader import Format, TextReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loganalyzer.sources.containers.limits import Budget, Source

_LONGEST_ROW = 1 << 24
_MOST_ROWS = 1 << 20
_MOST_COLUMNS = 1 << 14
_TO_QUOTE = re.compile(r'^"|[\t\r\n]')


@dataclass(slots=True)
class _Row:
    """A row of a sheet: its filled cells with their columns, and how many rows are like it."""

    times: int = 1
    cells: list[tuple[int, str]] = field(default_factory=list)
    column: int = 0
    size: int = 0

    def add(self, text: str, times: int) -> None:
        """Add a cell that stands there so many times."""
        times = max(min(times, _MOST_COLUMNS - self.column), 0)
        if text:
            self.hold(len(text) * times)
            self.cells += [(self.column + at, text) for at in range(times)]
        self.column += times

    def hold(self, size: int) -> None:
        """Count what is held of the row. Raises ``UnreadableError``."""
        self.size += size
        if self.size > _LONGEST_ROW:
            raise UnreadableError(f"a row of it is longer than {_LONGEST_ROW} characters")

    def line(self, width: int) -> str:
        """Return the text of the only filled cell, or all cells with tabs between them, as Excel copies them."""
        if len(self.cells) == 1:
            return self.cells[0][1]
        cells = [""] * width
        for column, text in self.cells:
            cells[column] = '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text
        return "\t".join(cells)


class RowReader(TextReader):
    """Reads sheets. What a cell holds may be told by :meth:`shown`."""

    def __init__(self, form: Format, budget: Budget) -> None:
        super().__init__(form, budget)
        self._lines: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._sheet = ""
        self._row: _Row | None = None
        self._times = 1
        self._cell: Mapping[str, str] = {}
        self._last = self._blank = self._width = 0

    def shown(self, text: str, cell: Mapping[str, str]) -> str:  # noqa: ARG002  Excel has more to look at
        """Return what a cell shows; ``cell`` are its attributes."""
        return text

    def pieces(self, source: Source) -> Iterator[tuple[str, bytes]]:
        """Yield the text in pieces, each with the name of the sheet that it is in."""
        for _ in self.parse(source):
            for name, lines in groupby(self._lines, itemgetter(0)):
                yield name, "".join(line for _, line in lines).encode("utf-8", "replace")
            self._lines.clear()

    def put(self, text: str) -> None:
        """See ``TextReader``."""
        if self._row is not None:
            self._row.hold(len(text))
            self._parts.append(text)

    def other_begins(self, name: str, attributes: dict[str, str]) -> None:
        """See ``TextReader``."""
        if name in self.form.cell:
            self._times = self.number(attributes, "table:number-columns-repeated", _MOST_COLUMNS)
            self._parts.clear()
            self._cell = attributes
            if self._row is not None:
                self._row.column = column_of(attributes.get("r", ""), self._row.column)
        elif name == self.form.row:
            number = self.number(attributes, ":r", _MOST_ROWS, self._last + 1)
            self._blank += max(number - self._last - 1, 0)
            self._last = max(number, self._last)
            self._row = _Row(self.number(attributes, "table:number-rows-repeated", _MOST_ROWS))
        elif name == self.form.sheet:
            self._sheet = self.attribute(attributes, "table:name")
            self._last = self._blank = self._width = 0

    def other_ends(self, name: str) -> None:
        """See ``TextReader``."""
        if self._row is None:
            return
        if name in self.form.cell:
            text = self.shown("".join(self._parts), self._cell)
            self._row.add(text.removesuffix("\n"), self._times)
            self._parts.clear()
        elif name == self.form.row:
            self._end_row(self._row)
            self._row = None

    def _end_row(self, row: _Row) -> None:
        self._last += row.times - 1
        if not row.cells:
            self._blank += row.times
            return
        self._width = max(self._width, *(column + 1 for column, _ in row.cells))
        line = row.line(self._width) + "\n"
        for text in ("\n" * min(self._blank, _MOST_ROWS), *[line] * row.times):
            self.count(len(text))
            self._lines.append((self._sheet, text))
        self._blank = 0


def column_of(place: str, otherwise: int) -> int:
    """Return the column of a cell's reference (``AB12``), from 0; ``otherwise`` where it has none that a sheet has."""
    column = 0
    for letter in place[:3]:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1 if 0 < column <= _MOST_COLUMNS else otherwise
