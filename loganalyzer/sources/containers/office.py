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
from xml.parsers import expat

from loganalyzer.sources.containers.limits import Pieces, UnreadableError, elapsed, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from loganalyzer.sources.containers.limits import Budget, Source

_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
}
_CHUNK = 1 << 16
#: No tag of a document is as long; the parser would begin it anew with each chunk.
_LONGEST_TAG = 1 << 20
_LONGEST_ROW = 1 << 24
_MOST_ROWS = _MOST_BLANKS = 1 << 20
_MOST_COLUMNS = 1 << 14
_BLANKS = re.compile(r"[ \t\r\n]+")
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
KIND, MANIFEST = "mimetype", "META-INF/manifest.xml"
_SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
#: The member of an archive that holds the text, where the archive has all of these members.
_MEMBERS = {
    "word/document.xml": ({"word/document.xml"}, _WORD),
    "content.xml": ({"content.xml", KIND}, _OPEN_TEXT),
}


def document_in(names: AbstractSet[str]) -> str | None:
    """Return which of the members of an archive is the text of a document; ``None`` where it is none."""
    return next((member for member, (needed, _) in _MEMBERS.items() if needed <= names), None)


def format_of(member: str, kind: bytes) -> Format:
    """Return the format of the document whose text is ``member``; ``kind`` is what its ``mimetype`` says."""
    return _OPEN_SHEETS if kind.startswith(_SHEETS) else _MEMBERS[member][1]


def is_encrypted(manifest: bytes) -> bool:
    """Return whether a document of LibreOffice has a password, by its manifest (OpenDocument 1.3 part 2, 4.4)."""
    return b":encryption-data" in manifest


def texts_of(source: Source, form: Format, budget: Budget) -> Iterator[tuple[str, Pieces]]:
    """Yield the texts in the XML of a document, each to be read before the next one: of sheets, with their names.

    Raises ``UnreadableError``, as the texts do, for what is no such XML or declares entities.
    """
    for name, pieces in groupby(_Reader(form, budget).pieces(source), itemgetter(0)):
        yield name or "text", Pieces(piece for _, piece in pieces)


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


class _Reader:
    """Reads one XML file; what it has read and not given yet is in ``_parts``."""

    def __init__(self, form: Format, budget: Budget) -> None:
        self._form = form
        self._budget = budget
        self._names: dict[str, str] = {}
        self._done: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._taken = self._given = 0
        self._open = self._silent = 0
        self._sheet = ""
        self._row: _Row | None = None
        self._times = 1
        self._blank = self._width = 0

    def pieces(self, source: Source) -> Iterator[tuple[str, bytes]]:
        """Yield the text in pieces, each with the name of the sheet that it is in."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._declares
        chunk = b"-"
        while chunk:
            chunk = source.read(_CHUNK)
            self._taken += len(chunk)
            started, given = now(), self._given
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                yield from self._ready()
                raise UnreadableError(f"its text is damaged ({error})") from error
            except UnreadableError:
                yield from self._ready()
                raise
            if self._taken - parser.CurrentByteIndex > _LONGEST_TAG:
                raise UnreadableError("its text is damaged (a tag that does not end)")
            self._budget.expand(self._given - given, elapsed(started))
            yield from self._ready()

    def _ready(self) -> Iterator[tuple[str, bytes]]:
        if not self._form.row:
            self._done += [("", part) for part in self._parts]
            self._parts.clear()
        for name, parts in groupby(self._done, itemgetter(0)):
            yield name, "".join(part for _, part in parts).encode("utf-8", "replace")
        self._done.clear()

    def _declares(self, *_: object) -> None:
        raise UnreadableError("its text declares entities, as no document of an office program does")

    def _name(self, long: str) -> str:
        name = self._names.get(long)
        if name is None:
            space, _, local = long.rpartition(" ")
            name = f"{_NAMESPACES.get(space, '')}:{local}"
            if len(self._names) < _MOST_COLUMNS:
                self._names[long] = name
        return name

    def _start(self, long: str, attributes: dict[str, str]) -> None:
        name = self._name(long)
        if self._silent or name in self._form.silent:
            self._silent += 1
        elif name in self._form.text:
            self._open += 1
        elif name in self._form.written:
            self._put(self._form.written[name] * self._number(attributes, "text:c", _MOST_BLANKS))
        elif name in self._form.cell:
            self._times = self._number(attributes, "table:number-columns-repeated", _MOST_COLUMNS)
            self._parts.clear()
        elif name == self._form.row:
            self._row = _Row(self._number(attributes, "table:number-rows-repeated", _MOST_ROWS))
        elif name == self._form.sheet:
            self._sheet = next((value for key, value in attributes.items() if self._name(key) == "table:name"), "")
            self._blank = self._width = 0

    def _number(self, attributes: Mapping[str, str], name: str, most: int) -> int:
        for key, value in attributes.items():
            if self._name(key) == name and value.isdecimal() and len(value) < 10:
                return min(int(value), most)
        return 1

    def _end(self, long: str) -> None:
        name = self._name(long)
        if self._silent:
            self._silent -= 1
            return
        if name in self._form.text:
            self._open -= 1
        if name in self._form.lines:
            self._put("\n")
        elif self._row is not None and name in self._form.cell:
            self._row.add("".join(self._parts).removesuffix("\n"), self._times)
            self._parts.clear()
        elif self._row is not None and name == self._form.row:
            self._end_row(self._row)
            self._row = None

    def _end_row(self, row: _Row) -> None:
        if not row.cells:
            self._blank += row.times
            return
        self._width = max(self._width, row.cells[-1][0] + 1)
        line = row.line(self._width) + "\n"
        for text in ("\n" * min(self._blank, _MOST_ROWS), *[line] * row.times):
            self._count(text)
            self._done.append((self._sheet, text))
        self._blank = 0

    def _characters(self, text: str) -> None:
        if self._open and not self._silent:
            self._put(_BLANKS.sub(" ", text) if self._form.folds else text)

    def _put(self, text: str) -> None:
        if not self._form.row:
            self._count(text)
        elif self._row is None:
            return
        else:
            self._row.hold(len(text))
        self._parts.append(text)

    def _count(self, text: str) -> None:
        self._given += len(text)
        self._budget.check_ratio(self._taken, self._given)
