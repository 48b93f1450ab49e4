"""The dataset on disk: sets of parts, one Parquet file a table, written aside and renamed into place.

A *set* holds all rows of some files and is named after their keys: ``findings/part-ID.parquet`` and its sisters. It
counts once ``files/part-ID.parquet`` is there, which is renamed last. A set is never changed: rows of files that have
changed are left out of a new set that takes the place of the old one. Two scans that write at once take turns by a
lock for the moment of the renaming; the system gives the lock back when a scan is killed, and what it left aside is
swept up by the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from loganalyzer.scan.errors import StoreError
from loganalyzer.scan.schemas import TABLES, arrow_schema
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

_ASIDE = ".aside"
_LOCK = ".lock"
_PAGES = "logs"
_SMALL = 2 << 20
_MANY = 16
_PIECE = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A row of ``files`` that matters for what is still to be read."""

    set_id: str
    input: str
    key: str | None
    file_id: str
    version: str | None
    file: str
    size: int | None
    content: str | None
    status: str


class Store:
    """The folder ``OUT``. Raises ``StoreError`` where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fresh: set[str] = set()
        self.aside = folder / _ASIDE / secrets.token_hex(6)
        try:
            for name in (*TABLES, _PAGES):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self.aside.mkdir(parents=True)
            self._alive = FileLock(self.aside / _LOCK)
            self._alive.acquire()
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {reason(error)}") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While this holds, no other scan puts parts in place or takes them away."""
        with FileLock(self.folder / _LOCK):
            yield

    def readings(self) -> list[Reading]:
        """What the sets in place say of files."""
        parts = sorted((self.folder / "files").glob("part-*.parquet"))
        if not parts:
            return []
        import pyarrow.dataset

        columns = ["input", "key", "file_id", "input_version", "file", "input_size", "content", "status"]
        return [
            Reading(path.stem[5:], *row.values())
            for path in parts
            for row in pyarrow.dataset.dataset(path, schema=arrow_schema("files")).to_table(columns).to_pylist()
        ]

    def add(self, tables: Mapping[str, Iterable[pa.Table]], pages: dict[str, bytes]) -> None:
        """Put a set in place, table by table and piece by piece: memory holds one piece.

        Raises ``StoreError`` and leaves nothing when the disk is full.
        """
        try:
            set_id, written = self._written(tables)
            self._fresh.add(set_id)
            for name, page in pages.items():
                self._put(page, self.folder / _PAGES / f"{name}.html")
            with self.locked():
                self._place(set_id, written)
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be written: {reason(error)}") from None

    def _written(self, tables: Mapping[str, Iterable[pa.Table]]) -> tuple[str, dict[str, Path]]:
        """The name of a set that is written aside, and its parts."""
        import pyarrow.parquet as pq

        digest = hashlib.sha256()
        written: dict[str, Path] = {}
        for name, pieces in tables.items():
            written[name] = self.aside / f"{name}-{secrets.token_hex(4)}.parquet"
            with pq.ParquetWriter(written[name], arrow_schema(name), compression="zstd") as writer:
                writer.write_table(arrow_schema(name).empty_table())
                for piece in pieces:
                    writer.write_table(piece)
                    if name == "files":
                        digest.update(repr(piece.select(["key", "file_id", "status", "content"]).to_pydict()).encode())
        return digest.hexdigest()[:16], written

    def _put(self, data: bytes, target: Path) -> None:
        aside = self.aside / secrets.token_hex(6)
        aside.write_bytes(data)
        aside.replace(target)

    def _place(self, set_id: str, written: dict[str, Path]) -> None:
        for name in sorted(written, key=lambda name: name == "files"):
            with written[name].open("rb+") as file:
                os.fsync(file.fileno())
            written[name].replace(self.folder / name / f"part-{set_id}.parquet")

    def tidy(self, current: dict[str, str], gone: frozenset[str], overview: Callable[[], bytes]) -> None:
        """Leave one reading of each file, few parts, nothing that a killed scan left, and the overview of all that.

        ``current`` has the key of each file that this scan found, ``gone`` are files that have another name now.
        Raises ``StoreError``.
        """
        try:
            with self.locked():
                self._sweep()
                self._merge(_kept(self.readings(), current, self._fresh, gone))
                self._sweep_pages()
                self._put(overview(), self.folder / "index.html")
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be written: {reason(error)}") from None

    def _sweep(self) -> None:
        """Parts without their part of ``files`` are the rest of a scan that was killed while it put them in place."""
        complete = {path.name for path in (self.folder / "files").glob("part-*.parquet")}
        for name in TABLES:
            for path in (self.folder / name).glob("part-*.parquet"):
                if path.name not in complete:
                    path.unlink(missing_ok=True)
        for folder in (self.folder / _ASIDE).iterdir():
            with contextlib.suppress(Timeout, OSError), FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)  # whoever wrote there is dead

    def _merge(self, kept: dict[str, tuple[set[str], bool]]) -> None:
        """Write one set instead of those that lost rows and those that are small and many."""
        small = [s for s in kept if self._size(s) < _SMALL]
        changed = {s for s, (_, whole) in kept.items() if not whole}
        old = sorted(changed | (set(small) if len(small) > _MANY or changed & set(small) else set()))
        if not old:
            return
        wanted = {s: kept[s][0] for s in old}
        set_id, written = self._written({name: self._rows(name, wanted) for name in TABLES})
        self._place(set_id, written)
        for name in TABLES:  # files first: a set without its part of it does not count
            for s in old:
                if s != set_id:
                    (self.folder / name / f"part-{s}.parquet").unlink(missing_ok=True)

    def _size(self, set_id: str) -> int:
        return sum((self.folder / name / f"part-{set_id}.parquet").stat().st_size for name in TABLES)

    def _rows(self, name: str, wanted: dict[str, set[str]]) -> Iterator[pa.Table]:
        for s, ids in wanted.items():
            yield from self.rows(name, s, {identifier: identifier for identifier in ids})

    def rows(self, name: str, set_id: str, ids: Mapping[str, str]) -> Iterator[pa.Table]:
        """The rows of a table in a set that have one of these identifiers, with the one that each is given."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.dataset

        old, new = pa.array(list(ids), pa.string()), pa.array(list(ids.values()), pa.string())
        part = pyarrow.dataset.dataset(self.folder / name / f"part-{set_id}.parquet", schema=arrow_schema(name))
        place = part.schema.names.index("file_id")
        for batch in part.to_batches(batch_size=_PIECE, batch_readahead=1, fragment_readahead=0):
            piece = pa.Table.from_batches([batch])
            piece = piece.filter(pc.is_in(piece["file_id"], value_set=old))
            if len(piece):
                named = new.take(pc.index_in(piece["file_id"].combine_chunks(), value_set=old))
                yield piece.set_column(place, piece.schema.field("file_id"), named)

    def page(self, file_id: str) -> bytes | None:
        """The page of a log, where it has one."""
        try:
            return (self.folder / _PAGES / f"{file_id}.html").read_bytes()
        except FileNotFoundError:
            return None

    def _sweep_pages(self) -> None:
        known = {reading.file_id for reading in self.readings()}
        for path in (self.folder / _PAGES).glob("*.html"):
            if path.stem not in known:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove what was written aside and is not needed."""
        self._alive.release()
        shutil.rmtree(self.aside, ignore_errors=True)


def _kept(
    readings: list[Reading], current: dict[str, str], fresh: set[str], gone: frozenset[str]
) -> dict[str, tuple[set[str], bool]]:
    """For each set the identifiers of the rows that stay, and whether those are all.

    Of each input one reading in one set stays: the one with the key that the scan wants, else the one that this scan
    made, else the one of the newer version.
    """
    best: dict[str, tuple[object, ...]] = {}
    for r in readings:
        rank = _rank(r, current, fresh)
        best[r.input] = max(best.get(r.input, rank), rank)
    ids: dict[str, set[str]] = {r.set_id: set() for r in readings}
    lessened: set[str] = set()
    for r in readings:
        if r.input not in gone and _rank(r, current, fresh) == best[r.input]:
            ids[r.set_id].add(r.file_id)
        else:
            lessened.add(r.set_id)
    return {set_id: (stay, set_id not in lessened) for set_id, stay in ids.items()}


def _rank(r: Reading, current: dict[str, str], fresh: set[str]) -> tuple[object, ...]:
    number = int(r.version) if r.version is not None and r.version.isdigit() else 0
    wanted = r.key is not None and current.get(r.input) == r.key
    return (wanted, r.set_id in fresh, number, r.version or "", r.key or "", r.set_id)
