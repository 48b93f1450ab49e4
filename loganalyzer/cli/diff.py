"""``loganalyzer diff``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.options import TEXT_OR_JSON
from loganalyzer.cli.output import say_problems
from loganalyzer.report.visible import visible
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from loganalyzer.comparison.compare import Comparison, Known


@click.command("diff")
@click.argument("old")
@click.argument("new")
@TEXT_OR_JSON
def diff_command(old: str, new: str, form: str) -> None:
    """Compare two diagnoses: what NEW has that OLD had not, what is gone, what has changed.

    OLD and NEW are logs, or documents that "diagnose --format json" wrote.

    Exit status: 0 nothing new, 1 something is new, 2 wrong usage, 3 not readable, 4 incomplete.
    """
    from loganalyzer.comparison.compare import compare

    (before, first), (after, second) = _findings(old), _findings(new)
    comparison = compare(before, after)
    if form == "json":
        click.echo(json.dumps(asdict(comparison), indent=1))
    else:
        _show(comparison)
    worst = max(first, second)
    sys.exit(worst if worst > ExitCode.USAGE else ExitCode.FAILURES if comparison.new else ExitCode.OK)


def _findings(path: str) -> tuple[list[Known], ExitCode]:
    from loganalyzer.comparison.compare import DocumentError, Known, findings_of_document
    from loganalyzer.diagnosis.build import diagnose

    try:
        found = findings_of_document(path)
    except DocumentError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{visible(path)} cannot be read: {reason(error)}") from None
    if found is not None:
        return found, ExitCode.OK
    diagnosis = diagnose(path)
    say_problems(diagnosis.problems)
    known = [
        Known(f.fingerprint, f.code, f.signature, f.cause, f.title, str(f.severity), str(f.confidence), f.count)
        for f in diagnosis.findings
    ]
    return known, exit_code(diagnosis)


def _show(comparison: Comparison) -> None:
    from loganalyzer.texts import texts

    t = texts()
    for word, mark, findings in (("command.new", "+", comparison.new), ("command.gone", "-", comparison.gone)):
        for f in findings:
            said = visible(f"{f.code} {f.cause} ({f.severity}): {f.title}", 400)
            click.echo(f"{mark} {t(word)}: {said} [{f.count}x]")
    for change in comparison.changed:
        said = f"{change.finding.code} {change.finding.cause}: {', '.join(change.what)}"
        click.echo(f"~ {t('command.changed')}: {visible(said, 400)}")
    click.echo(t.count("command.same", len(comparison.same)))
