"""``loganalyzer query`` and ``top``: questions to the dataset of a scan."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.options import OUTPUT
from loganalyzer.cli.output import destination, writing
from loganalyzer.cli.scan import require_packages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

FORMATS = ("table", "csv", "json")
TOPS = ("causes", "peers", "errors", "slow")
_WIDEST = 60


@click.command("query")
@click.argument("dataset", metavar="OUT")
@click.argument("sql")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", help="What to write.")
@OUTPUT
def query_command(dataset: str, sql: str, form: str, output: str | None) -> None:
    """Ask the dataset OUT of a scan by SQL (DuckDB); its tables are files, runs, associations, operations, findings,
    unknown.

    A question sees these tables and nothing else of this machine. docs/scan.md lists the columns.

    Exit status: 0 answered, 2 wrong usage, 3 there is no dataset.
    """  # noqa: D205 -- click folds it
    _answer(dataset, sql, None, form, output)


@click.command("top")
@click.argument("what", type=click.Choice(TOPS))
@click.argument("dataset", metavar="OUT")
@click.option("--limit", type=click.IntRange(1, 1_000_000_000), default=20, show_default=True, help="How many rows.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", help="What to write.")
@OUTPUT
def top_command(what: str, dataset: str, limit: int, form: str, output: str | None) -> None:
    """Ask the dataset OUT of a scan for the most frequent causes, the peers, the errors that no pattern knows, or the
    slow peers.

    Exit status: 0 answered, 2 wrong usage, 3 there is no dataset.
    """  # noqa: D205 -- click folds it
    from loganalyzer.scan.questions import QUESTIONS

    _answer(dataset, QUESTIONS[what][1], limit, form, output)


def _answer(folder: str, sql: str, limit: int | None, form: str, output: str | None) -> None:
    require_packages()
    from loganalyzer.scan.dataset import Dataset
    from loganalyzer.scan.errors import DatasetError

    path = destination(output, ())
    try:
        dataset = Dataset.open(folder)
    except DatasetError as wrong:
        click.echo(f"loganalyzer: {wrong}", err=True)
        sys.exit(ExitCode.UNREADABLE)
    try:
        table = dataset.query(sql)
    except DatasetError as wrong:
        raise click.ClickException(str(wrong)) from None
    data = _rendered(table if limit is None else table.slice(0, limit), form)
    with writing(path) as stream:
        stream.write(data)


def _rendered(table: pa.Table, form: str) -> bytes:
    if form == "csv":
        from loganalyzer.tables.csv import write_csv

        return write_csv(table.to_pandas())
    rows = [list(row.values()) for row in table.to_pylist()] if table.num_columns else []
    if form == "json":
        found = [dict(zip(table.column_names, row, strict=True)) for row in rows]
        return (json.dumps(found, indent=1, default=_plain, ensure_ascii=True) + "\n").encode()
    return ("\n".join(_lines(table.column_names, rows)) + "\n").encode("utf-8", "backslashreplace")


def _plain(value: Any) -> str:  # noqa: ANN401 - what a database may give
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lines(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    from loganalyzer.report.visible import columns

    cells = [list(names), *([_cell(v) for v in row] for row in rows)]
    widths = [max(columns(row[i]) for row in cells) for i in range(len(names))]
    right = [all(isinstance(row[i], int | float) or row[i] is None for row in rows) for i in range(len(names))]
    lines = [_line(row, widths, right) for row in cells]
    return [lines[0], "  ".join("-" * w for w in widths), *(lines[1:] or ["(none)"])]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    from loganalyzer.report.visible import columns

    padded = (
        " " * (w - columns(c)) + c if r else c + " " * (w - columns(c))
        for c, w, r in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()


def _cell(value: Any) -> str:  # noqa: ANN401 - what a database may give
    from loganalyzer.report.visible import visible

    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return visible(_plain(value), _WIDEST)
