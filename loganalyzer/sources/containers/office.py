"""The text of documents that are XML in a zip archive: paragraphs and rows of tables, as lines.

Word (docx, ECMA-376 part 1, 17.3) and LibreOffice (odt, ods: OpenDocument 1.3 part 3, 5 and 9). A table of a text
document gives a line for each paragraph, a sheet a line for each row; the rows of a sheet keep their numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import Peekable, Pieces, UnreadableError
from loganalyzer.sources.containers.xml_reader import XmlReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from loganalyzer.sources.containers.limits import Budget, Source

_LONGEST_ROW = 1 << 24
_MOST_ROWS = _MOST_BLANKS = 1 << 20
_MOST_COLUMNS = 1 << 14
_BLANKS = re.compile(r"[ \t\r\n]+")
_SMALL = 1 << 20
_TO_QUOTE = re.compile(r'^"|[\t\r\n]')


@dataclass(frozen=True, slots=True)
class Format:
    """What the elements of a format say.

    ``text``: those whose characters are the text; ``lines``: at whose end a line ends; ``written``: those that stand
    for a character; ``silent``: those of which nothing is shown. Of sheets, ``sheet``, ``row`` and ``cell`` are what
    these are called. ``folds``: any white space is one blank.
    """

    text: frozenset[str]
    lines: frozenset[str]
    written: Mapping[str, str]
    silent: frozenset[str]
    sheet: str = ""
    row: str = ""
    cell: frozenset[str] = frozenset()
    folds: bool = False


_WORD = Format(
    text=frozenset({"w:t"}),
    lines=frozenset({"w:p"}),
    written={"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"},
    # Properties of a paragraph have tabs, too: where these stop.
    silent=frozenset({"w:pPr", "mc:Fallback"}),
)
_PARAGRAPHS = frozenset({"text:p", "text:h"})
_OPEN_TEXT = Format(
    text=_PARAGRAPHS,
    lines=_PARAGRAPHS,
    written={"text:s": " ", "text:tab": "\t", "text:line-break": "\n"},
    silent=frozenset({"text:tracked-changes", "text:note", "office:annotation"}),
    folds=True,
)
_OPEN_SHEETS = Format(
    text=_PARAGRAPHS,
    lines=_PARAGRAPHS,
    written=_OPEN_TEXT.written,
    silent=frozenset({*_OPEN_TEXT.silent, "table:shapes"}),
    sheet="table:table",
    row="table:table-row",
    cell=frozenset({"table:table-cell", "table:covered-table-cell"}),
    folds=True,
)
#: Members of a document of LibreOffice that say what it is, and what its members are.
_KIND, _MANIFEST = "mimetype", "META-INF/manifest.xml"
_SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
#: The member of an archive that holds the text, where the archive has all of these members.
_MEMBERS = {
    "word/document.xml": ({"word/document.xml"}, _WORD),
    "content.xml": ({"content.xml", _KIND}, _OPEN_TEXT),
}


def document_in(names: AbstractSet[str]) -> str | None:
    """Return which of the members of an archive is the text of a document; ``None`` where it is none."""
    return next((member for member, (needed, _) in _MEMBERS.items() if needed <= names), None)


def texts_of(opened: Callable[[str], Source], names: AbstractSet[str], budget: Budget) -> Iterator[tuple[str, Source]]:
    """Yield the texts of a document, each to be read before the next one: of sheets, with their names.

    ``names`` are those of the members of the archive, which ``opened`` opens. Raises ``UnreadableError``, as the texts
    do, for what cannot be read.
    """

    def beginning(name: str) -> bytes:
        return Peekable(opened(name)).peek(_SMALL) if name in names else b""

    member = document_in(names)
    if member is None or _is_encrypted(beginning(_MANIFEST)):
        raise UnreadableError("it has a password; save it without one")
    form = _OPEN_SHEETS if beginning(_KIND).startswith(_SHEETS) else _MEMBERS[member][1]
    reader = RowReader(form, budget) if form.row else _ParagraphReader(form, budget)
    for name, pieces in groupby(reader.pieces(opened(member)), itemgetter(0)):
        yield name or "text", Pieces(piece for _, piece in pieces)


def _is_encrypted(manifest: bytes) -> bool:
    """Return whether a document of LibreOffice has a password (OpenDocument 1.3 part 2, 4.4)."""
    return b":encryption-data" in manifest


class TextReader(XmlReader):
    """Reads the characters of a format; ``put`` takes them."""

    def __init__(self, form: Format, budget: Budget) -> None:
        super().__init__(budget)
        self.form = form
        self._open = self._silent = 0

    def put(self, text: str) -> None:
        """Take characters of the text, or those that an element stands for."""

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """See ``XmlReader``."""
        if self._silent or name in self.form.silent:
            self._silent += 1
        elif name in self.form.text:
            self._open += 1
        elif name in self.form.written:
            self.put(self.form.written[name] * self.number(attributes, "text:c", _MOST_BLANKS))
        else:
            self.other_begins(name, attributes)

    def other_begins(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element that is no text."""

    def other_ends(self, name: str) -> None:
        """Take the end of an element that is no text."""

    def number(self, attributes: Mapping[str, str], name: str, most: int, otherwise: int = 1) -> int:
        """Return the number in an attribute, ``most`` at most."""
        value = self.attribute(attributes, name)
        return min(int(value), most) if value.isdecimal() and len(value) < 10 else otherwise

    def ends(self, name: str) -> None:
        """See ``XmlReader``."""
        if self._silent:
            self._silent -= 1
            return
        if name in self.form.text:
            self._open -= 1
        if name in self.form.lines:
            self.put("\n")
        else:
            self.other_ends(name)

    def characters(self, text: str) -> None:
        """See ``XmlReader``."""
        if self._open and not self._silent:
            self.put(_BLANKS.sub(" ", text) if self.form.folds else text)


class _ParagraphReader(TextReader):
    """Reads a text document."""

    def __init__(self, form: Format, budget: Budget) -> None:
        super().__init__(form, budget)
        self._parts: list[str] = []

    def put(self, text: str) -> None:
        """See ``TextReader``."""
        self.count(len(text))
        self._parts.append(text)

    def pieces(self, source: Source) -> Iterator[tuple[str, bytes]]:
        """Yield the text in pieces, each with an empty name."""
        for _ in self.parse(source):
            if self._parts:
                yield "", "".join(self._parts).encode("utf-8", "replace")
            self._parts.clear()


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
