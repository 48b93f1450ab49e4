"""``loganalyzer scan``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.options import FOLDERS
from loganalyzer.cli.output import not_empty

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.scan.executors import Executor
    from loganalyzer.scan.settings import Settings

_PROBLEMS_SAID = 20
_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command("scan")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-o", "--output", metavar="OUT", required=True, callback=not_empty,
    help="The folder of the dataset; an earlier one goes on.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes to read with; one a core.")
@click.option("--scheduler", metavar="URL", help="Read on the Dask cluster with this scheduler (tcp://HOST:8786).")
@click.option("--dask", type=click.Choice(["local"]), help="Read on a Dask cluster that is started on this machine.")
@click.option("--server-from", metavar="REGEX", help="Finds the server's name in a path: its group 'server', or first.")
@click.option("--since", type=_TIME, help="Only logs that reach this time or later ones.")
@click.option("--until", type=_TIME, help="Only logs that begin at this time or earlier.")
@click.option("--year", type=click.IntRange(1990, 2100), help="The year of every log's first line.")
@click.option("--input-format", metavar="NAME", help="How the logs are wrapped, where that is not recognised.")
@FOLDERS
@click.option("--verify", is_flag=True, help="Compare the bytes of known files, too, not only their size and time.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
def scan_command(
    paths: tuple[str, ...], output: str, workers: int | None, scheduler: str | None, dask: str | None,
    server_from: str | None, since: datetime | None, until: datetime | None, year: int | None,
    input_format: str | None, folders: tuple[str, ...], *, verify: bool, quiet: bool,
) -> None:  # fmt: skip
    """Read all logs behind PATHs (folders, globs, archives, URLs) into the dataset OUT, with an overview.

    OUT gets the tables files, runs, associations, operations, findings and unknown as Parquet, and index.html. Only
    what is new or has changed is read again; a scan that was stopped goes on where it was.

    Exit status: 0 nothing failed, 1 failures found, 2 wrong usage, 3 no log could be read, 4 something could not be
    read.
    """
    require_packages()
    from loganalyzer.cli.scan_progress import ScanProgress
    from loganalyzer.scan.errors import MissingPackageError, SchedulerError, StoreError
    from loganalyzer.scan.run import scan
    from loganalyzer.scan.spare import spare_pandas

    spare_pandas()
    if scheduler is not None and dask is not None:
        raise click.UsageError("--scheduler and --dask exclude each other.")
    settings = _settings(folders, server_from, since, until, year, input_format)
    try:
        executor = _executor(workers, scheduler, dask)
        with ScanProgress(quiet=quiet) as progress:
            account = scan(paths, Path(output), settings, executor, progress.take, verify=verify)
    except (StoreError, MissingPackageError, SchedulerError) as wrong:
        raise click.ClickException(str(wrong)) from None
    sys.exit(_conclude(Path(output), account.known, quiet=quiet))


def require_packages() -> None:
    """Raise ``click.ClickException`` where a package that datasets need is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("duckdb", "filelock", "pyarrow") if find_spec(name) is None]
    if missing:
        raise click.ClickException(
            f"this needs {', '.join(missing)}, which this installation lacks: pip install {' '.join(missing)}"
        )


def _settings(
    folders: tuple[str, ...], server_from: str | None, since: datetime | None, until: datetime | None,
    year: int | None, input_format: str | None,
) -> Settings:  # fmt: skip
    import regex

    from loganalyzer.cli.diagnose import patterns_of, reading_options
    from loganalyzer.scan.settings import Settings, fingerprint

    reading_options(year, input_format)
    if server_from is not None:
        try:
            regex.compile(server_from)
        except regex.error as wrong:
            raise click.BadParameter(f"is no regular expression: {wrong}", param_hint="'--server-from'") from None
    patterns = patterns_of(folders)
    return Settings(fingerprint(patterns), patterns.folders[1:], server_from, year, input_format, since, until)


def _executor(workers: int | None, scheduler: str | None, dask: str | None) -> Executor:
    from loganalyzer.scan.executors import Processes
    from loganalyzer.scan.run import load_rest

    number = workers if workers is not None else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if scheduler is not None or dask is not None:
        from loganalyzer.scan.cluster import Cluster

        return Cluster(scheduler, number)
    return Processes(number, load_rest)


def _conclude(output: Path, known: int, *, quiet: bool) -> ExitCode:
    """Say what there is now; return the exit status that goes with it."""
    from loganalyzer.report.visible import visible
    from loganalyzer.scan.dataset import Dataset, answer
    from loganalyzer.scan.overview.questions import FAILED, TOTALS

    connection = Dataset.open(output).connect()
    totals = answer(connection, TOTALS).to_pylist()[0]
    for row in answer(connection, FAILED, [_PROBLEMS_SAID]).to_pylist():
        click.echo(f"loganalyzer: {visible(row['file'])}: {visible(row['reason'])}", err=True)
    if totals["failed"] > _PROBLEMS_SAID:
        click.echo(f"loganalyzer: … and {totals['failed'] - _PROBLEMS_SAID} more, all in {output}/index.html", err=True)
    if not quiet:
        click.echo(
            f"{totals['found']} files found = {totals['read']} read + {totals['skipped']} skipped + "
            f"{totals['failed']} failed; {known} were known already."
        )
        click.echo(f"{totals['with_failures']} logs show failures. Overview: {output}/index.html")
    if not totals["read"] or totals["read"] == totals["not_orthanc"]:
        return ExitCode.UNREADABLE
    if totals["failed"] or totals["incomplete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.FAILURES if totals["with_failures"] else ExitCode.OK
