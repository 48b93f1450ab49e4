"""What the overview shows, asked of the dataset; the template only puts it in place."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from loganalyzer.scan.dataset import answer
from loganalyzer.scan.overview import questions as ask
from loganalyzer.scan.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from loganalyzer.scan.dataset import Dataset

    Row = dict[str, Any]

RECENT = timedelta(days=30)
MOST = 50
LOGS_OF_CAUSE = 20
PROBLEMS = 200
CHANGES = 12
_BARS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in the little chart of a cause: its place and height, of 100, and what it counts."""

    x: float
    width: float
    height: float
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause over the whole dataset. ``change`` is new, vanished, or empty."""

    row: Row
    bars: list[Bar]
    logs: list[Row]
    more: int
    change: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template needs."""

    totals: Row
    statuses: list[Row]
    causes: list[Cause]
    by_server: list[Row]
    by_pair: list[Row]
    slow: list[Row]
    peers: list[Row]
    versions: list[Row]
    levels: list[Row]
    unknown: list[Row]
    servers: list[Row]
    failed: list[Row]
    incomplete: list[Row]
    skipped: list[Row]
    recent_from: datetime | None
    root: str
    pages: frozenset[str]
    most: int = MOST
    problems_shown: int = PROBLEMS
    changes_shown: int = CHANGES

    def below(self, file: str) -> str:
        """The name of a log without what all have in common."""
        return file.removeprefix(self.root) or file

    @property
    def new(self) -> list[Cause]:
        """Causes that came up in the last days of the dataset."""
        return [c for c in self.causes if c.change == "new"]

    @property
    def vanished(self) -> list[Cause]:
        """Causes that were not seen any more in the last days."""
        return [c for c in self.causes if c.change == "vanished"]


def page(dataset: Dataset) -> Page:
    """The page of ``dataset``."""
    connection = dataset.connect()
    connection.execute(ask.OWN)

    def rows(sql: str, *parameters: object) -> list[Row]:
        return _rows(connection, sql, parameters)

    totals = rows(ask.TOTALS)[0]
    first, last = totals["first_time"], totals["last_time"]
    recent = last - RECENT if first is not None and last - first > 2 * RECENT else None
    return Page(
        totals=totals,
        statuses=rows(ask.STATUSES),
        causes=_causes(connection, first, last, recent),
        by_server=rows(ask.BY_SERVER, MOST),
        by_pair=rows(ask.BY_PAIR, MOST),
        slow=rows(QUESTIONS["slow"][1])[:MOST],
        peers=rows(QUESTIONS["peers"][1])[:MOST],
        versions=rows(ask.VERSIONS),
        levels=rows(ask.LEVELS),
        unknown=rows(ask.UNKNOWN, MOST),
        servers=rows(ask.SERVERS, MOST),
        failed=rows(ask.FAILED, PROBLEMS),
        incomplete=rows(ask.INCOMPLETE, PROBLEMS),
        skipped=rows(ask.SKIPPED, MOST),
        recent_from=recent,
        root=_root(totals["first_file"], totals["last_file"]),
        pages=frozenset(path.stem for path in (dataset.folder / "logs").glob("*.html")),
    )


def _root(first: str | None, last: str | None) -> str:
    """The folder that holds all files, of which these are the first and the last by name; empty for none."""
    both = zip((first or "").split("/")[:-1], (last or "").split("/"), strict=False)
    return "".join(f"{name}/" for name, _ in takewhile(lambda names: names[0] == names[1], both))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: tuple[object, ...] = ()) -> list[Row]:
    found: list[Row] = answer(connection, sql, list(parameters)).to_pylist()
    return found


def _causes(
    connection: duckdb.DuckDBPyConnection, first: datetime | None, last: datetime | None, recent: datetime | None
) -> list[Cause]:
    causes = _rows(connection, ask.CAUSES)
    logs: dict[str, list[Row]] = {}
    for row in _rows(connection, ask.LOGS_OF_CAUSES, (LOGS_OF_CAUSE,)):
        logs.setdefault(row["cause"], []).append(row)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(connection, ask.DAYS_OF_CAUSES):
        days[row["cause"]].update({day: n * row["findings"] for day, n in json.loads(row["days"]).items()})
    return [
        Cause(
            row, _bars(days[row["cause"]], first, last), logs.get(row["cause"], []),
            max(0, row["logs"] - LOGS_OF_CAUSE), _change(row, recent),
        )
        for row in causes
    ]  # fmt: skip


def _change(row: Row, recent: datetime | None) -> str:
    if recent is None or row["first_time"] is None:
        return ""
    if row["first_time"] >= recent:
        return "new"
    return "vanished" if row["last_time"] < recent else ""


def _bars(days: Mapping[str, int], first: datetime | None, last: datetime | None) -> list[Bar]:
    """How often, in equal stretches of whole days of the dataset's time; none where that is a single day."""
    if first is None or last is None or first.date() >= last.date():
        return []
    begin = first.date()
    number = (last.date() - begin).days + 1
    stretch = -(-number // _BARS)
    counts = [0] * -(-number // stretch)
    for day, count in days.items():
        at = (date.fromisoformat(day) - begin).days // stretch
        counts[min(len(counts) - 1, max(0, at))] += count
    highest = max(counts) or 1
    step = 100 / len(counts)
    return [
        Bar(round(i * step, 2), round(step * 0.8, 2), round(4 + 96 * n / highest, 1),
            f"{_days(begin + timedelta(days=i * stretch), stretch)}: {n}", n)
        for i, n in enumerate(counts) if n
    ]  # fmt: skip


def _days(begin: date, number: int) -> str:
    return f"{begin}" if number == 1 else f"{begin} – {begin + timedelta(days=number - 1)}"
