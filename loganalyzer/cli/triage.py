"""``loganalyzer triage``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.output import destination, form_of, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.sources.block import Problem
    from loganalyzer.triage.result import Triage

_FORMATS = ("text", "json", "markdown")


@click.command("triage")
@click.argument("posts", nargs=-1, required=True, metavar="POST...")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="What to write; text, unless FILE's ending says otherwise."
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
def triage_command(posts: tuple[str, ...], form: str | None, output: str | None) -> None:
    """Say what POSTs are about, what is missing, and draft an answer; nothing is ever sent.

    A POST is a mail, an mbox, a Maildir, a topic of a forum (JSON of Discourse), a page (HTML) or any text with a log
    in it; - is standard input. Of a mailbox or forum, each thread is a diagnosis of its own.

    Exit status: 0 nothing failed, 1 failures found, 2 wrong usage, 3 not readable or no Orthanc log, 4 incomplete.
    """
    path = destination(output, posts)
    form = form_of(form, path)
    problems: list[Problem] = []
    triages = _triages(posts, problems)
    _complain(problems, triages)
    if form == "json" or any(t.diagnosis.logs or t.facts for t in triages):
        with writing(path) as stream:
            stream.write(_rendered(triages, form).encode("utf-8", "backslashreplace"))
    sys.exit(_status(triages, problems))


def _triages(posts: Sequence[str], problems: list[Problem]) -> list[Triage]:
    from loganalyzer.patternbase import load_patterns
    from loganalyzer.triage.opening import open_posts
    from loganalyzer.triage.result import triage_thread

    patterns = load_patterns()
    with tempfile.TemporaryDirectory(prefix="loganalyzer.") as folder:
        return [triage_thread(thread, patterns) for thread in open_posts(posts, Path(folder), problems)]


def _rendered(triages: Sequence[Triage], form: str) -> str:
    from loganalyzer.triage import render

    if form == "json":
        return render.render_json(triages)
    return render.render_markdown(triages) if form == "markdown" else render.render_text(triages)


def _complain(problems: Sequence[Problem], triages: Sequence[Triage]) -> None:
    """One sentence for each thing that could not be read."""
    from loganalyzer.report.visible import visible

    for problem in [*problems, *(p for t in triages for p in t.diagnosis.problems if p.incomplete)]:
        click.echo(f"loganalyzer: {visible(problem.where)}: {visible(problem.what)}", err=True)
    if not triages and not problems:
        click.echo("loganalyzer: there is no post to read", err=True)
    for triage in triages:
        if not triage.diagnosis.logs and not triage.diagnosis.problems:
            click.echo(f"loganalyzer: {visible(triage.thread)}: holds no text", err=True)


def _status(triages: Sequence[Triage], problems: Sequence[Problem]) -> ExitCode:
    """The gravest of all threads: incomplete, failures, nothing failed; not readable only where nothing else is."""
    found = {exit_code(t.diagnosis) for t in triages}
    if ExitCode.INCOMPLETE in found or (problems and found - {ExitCode.UNREADABLE}):
        return ExitCode.INCOMPLETE
    for status in (ExitCode.FAILURES, ExitCode.OK):
        if status in found:
            return status
    return ExitCode.UNREADABLE
