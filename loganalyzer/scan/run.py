"""The scan as a whole: plan, map, reduce."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.scan.file_rows import file_id, file_row
from loganalyzer.scan.inputs import Input, discover
from loganalyzer.scan.known import Known, Moves
from loganalyzer.scan.result import Rows
from loganalyzer.scan.schemas import TABLES
from loganalyzer.scan.store import Store
from loganalyzer.scan.units import units_of
from loganalyzer.sources.year import date_from, started_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from loganalyzer.scan.executors import Executor
    from loganalyzer.scan.inputs import Found
    from loganalyzer.scan.result import Chunk, Result
    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.units import Unit

    Report = Callable[["Account"], None]

_FLUSH_S = 20.0
_FLUSH_ROWS = 200_000
_PAGES_OF_CAUSE = 10
_MOST_PAGES = 1000


@dataclass(slots=True)
class Account:
    """How far a scan is. Sizes are bytes; ``known`` files need not be read again."""

    files: int = 0
    known: int = 0
    done: int = 0
    bytes: int = 0
    bytes_done: int = 0
    pages: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began


def scan(
    paths: Sequence[str], output: Path, settings: Settings, executor: Executor, report: Report = lambda _: None, *,
    verify: bool = False,
) -> Account:  # fmt: skip
    """Bring the dataset in ``output`` up to date with ``paths``; ``verify`` compares the bytes of known files, too.

    Raises ``StoreError`` where it cannot be written. Whatever ends it, what was read before is kept and in order.
    """
    store = Store(output)
    reducer = _Reducer(store, report, same_disk=executor.same_disk)
    current: dict[str, str] = {}
    try:
        found = discover(paths, output)
        known, moves = Known(store.readings(), settings), Moves(settings)
        wanted = list(_wanted(found, settings, known, reducer, current, moves, verify=verify))
        moves.write(store)
        known.mended(paths, current)
        known.spelled_anew(found.inputs)
        reducer.gone = frozenset(known.gone)
        reducer.account.bytes = sum(one.size for one, _ in wanted)
        report(reducer.account)
        units = sorted(units_of(wanted), key=lambda unit: unit.size, reverse=True)  # nobody waits for a large last one
        for unit, result in executor.run(reducer.fed(units), settings):
            reducer.take(unit, result)
    finally:
        try:
            reducer.finish(current)
        finally:
            store.close()
    return reducer.account


def load_rest() -> None:
    """Load what is needed when all is read, for who has to wait anyway: half a second."""
    import duckdb  # noqa: F401
    import pyarrow.dataset
    import pyarrow.parquet  # noqa: F401

    from loganalyzer.scan.overview import overview_template

    overview_template()


def _wanted(
    found: Found, settings: Settings, known: Known, reducer: _Reducer, current: dict[str, str], moves: Moves, *,
    verify: bool,
) -> Iterator[tuple[Input, str]]:  # fmt: skip
    """The files to read, with their keys; the others are accounted for."""
    for status, problems in (("skipped", found.skipped), ("failed", found.failed)):
        for problem in dict.fromkeys(problems):  # a path may be named twice
            reducer.note(Input(problem.where, 0, ""), status, problem.what, known.keys, current)
    for one in found.inputs:
        key = settings.key(one)
        current[one.name] = key
        reducer.account.files += 1
        if key in known.keys and not (verify and known.has_other_bytes(one, key)):
            reducer.account.known += 1
        elif settings.outside(started_from(one.name) or date_from(one.name), one.modified):
            reducer.note(one, "skipped", "lies outside of the period asked for", known.keys, current)
        elif reading := known.reading_of(one):
            reducer.account.known += 1
            moves.add(one, key, reading)
        else:
            yield one, key


class _Reducer:
    """Takes the results and puts them in place, a set of parts for every so many rows or seconds."""

    def __init__(self, store: Store, report: Report, *, same_disk: bool) -> None:
        self.account = Account()
        self.gone = frozenset[str]()
        self._spool = str(store.aside) if same_disk else None
        self._store = store
        self._report = report
        self._waiting: dict[str, list[Chunk]] = {name: [] for name in TABLES}
        self._rows = 0
        self._notes = Rows()
        self._pages: dict[str, bytes] = {}
        self._shown: Counter[str] = Counter()
        self._flushed = time.monotonic()

    def fed(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """The units, told which causes have pages enough."""
        for unit in units:
            shown = frozenset(c for c, n in self._shown.items() if n >= _PAGES_OF_CAUSE)
            yield replace(unit, shown=shown, spool=self._spool, of=self.account.bytes)

    def note(self, one: Input, status: str, why: str, known: set[str], current: dict[str, str]) -> None:
        """A row for what is not read; one that is there already is not written again."""
        key = hashlib.sha256(repr((one.name, one.version, status, why)).encode("utf-8", "backslashreplace")).hexdigest()
        current[one.name] = key[:24]
        if key[:24] not in known:
            self._notes.add("files", [file_row((one.name, file_id(one, one.name), None), one, key[:24], status, why)])

    def take(self, unit: Unit, result: Result) -> None:
        """Takes what a worker found."""
        for chunk in result.chunks:
            self._waiting[chunk.table].append(chunk)
            self._rows += chunk.rows
        if self.account.pages + len(self._pages) < _MOST_PAGES:
            for name, page in result.pages.items():
                self._pages[name] = page.html
                self._shown.update(page.causes)
        self.account.done += len(unit.inputs)
        self.account.bytes_done += unit.size
        self._report(self.account)
        if self._rows >= _FLUSH_ROWS or time.monotonic() - self._flushed > _FLUSH_S:
            self._flush()

    def _flush(self) -> None:
        waiting, pages = self._waiting, self._pages
        self._waiting, self._pages, self._rows = {name: [] for name in TABLES}, {}, 0
        if waiting["files"]:
            self._store.add({name: (chunk.read() for chunk in chunks) for name, chunks in waiting.items()}, pages)
        self.account.pages += len(pages)
        self._flushed = time.monotonic()

    def finish(self, current: dict[str, str]) -> None:
        """Puts the rest in place, and the overview."""
        from loganalyzer.scan.overview import render_overview

        self._waiting["files"] += self._notes.result({}).chunks
        self._flush()
        if not any((self._store.folder / "files").glob("part-*.parquet")):
            self._store.add(dict.fromkeys(TABLES, ()), {})
        self._store.tidy(current, self.gone, lambda: render_overview(self._store.folder))
        self._report(self.account)
