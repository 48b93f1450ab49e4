"""Tables with a column of lines: CSV exports of Grafana, Kibana, Splunk, CloudWatch, Azure, Synology's containers.

The forms are those that the makers document; none of these products has written a file that was tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from loganalyzer.sources.block import Block, lines_of
from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.container_names import column_of_names, name_in_cell
from loganalyzer.sources.wrappers.frame import Frame
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper, apart, apart_lines, numbers_of
from loganalyzer.sources.wrappers.stamps import clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BEGINS = re.compile(BEGIN)
_DELIMITERS = (b",", b";", b"\t")
_HEADING = re.compile(rb'(?:\xef\xbb\xbf)?"?[A-Za-z_@][^\n]{0,2000}$')
_IN_A_ROW = re.compile(rb'(?:^|[,;\t]"?)' + BEGIN)
# A tab before a line of Orthanc and another one behind it, or a line in quotation marks with doubled ones in it.
_IN_A_CELL = re.compile(rb"\t" + BEGIN + rb'[^\t]*\t|^"' + BEGIN + rb'.*"".*"$')
_LEAST_COLUMNS = 2
_LEAST_SHARE = 0.8
_EPOCH = re.compile(rb'"?(1\d{9})(?:\d{3}(?:\d{6})?)?"?[,;\t]')
_MOST_OPEN = 1 << 20
_MOST_NAMES = 1000


def _cell(delimiter: bytes) -> bytes:
    """Return the regular expression of a cell, which may have line ends inside of quotation marks (RFC 4180).

    The command lines of clouds write no quotation marks around cells, but leave those that are in them.
    """
    return rb'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^\n' + delimiter + rb"]*+)"


class _Table(NamedTuple):
    """What separates the columns, how many there are, which has the lines, and which the container's name (from 0).

    ``heading`` is how many lines stand above the rows.
    """

    delimiter: bytes
    columns: int
    column: int
    names: int | None = None
    heading: int = 0

    def row(self) -> re.Pattern[bytes]:
        """Return the form of a row, led by the line end before it; one that is not complete has no group."""
        cell = _cell(self.delimiter)
        groups = {self.column: b"(?P<text>" + cell + b")", self.names: b"(?P<name>" + cell + b")"}
        whole = self.delimiter.join(groups.get(at, cell) for at in range(self.columns)) + rb"(?=\n)"
        begun = rb"(?:" + cell + self.delimiter + rb')*+"[^"]*+(?:""[^"]*+)*+\Z'
        return re.compile(rb"\n(?:" + whole + rb"|" + begun + rb")")

    def frame(self, row: bytes) -> Frame | None:
        """Return what stands around the lines of rows that have quotation marks and a name as this one has them."""
        cells = re.findall(self.delimiter + rb"(" + _cell(self.delimiter) + rb")", self.delimiter + row)
        if len(cells) != self.columns or not cells[self.column].startswith(b'"'):
            return None
        made = [re.escape(cell) if at == self.names else self._like(cell) for at, cell in enumerate(cells)]
        lead, tail = [*made[: self.column], b'"'], [b'"', *made[self.column + 1 :]]
        return Frame.of(self.delimiter.join(lead), self.delimiter.join(tail) + rb"\n", 1)

    def _like(self, cell: bytes) -> bytes:
        quoted = b'"[^"]*+(?:""[^"]*+)*+"' if b'""' in cell[1:-1] else b'"[^"]*+"'
        return quoted if cell.startswith(b'"') else rb"[^" + self.delimiter + rb'"\n]*+'


def _bare(cell: bytes) -> bytes:
    return cell[1:-1].replace(b'""', b'"') if cell[:1] == b'"' else cell


def _bare_lines(cells: list[bytes]) -> bytes:
    """Return the text of cells of one line each as lines."""
    text = b"\n".join(cells)
    if text[:1] == text[-1:] == b'"' and text.count(b'"\n"') == len(cells) - 1:
        return text[1:-1].replace(b'"\n"', b"\n").replace(b'""', b'"')
    return b"\n".join(map(_bare, cells))


def _undoubled(text: bytes) -> bytes | None:
    """Return a text with every second quotation mark left out; ``None`` where one stands alone."""
    pieces = text.split(b'"')
    return b'"'.join(pieces[::2]) if len(pieces) % 2 and not any(pieces[1::2]) else None


def _cells(row: bytes, delimiter: bytes) -> list[bytes] | None:
    """Return the cells of a row, ``None`` where it is none, or goes on."""
    cell = _cell(delimiter)
    if not re.fullmatch(cell + rb"(?:" + delimiter + cell + rb")*", row):
        return None
    return [_bare(found) for found in re.findall(delimiter + rb"(" + cell + rb")", delimiter + row)]


def _table(lines: Sequence[bytes]) -> _Table | None:
    """Return the table that the lines are; ``None`` where they are none."""
    # PowerShell says first what it exports.
    heading = int(bool(lines) and lines[0].startswith(b"#TYPE "))
    if len(lines) > heading and _HEADING.match(lines[heading]) and not _IN_A_ROW.search(lines[heading]):
        return _table_with(lines[heading], heading + 1, lines[heading + 1 :])
    return _bare_table(lines)


def _table_with(heading: bytes, above: int, lines: Sequence[bytes]) -> _Table | None:
    """Return the table with this heading."""
    for delimiter in _DELIMITERS:
        titles = _cells(heading.removeprefix(b"\xef\xbb\xbf"), delimiter)
        if titles is None or len(titles) < _LEAST_COLUMNS:
            continue
        # The heading of Windows' event viewer lacks the last column, that of the messages.
        for columns, column in _places(lines, delimiter):
            if columns - len(titles) in (0, 1):
                names = column_of_names(titles)
                return _Table(delimiter, columns, column, None if names == column else names, above)
    return None


def _bare_table(lines: Sequence[bytes]) -> _Table | None:
    """Return the table without heading, or of one column in which some cells are in quotation marks."""
    if any(map(_IN_A_CELL.search, lines)):
        for delimiter in _DELIMITERS:
            for columns, column in _places(lines, delimiter):
                if columns == 1 or column:
                    return _Table(delimiter, columns, column)
    return None


def _places(lines: Sequence[bytes], delimiter: bytes) -> list[tuple[int, int]]:
    """Return how many columns there are and which one has the log's lines, if nearly all rows agree on that."""
    places = Counter(
        (len(row), place)
        for row in (_cells(line, delimiter) or () for line in lines)
        for place, cell in enumerate(row)
        if _BEGINS.match(cell)
    )
    # The further lines of a cell look like a row of one. In the first column, they would be as good as the others.
    rows = places.total() - places[1, 0]
    return [
        (columns, column)
        for (columns, column), count in places.items()
        if count >= _LEAST_SHARE * (rows if column else places.total())
    ]


