"""What a worker gives back: rows as compressed Arrow, small enough to travel and to wait."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.scan.rows import table_of
from loganalyzer.scan.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from loganalyzer.scan.rows import Row

_CHUNK_ROWS = 5_000
_IN_MEMORY = 8 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table as an Arrow IPC stream, compressed: ``data``, or a file at ``path``."""

    table: str
    rows: int
    data: bytes = b""
    path: Path | None = None

    def read(self) -> pa.Table:
        """The rows; a file is gone afterwards."""
        import pyarrow as pa

        if self.path is None:
            return pa.ipc.open_stream(self.data).read_all()
        with pa.OSFile(str(self.path)) as file:
            table = pa.ipc.open_stream(file).read_all()
        self.path.unlink(missing_ok=True)
        return table


@dataclass(frozen=True, slots=True)
class Page:
    """The diagnosis of a log as HTML, and the causes that it shows."""

    html: bytes
    causes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a unit, and the pages of some of its logs, by their identifiers, with the causes that each shows."""

    chunks: tuple[Chunk, ...]
    pages: dict[str, Page]

    def tables(self, name: str) -> Iterator[pa.Table]:
        """The rows of one table."""
        return (chunk.read() for chunk in self.chunks if chunk.table == name)

    def count(self, name: str) -> int:
        """How many rows of one table there are."""
        return sum(chunk.rows for chunk in self.chunks if chunk.table == name)


@dataclass(slots=True)
class Rows:
    """Collects rows; turns them into chunks, and writes these to ``spool`` when they become many."""

    spool: Path | None = None
    _waiting: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    _chunks: list[Chunk] = field(default_factory=list)
    _bytes: int = 0

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Takes rows of a table."""
        waiting = self._waiting[table]
        for row in rows:
            waiting.append(row)
            if len(waiting) >= _CHUNK_ROWS:
                self._pack(table)

    def absorb(self, other: Rows) -> None:
        """Takes all that another one holds."""
        self._chunks += other._chunks
        self._bytes += other._bytes
        for table, rows in other._waiting.items():
            self.add(table, rows)

    def forget(self) -> None:
        """Gives up all that it holds."""
        for chunk in self._chunks:
            if chunk.path is not None:
                chunk.path.unlink(missing_ok=True)
        self._chunks.clear()
        for rows in self._waiting.values():
            rows.clear()

    def result(self, pages: dict[str, Page]) -> Result:
        """All of it."""
        for table, rows in self._waiting.items():
            if rows:
                self._pack(table)
        return Result(tuple(self._chunks), pages)

    def _pack(self, table: str) -> None:
        rows = self._waiting[table]
        data = _packed(table_of(table, rows))
        path = None
        self._bytes += len(data)
        if self.spool is not None and self._bytes > _IN_MEMORY:
            path = self.spool / f"{table}-{secrets.token_hex(8)}.arrow"
            path.write_bytes(data)
            self._bytes -= len(data)
        self._chunks.append(Chunk(table, len(rows), b"" if path else data, path))
        rows.clear()


def _packed(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data
