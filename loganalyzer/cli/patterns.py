"""``loganalyzer patterns``: for those who add what this program does not know yet."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.options import FOLDERS, TEXT_OR_JSON
from loganalyzer.cli.output import say_problems
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.faults import Fault
    from loganalyzer.workbench.coverage import Share
    from loganalyzer.workbench.unknown import Account, Unknown

_SHOWN_MISSING = 20


@click.group("patterns")
def patterns_command() -> None:
    """List, check, test and write the patterns by which logs are judged."""


def _load(folders: tuple[str, ...], *, samples: bool = False, strict: bool = False) -> PatternBase:
    from loganalyzer.patternbase.load import PatternError, load_all_patterns

    try:
        return load_all_patterns(*folders, samples=samples, strict=strict)
    except PatternError as wrong:
        _refuse(wrong.faults)


def _refuse(faults: list[Fault]) -> NoReturn:
    from loganalyzer.report.visible import visible

    for fault in faults:
        click.echo(visible(str(fault)), err=True)
    click.echo(f"{len(faults)} fault{'s' if len(faults) != 1 else ''}.", err=True)
    sys.exit(ExitCode.FAILURES)


@patterns_command.command("list")
@FOLDERS
@click.option("--cause", help="Only signatures of this cause.")
@TEXT_OR_JSON
def list_patterns(folders: tuple[str, ...], cause: str | None, form: str) -> None:
    """List the signatures: code, name, cause, severity and title."""
    base = _load(folders)
    found = sorted((s for s in base.signatures if cause in (None, s.cause)), key=lambda s: s.code)
    if not found:
        from loganalyzer.patternbase.faults import did_you_mean

        message = f"no signature has the cause {cause!r}{did_you_mean(str(cause), base.causes)}"
        raise click.UsageError(message)
    if form == "json":
        keys = ("code", "name", "cause", "title", "severity", "confidence", "on", "where")
        click.echo(json.dumps([{k: getattr(s, k) for k in keys} for s in found], indent=1, ensure_ascii=False))
        return
    for s in found:
        click.echo(f"{s.code:8} {s.severity:8} {s.name}  ({s.cause})  {s.title}")


@patterns_command.command("show")
@click.argument("code")
@FOLDERS
def show_pattern(code: str, folders: tuple[str, ...]) -> None:
    """Show the signature CODE (or its name): when it holds, the wordings that it knows, and real lines."""
    from loganalyzer.patternbase.faults import did_you_mean
    from loganalyzer.workbench.sheet import sheet_of

    base = _load(folders, samples=True)
    signature = base.signature(code) or base.signature(code.upper())
    if signature is None:
        known = [w for s in base.signatures for w in (s.code, s.name)]
        message = f"no signature {code!r}{did_you_mean(code, known)}"
        raise click.UsageError(message)
    click.echo(sheet_of(signature, base))


@patterns_command.command("check")
@click.argument("folders", nargs=-1, metavar="[DIR]...")
def check_patterns(folders: tuple[str, ...]) -> None:
    """Check the form of all patterns, those in DIR included: exit status 1 and the place of each fault, or 0."""
    from loganalyzer.workbench.consistency import consistency_faults

    base = _load(folders, samples=True, strict=True)
    faults = consistency_faults(base)
    if faults:
        _refuse(faults)
    counts = f"{len(base.events)} messages, {len(base.signatures)} signatures and {len(base.causes)} causes"
    click.echo(f"{counts} are sound.")


@patterns_command.command("test")
@click.argument("folders", nargs=-1, metavar="[DIR]...")
@click.option("--healthy", metavar="LOG", multiple=True, help="A log or folder of logs on which all must stay silent.")
def test_patterns(folders: tuple[str, ...], healthy: tuple[str, ...]) -> None:
    """Test that each sample line is what its pattern says and nothing else, and that healthy logs stay silent."""
    from loganalyzer.workbench.samples import sample_faults
    from loganalyzer.workbench.silence import noise_on

    base = _load(folders, samples=True, strict=True)
    faults = sample_faults(base)
    faults += noise_on(healthy, base) if healthy else []
    if faults:
        _refuse(faults)
    count = len({(p.where, s.line) for p in base.events for s in p.samples})
    click.echo(f"{count} sample lines are what their patterns say." + (" Healthy logs stay silent." if healthy else ""))


@patterns_command.command("coverage")
@FOLDERS
@click.option("--missing", is_flag=True, help="List all that is not recognised.")
@TEXT_OR_JSON
def coverage(folders: tuple[str, ...], form: str, *, missing: bool) -> None:
    """Measure how much of what Orthanc and DCMTK can print is recognised; exit status 1 when less than committed."""
    from loganalyzer.workbench.coverage import floors, measure

    try:
        shares, least = measure(_load(folders)), floors()
    except FileNotFoundError as e:
        message = f"this installation has no vocabulary to measure with: {e.filename}"
        raise click.ClickException(message) from None
    below = [s for s in shares if s.share < least.get(s.source, 0.0)]
    if form == "json":
        click.echo(json.dumps([_share_row(s, least.get(s.source, 0.0)) for s in shares], indent=1, ensure_ascii=False))
    else:
        _print_shares(shares, least, missing=missing)
    sys.exit(ExitCode.FAILURES if below else ExitCode.OK)


def _share_row(s: Share, floor: float) -> dict[str, object]:
    return {
        "source": s.source, "total": s.total, "judged": s.judged, "harmless": s.harmless, "by_class": s.by_class,
        "share": s.share, "floor": floor, "missing": s.missing,
    }  # fmt: skip


def _print_shares(shares: list[Share], least: dict[str, float], *, missing: bool) -> None:
    click.echo(f"{'':24} {'can be said':>11} {'judged':>7} {'harmless':>9} {'by class':>9}  recognised")
    for s in shares:
        low = "" if s.share >= least.get(s.source, 0.0) else f"  below the committed {least[s.source]:.1%}"
        click.echo(f"{s.source:24} {s.total:11} {s.judged:7} {s.harmless:9} {s.by_class:9}  {s.share:.1%}{low}")
        for text in s.missing if missing else s.missing[:_SHOWN_MISSING] if low else []:
            click.echo(f"    not recognised: {text}")


@patterns_command.command("new")
@click.option("--from-line", "line", required=True, metavar="LINE", help="The line of the log that nothing knows yet.")
@click.option("--code", default="SITE1", show_default=True, help="The code of the new signature.")
@click.option("--name", default="my-pattern", show_default=True, help="Its name.")
@click.option("--cause", default="orthanc-internal-error", show_default=True, help="What is wrong when it holds.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this new file.")
def new_pattern(line: str, code: str, name: str, cause: str, output: Path | None) -> None:
    """Write the draft of a pattern module for one line of a log, without the line's own values."""
    from loganalyzer.events.template import TemplateError
    from loganalyzer.workbench.scaffold import scaffold

    try:
        text = scaffold(line, code=code, name=name, cause=cause)
    except TemplateError as e:
        raise click.UsageError(str(e)) from None
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {reason(error)}") from None
    click.echo(f"{output} is written: edit it, then run 'loganalyzer patterns test {output.parent}'.")


