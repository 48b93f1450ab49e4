"""``loganalyzer diagnose``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loganalyzer.cli.exit_codes import exit_code
from loganalyzer.cli.output import write_output


@click.command("diagnose")
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=str, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["text", "json", "html", "markdown"]), default="text", help="What to write.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there instead of to stdout.")
@click.option("--year", type=click.IntRange(1990, 2100), help="The year of the log's first line; Orthanc does not write it.")
def diagnose_command(logs: tuple[str, ...], form: str, output: Path | None, year: int | None) -> None:
    """Say what is wrong in LOGS (files, folders, archives, or - for standard input).

    Exit status: 0 nothing failed, 1 failures found, 2 wrong usage, 3 not readable or no Orthanc log, 4 incomplete.
    """
    from loganalyzer.diagnosis.build import diagnose_paths
    from loganalyzer.sources import ReadOptions

    diagnosis = diagnose_paths(logs, options=ReadOptions(year=year))
    code = exit_code(diagnosis)
    if code == 3:  # noqa: PLR2004 - see exit_codes
        for problem in diagnosis.problems:
            click.echo(f"loganalyzer: {problem.where}: {problem.what}", err=True)
    write_output(diagnosis, form, output)
    sys.exit(code)