class _Names(dict[bytes, str]):
    """The container's name in each cell seen so far."""

    def __missing__(self, cell: bytes) -> str:
        if len(self) >= _MOST_NAMES:
            self.clear()
        return self.setdefault(cell, name_in_cell(_bare(cell)))


@dataclass(slots=True)
class _RowPeeler:
    """Takes one cell of each row, whatever lines it has; what is no row stays as it is, in the stream before it."""

    table: _Table
    dropped_lines: int = 0
    prefix: None = None
    row: re.Pattern[bytes] = field(init=False)
    _frame: Frame | None = None
    _begun: bool = False
    _key: str = ONLY
    _names: _Names = field(default_factory=_Names)
    _open: bytes = b""
    _open_numbers: Sequence[int] = ()

    def __post_init__(self) -> None:
        self.row = self.table.row()

    def peel(self, block: Block) -> list[tuple[str, Block]]:
        if self._frame is not None and not self._open and (framed := self._framed(self._frame, block)):
            return framed
        data, numbers = b"\n" + block.data, numbers_of(block, 0, block.lines)
        if not self._begun:
            self._begun = True
            heading = min(self.table.heading, block.lines)
            self.dropped_lines += heading
            for _ in range(heading):
                data = data[data.index(b"\n", 1) :]
            numbers = numbers[heading:]
        if self._open:
            data, numbers = self._open + data[1:], [*self._open_numbers, *numbers]
            self._open = b""
        return self._at_once(data, numbers) or list(apart_lines(self._one_by_one(data, numbers)))

    def finish(self) -> Iterator[tuple[str, Block]]:
        if self._open:
            yield from apart_lines(self._others(self._open, self._open_numbers))

    def _framed(self, frame: Frame, block: Block) -> list[tuple[str, Block]]:
        """Read rows that differ in their values only; nothing where there are others."""
        doubled, found = frame.messages(block.data) or (b"", 0)
        text = _undoubled(doubled)
        if text is None or found != block.lines or lines_of(text) != found:
            return []
        return [(self._key, Block(text, block.first_line, block.line_numbers, found))]

    def _at_once(self, data: bytes, numbers: Sequence[int]) -> list[tuple[str, Block]]:
        """Read rows of one line each; nothing where anything else stands between them."""
        step = self.row.groups + 1
        found = self.row.split(data)
        texts = found[self.row.groupindex["text"] :: step]
        if len(texts) != len(numbers) or not texts or texts[-1] is None:
            return []
        names = self._names_in(found[self.row.groupindex["name"] :: step] if step > 2 else [])
        text = _bare_lines(texts)
        if len(set(names)) > 1:
            self._frame = None
            return list(apart(names, text.split(b"\n"), numbers))
        self._frame = self.table.frame(data[data.rfind(b"\n", 0, -1) + 1 : -1])
        return [(self._key, Block(text + b"\n", numbers[0], numbers, len(numbers)))]

    def _names_in(self, cells: list[bytes]) -> list[str]:
        names = list(map(self._names.__getitem__, cells))
        self._key = names[-1] if names else ONLY
        return names

    def _one_by_one(self, data: bytes, numbers: Sequence[int]) -> Iterator[tuple[str, bytes, int]]:
        """Yield the lines of rows; an incomplete row at the end waits for the rest of it."""
        at = place = 0
        for row in self.row.finditer(data):
            if place < row.start():
                yield from self._others(data[place : row.start() + 1], numbers[at:])
                at += data.count(b"\n", place, row.start())
                place = row.start()
            if row["text"] is None and len(row[0]) < _MOST_OPEN:
                self._open, self._open_numbers = row[0], numbers[at:]
                return
            if row["text"] is None:
                break
            place = row.end()
            if self.row.groups > 1:
                self._names_in([row["name"]])
            first = at + data.count(b"\n", row.start() + 1, row.start("text"))
            for below, line in enumerate(_bare(row["text"]).split(b"\n")):
                yield self._key, line, numbers[first + below]
            at += 1 + data.count(b"\n", row.start() + 1, row.end())
        yield from self._others(data[place:], numbers[at:])

    def _others(self, data: bytes, numbers: Sequence[int]) -> Iterator[tuple[str, bytes, int]]:
        """Yield lines that are no rows; ``data`` begins with the line end before them, and ends with their own."""
        lines = data.split(b"\n")[1:-1]
        yield from ((self._key, line, number) for line, number in zip(lines, numbers, strict=False))


class CsvRows(Wrapper):
    """Comma-separated values, mostly with a heading; each container that a column names is one stream."""

    name: ClassVar[str] = "csv"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for a table with lines of Orthanc or DCMTK in a column."""
        return 0.0 if _table(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _RowPeeler(_table(lines) or _Table(b",", 1, 0, heading=1))

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines[1:]:
            if clock := clock_from(line):
                return clock
            if epoch := _EPOCH.match(line):
                return clock_from_epoch(int(epoch[1]))
        return None