@patterns_command.command("try")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
def try_pattern(file: Path, logs: tuple[str, ...]) -> None:
    """Try the patterns of FILE on LOGs: what they find, and how many lines they take."""
    from loganalyzer.report.visible import visible
    from loganalyzer.workbench.trial import try_patterns

    base = _load((str(file),), samples=True, strict=True)
    trial = try_patterns(base, f"{file.resolve().parent.name}/{file.name}", logs)
    say_problems(trial.problems)
    for event, count in trial.matched.most_common():
        click.echo(f"{event}: {count} of {trial.lines} lines")
        for example in trial.examples[event]:
            click.echo(f"    {visible(example, 300)}")
    if not trial.matched:
        click.echo(f"None of the {trial.lines} lines is one of its messages.")
    for finding in trial.findings:
        explained = f", explained by {finding.explained_by}" if finding.explained_by else ""
        click.echo(f"{finding.severity} {finding.code}: {visible(finding.title)} ({finding.count} times{explained})")
    for name in trial.silent:
        click.echo(f"silent: {name}")
    sys.exit(ExitCode.INCOMPLETE if any(p.incomplete for p in trial.problems) else ExitCode.OK)


@patterns_command.command("unknown")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@FOLDERS
@TEXT_OR_JSON
def unknown(logs: tuple[str, ...], folders: tuple[str, ...], form: str) -> None:
    """Group the warnings and errors of LOGs that nothing knows yet, by template, without their values."""
    from loganalyzer.workbench.unknown import account_of

    account = account_of(logs, _load(folders))
    say_problems(account.problems)
    if form == "json":
        click.echo(json.dumps(_account_row(account), indent=1, ensure_ascii=False))
    else:
        _print_account(account)
    if not account.logs:
        sys.exit(ExitCode.UNREADABLE)
    sys.exit(ExitCode.INCOMPLETE if any(p.incomplete for p in account.problems) else ExitCode.OK)


def _account_row(account: Account) -> dict[str, object]:
    return {
        "warnings_and_errors": account.alarms,
        "recognised": account.recognised,
        "unknown": [_unknown_row(u) for u in account.unknown],
        "by_class": [_unknown_row(u) for u in account.by_class],
    }


def _unknown_row(u: Unknown) -> dict[str, object]:
    return {
        "template": u.template, "count": u.count, "example": u.example, "line": u.line, "log": u.log, "level": u.level,
        "file": u.file,
    }  # fmt: skip


def _print_account(account: Account) -> None:
    from loganalyzer.report.visible import visible

    click.echo(f"{account.recognised} of {account.alarms} warnings and errors are recognised.")
    for title, found in (("Nothing knows:", account.unknown), ("Only known by its class:", account.by_class)):
        if found:
            click.echo(title)
        for u in found:
            click.echo(f"  {u.count:6}  {u.level}  {visible(u.template)}  (first in line {u.line} of {visible(u.log)})")
    if account.unknown:
        click.echo("Add one: loganalyzer patterns new --from-line 'LINE' (see docs/patterns.md)")
