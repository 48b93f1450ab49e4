"""The text of an Excel workbook (xlsx, ECMA-376 part 1, 18): the rows of its sheets as lines.

openpyxl is not used: what it reads it holds, however much comes out of the archive.
"""

from __future__ import annotations

import posixpath
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import Pieces, UnreadableError
from loganalyzer.sources.containers.sheet_rows import RowReader
from loganalyzer.sources.containers.text_reader import Format, TextReader
from loganalyzer.sources.containers.xml_reader import XmlReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from loganalyzer.sources.containers.limits import Budget, Source

WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_SHEET = Format(
    text=frozenset({"x:v", "x:t"}),
    lines=frozenset(),
    written={},
    silent=frozenset({"x:rPh", "mc:Fallback"}),
    row="x:row",
    cell=frozenset({"x:c"}),
)
#: What a text takes beside its characters.
_SIZE = 64
_MOST_STYLES = 1 << 16
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: Numbers of formats that are dates or times without being declared (18.8.30).
_DATES = frozenset(map(str, [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)]))
_NO_CODE = re.compile(r'"[^"]*"?|\[[^\]]*\]?|[\\_*].')
_DATE_CODE = re.compile("[ymdhs]", re.IGNORECASE)
_DAYS = re.compile(r"\d{1,7}(?:\.\d{1,20})?(?:[eE]-?\d{1,2})?")


def texts_of(opened: Callable[[str], Source], names: AbstractSet[str], budget: Budget) -> Iterator[tuple[str, Source]]:
    """Yield the sheets of a workbook with their names, in its order; otherwise as ``office.texts_of``."""
    book = _Workbook(budget)
    for name in (_RELATIONS, WORKBOOK):
        if name not in names:
            raise UnreadableError(f"it has no {name}")
        book.read(opened(name))
    styles, strings = _Styles(budget), _Strings(budget)
    if book.styles in names:
        styles.read(opened(book.styles))
    if book.strings in names:
        strings.read(opened(book.strings))
    for title, name in book.sheets:
        if name not in names:
            raise UnreadableError(f"its sheet {title} is missing")
        reader = _SheetReader(budget, strings.texts, styles.dates, book.first_day)
        yield title, Pieces(piece for _, piece in reader.pieces(opened(name)))


class _Workbook(XmlReader):
    """Reads what a workbook consists of."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.styles = self.strings = ""
        self.sheets: list[tuple[str, str]] = []
        self.first_day = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet knows no zone
        self._targets: dict[str, str] = {}

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """See ``XmlReader``."""
        if name == "package:Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))[1:]
            kind = attributes.get("Type", "").rpartition("/")[2]
            if kind == "worksheet":
                self._targets[attributes.get("Id", "")] = target
            elif kind == "styles":
                self.styles = target
            elif kind == "sharedStrings":
                self.strings = target
        elif name == "x:workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.first_day = datetime(1904, 1, 1)  # noqa: DTZ001  as above
        elif name == "x:sheet" and (target := self._targets.get(self.attribute(attributes, "r:id"), "")):
            self.sheets.append((attributes.get("name", ""), target))


class _Styles(XmlReader):
    """Reads which styles of cells show a number as a date or a time."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.dates: set[str] = set()
        self._formats = set(_DATES)
        self._in_cells = False
        self._styles = 0

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """See ``XmlReader``."""
        if name == "x:numFmt" and len(self._formats) < _MOST_STYLES:
            code = _NO_CODE.sub("", attributes.get("formatCode", ""))
            if _DATE_CODE.search(code.replace("General", "")):
                self._formats.add(attributes.get("numFmtId", ""))
        elif name == "x:cellXfs":
            self._in_cells = True
        elif name == "x:xf" and self._in_cells:
            if attributes.get("numFmtId") in self._formats and len(self.dates) < _MOST_STYLES:
                self.dates.add(str(self._styles))
            self._styles += 1

    def ends(self, name: str) -> None:
        """See ``XmlReader``."""
        if name == "x:cellXfs":
            self._in_cells = False


class _Strings(TextReader):
    """Reads the texts that cells share. Raises ``UnreadableError`` for more than ``max_buffer``."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(_SHEET, budget)
        self.texts: list[str] = []
        self._most = budget.options.max_buffer
        self._held = 0
        self._parts: list[str] = []

    def put(self, text: str) -> None:
        """See ``TextReader``."""
        self._hold(len(text))
        self._parts.append(text)

    def other_ends(self, name: str) -> None:
        """See ``TextReader``."""
        if name == "x:si":
            self._hold(_SIZE)
            self.texts.append("".join(self._parts))
            self._parts.clear()

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > self._most:
            raise UnreadableError(f"the texts of its cells take more than {self._most} bytes (max_buffer)")


class _SheetReader(RowReader):
    """Reads a sheet; ``dates`` are styles, ``first_day`` is the day before the first one."""

    def __init__(self, budget: Budget, texts: Sequence[str], dates: AbstractSet[str], first_day: datetime) -> None:
        super().__init__(_SHEET, budget)
        self._texts = texts
        self._dates = dates
        self._first_day = first_day

    def shown(self, text: str, cell: Mapping[str, str]) -> str:
        """See ``RowReader``."""
        kind = cell.get("t", "n")
        if kind == "s":
            if not text.isdecimal() or len(text) > 9 or int(text) >= len(self._texts):
                raise UnreadableError("a cell of it has a text that is not there")
            text = self._texts[int(text)]
        elif kind == "n" and cell.get("s") in self._dates and _DAYS.fullmatch(text):
            return _moment(float(text), self._first_day)
        return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def _moment(days: float, first_day: datetime) -> str:
    """Return the date or time, or both, that so many days since ``first_day`` are; they have 3 decimals at most."""
    try:
        moment = first_day + timedelta(milliseconds=round(days * 86_400_000))
    except OverflowError:
        return str(days)
    if days < 1:
        return moment.time().isoformat("auto")
    return moment.date().isoformat() if days.is_integer() else moment.isoformat(" ")
