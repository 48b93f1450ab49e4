"""Tables with a column of lines: CSV exports of Grafana, Kibana, Splunk, CloudWatch, Azure, Synology's containers.

The forms are those that the makers document; none of these products has written a file that was tested here.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper, numbers_of
from loganalyzer.sources.wrappers.stamps import clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_BEGINS = re.compile(BEGIN)
_DELIMITERS = (",", ";", "\t")
_HEADING = re.compile(rb'(?:\xef\xbb\xbf)?"?[A-Za-z_@][^\n]{0,2000}$')
_LEAST_COLUMNS = 2
_EPOCH = re.compile(rb'"?(1\d{9})(?:\d{3}(?:\d{6})?)?"?[,;\t]')
_MOST_LINES = 200


class _Table(NamedTuple):
    """What the columns are separated by, how many there are, and in which of them the lines stand (from 0)."""

    delimiter: str
    columns: int
    column: int


def _cells(row: bytes, delimiter: str) -> list[bytes] | None:
    """Return the cells of a row, ``None`` where it is none, or goes on."""
    try:
        (cells,) = csv.reader([row.decode("utf-8", "surrogateescape")], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return None
    return [cell.encode("utf-8", "surrogateescape") for cell in cells]


def _table(lines: Sequence[bytes]) -> _Table | None:
    """Return the table that has its heading in the first line; ``None`` where there is none."""
    if not lines or not _HEADING.match(lines[0]) or _BEGINS.match(lines[0]):
        return None
    for delimiter in _DELIMITERS:
        heading = _cells(lines[0], delimiter)
        if heading is None or len(heading) < _LEAST_COLUMNS:
            continue
        rows = (_cells(line, delimiter) for line in lines[1:])
        # The heading of Windows' event viewer lacks the last column, that of the messages.
        places = Counter(
            (len(row), place)
            for row in rows
            if row is not None and len(row) - len(heading) in (0, 1)
            for place, cell in enumerate(row)
            if _BEGINS.match(cell)
        )
        if places:
            return _Table(delimiter, *places.most_common(1)[0][0])
    return None


@dataclass(slots=True)
class _RowPeeler:
    """Takes one cell of each row. A row may have line ends inside of quotation marks; what is no row stays as it is."""

    table: _Table | None
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)
    _open: list[bytes] = field(default_factory=list)
    _number: int = 0
    _begun: bool = False

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        for line, number in zip(block.data.split(b"\n"), numbers_of(block, 0, block.lines), strict=False):
            if not self._begun:
                self._begun = True
                self.dropped_lines += 1
                continue
            self._number = self._number if self._open else number
            self._open.append(line)
            row = b"\n".join(self._open)
            if row.count(b'"') % 2 and len(self._open) < _MOST_LINES:
                continue
            self._put(row)
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        if self._open:
            self._put(b"\n".join(self._open))
        return self._joiner.finish()

    def _put(self, row: bytes) -> None:
        self._open = []
        cells = _cells(row, self.table.delimiter) if self.table else None
        if self.table and cells is not None and len(cells) == self.table.columns:
            row = cells[self.table.column]
        self._joiner.add(ONLY, self._number, row)


class CsvRows(Wrapper):
    """Comma-separated values with a heading."""

    name: ClassVar[str] = "csv"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for a table with lines of Orthanc or DCMTK in a column."""
        return 0.0 if _table(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _RowPeeler(_table(lines))

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines[1:]:
            if clock := clock_from(line):
                return clock
            if epoch := _EPOCH.match(line):
                return clock_from_epoch(int(epoch[1]))
        return None
