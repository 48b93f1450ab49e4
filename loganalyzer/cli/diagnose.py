"""``loganalyzer diagnose``."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from loganalyzer.cli.completion import complete_input_format
from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.options import FOLDERS, OUTPUT
from loganalyzer.cli.output import FORMATS, destination, form_of, look_of, write_diagnosis
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.sources.options import ReadOptions

_NARROWEST, _WIDEST = 40, 1000
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@click.command("diagnose")
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="What to write; text, unless FILE's ending says otherwise."
)
@OUTPUT
@click.option("-v", "--verbose", is_flag=True, help="Show all findings, the associations and the checklist.")
@click.option("--year", type=click.IntRange(1990, 2100), help="The year of the log's first line; Orthanc writes none.")
@click.option(
    "--input-format", metavar="NAME", shell_complete=complete_input_format,
    help="How the log is wrapped, where that is not recognised.",
)  # fmt: skip
@click.option(
    "--limit", "limits", metavar="NAME=NUMBER", multiple=True,
    help="Another limit for reading than the usual one, by the name that a message gives it: max_ratio=1000 (bytes, "
    "seconds); may be given repeatedly.",
)  # fmt: skip
@FOLDERS
@click.option(
    "--config", "configuration", metavar="PATH", multiple=True,
    help="Orthanc's configuration, to be held against LOGS: a file, a folder, or the address of a running Orthanc "
    "(http://localhost:8042), which is then asked; may be given repeatedly.",
)  # fmt: skip
@click.option(
    "--baseline", metavar="FILE",
    help="Findings that are known and accepted: an earlier diagnosis as JSON, or a file with a fingerprint a line.",
)  # fmt: skip
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours; auto: on a terminal."
)
@click.option("--width", type=click.IntRange(_NARROWEST, _WIDEST), help="Columns of the text; the terminal's or 100.")
def diagnose_command(
    logs: tuple[str, ...],
    form: str | None,
    output: str | None,
    folders: tuple[str, ...],
    configuration: tuple[str, ...],
    baseline: str | None,
    input_format: str | None,
    limits: tuple[str, ...],
    year: int | None,
    color: str,
    width: int | None,
    *,
    verbose: bool,
) -> None:
    """Say what is wrong in LOGS (files, folders, archives, or - for standard input).

    Logs that are given together are one diagnosis.

    Exit status: 0 nothing failed, 1 failures found, 2 wrong usage, 3 not readable or no Orthanc log, 4 incomplete.
    """
    path = destination(output, logs)
    form = form_of(form, path)
    look = look_of(color=color, width=width, verbose=verbose, output=path)
    accepted = _accepted(baseline)
    options = reading_options(year, input_format, limits)
    diagnosis = _diagnosis(logs, patterns_of(folders), options, configuration)
    if accepted is not None:
        from loganalyzer.comparison.baseline import accept

        diagnosis = accept(diagnosis, accepted)
    status = exit_code(diagnosis)
    shown = status is not ExitCode.UNREADABLE or form == "json" or _is_of_another_program(diagnosis)
    told = shown and form == "text" and path is None
    if not told and status in (ExitCode.UNREADABLE, ExitCode.INCOMPLETE):
        for sentence in _complaints(diagnosis):
            click.echo(f"loganalyzer: {sentence}", err=True)
    if shown:
        write_diagnosis(diagnosis, form, path, look)
    sys.exit(status)


def reading_options(year: int | None, input_format: str | None, limits: Sequence[str] = ()) -> ReadOptions:
    """How to read, as asked for. Raises ``click.BadParameter``."""
    from loganalyzer.sources.options import LIMITS, ReadOptions

    if input_format is not None:
        _check_format(input_format)
    changed: dict[str, Any] = {}
    for limit in limits:
        name, _, number = limit.partition("=")
        if name not in LIMITS or not _NUMBER.fullmatch(number):
            message = f"{limit!r} is no NAME=NUMBER with a number from 1 on and one of {', '.join(LIMITS)}."
            raise click.BadParameter(message, param_hint="'--limit'")
        changed[name] = int(number)
    return replace(ReadOptions(year=year, input_format=input_format), **changed)


def _check_format(input_format: str) -> None:
    from loganalyzer.sources.wrappers import input_formats

    for name in input_format.split("+"):
        if name not in input_formats():
            known = ", ".join(input_formats())
            message = f"{name!r} is none of {known} (several: joined by +)."
            raise click.BadParameter(message, param_hint="'--input-format'")


def patterns_of(folders: tuple[str, ...]) -> PatternBase:
    """The patterns of the program, of this user and of ``folders``. Raises ``click.ClickException``."""
    from loganalyzer.patternbase.load import PatternError, load_all_patterns
    from loganalyzer.report.visible import visible

    try:
        return load_all_patterns(*folders, strict=bool(folders))
    except PatternError as wrong:
        faults = "\n".join(visible(str(fault)) for fault in wrong.faults)
        raise click.ClickException(f"the patterns cannot be used:\n{faults}") from None


def _diagnosis(
    logs: tuple[str, ...], patterns: PatternBase, options: ReadOptions, configuration: tuple[str, ...]
) -> Diagnosis:
    from loganalyzer.cli.progress import Progress
    from loganalyzer.diagnosis.build import diagnose_opened
    from loganalyzer.sources.opening import open_logs

    checked = None
    if configuration:
        from loganalyzer.config.check import CheckedConfiguration

        checked = CheckedConfiguration.read(_with_passwords(configuration))
    with Progress() as progress:
        opened = open_logs(logs, options)
        return diagnose_opened(opened, patterns=patterns, progress=progress.read, configuration=checked)


def _is_of_another_program(diagnosis: Diagnosis) -> bool:
    """Whether there is something to show of what is no log of Orthanc: another server's associations."""
    from loganalyzer.dialects.products import of_another_program

    return any(of_another_program(log.product) for log in diagnosis.logs)


def _accepted(baseline: str | None) -> frozenset[str] | None:
    from loganalyzer.comparison.compare import DocumentError

    if baseline is None:
        return None
    from loganalyzer.comparison.baseline import known_fingerprints

    try:
        return known_fingerprints(baseline)
    except DocumentError as error:
        raise click.ClickException(str(error)) from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the baseline {baseline!r} cannot be read: {reason(error)}") from None


def _with_passwords(configuration: tuple[str, ...]) -> list[str]:
    """The sources of the configuration; passwords that addresses lack are asked for, and shown nowhere."""
    import warnings

    from loganalyzer.config.live import is_live, lacks_password, with_password

    def complete(source: str) -> str:
        if not source:
            raise click.BadParameter("an empty name is no configuration.", param_hint="'--config'")
        if not (is_live(source) and lacks_password(source)):
            return source
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # getpass warns where there is no terminal
                phrase = click.prompt("Password for Orthanc", hide_input=True, err=True, default="", show_default=False)
        except click.Abort:
            raise click.ClickException("no password was given for the Orthanc that --config names.") from None
        return with_password(source, phrase)

    return [complete(source) for source in configuration]


def _complaints(diagnosis: Diagnosis) -> Iterator[str]:
    """One sentence for each thing that could not be read, and for each log that is none of Orthanc."""
    from loganalyzer.report.visible import visible

    for problem in diagnosis.problems:
        yield f"{visible(problem.where)}: {visible(problem.what)}"
    for log in diagnosis.logs:
        said = any(problem.where.startswith(log.name) for problem in diagnosis.problems)
        if log.product == "unknown" and not said:
            yield f"{visible(log.name)}: is no Orthanc log; none of its lines ({log.lines} read) was written by Orthanc"
