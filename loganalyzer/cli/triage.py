"""``loganalyzer triage``."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.options import OUTPUT
from loganalyzer.cli.output import destination, encoding_of, form_of, writing

if TYPE_CHECKING:
    from loganalyzer.sources.block import Problem
    from loganalyzer.triage.result import Triage

_FORMATS = ("text", "json", "markdown", "html", "csv")


@click.command("triage")
@click.argument("posts", nargs=-1, required=True, metavar="POST...")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="What to write; text, unless FILE's ending says otherwise."
)
@OUTPUT
def triage_command(posts: tuple[str, ...], form: str | None, output: str | None) -> None:
    """Say what POSTs are about, what is missing, and draft an answer; nothing is ever sent.

    A POST is a mail, an mbox, a Maildir, a topic of a forum (JSON of Discourse), a page (HTML) or any text with a log
    in it; - is standard input. Of a mailbox or forum, each thread is a diagnosis of its own; as CSV it is a table with
    a row for each thread, as HTML the table and the threads.

    Exit status: 0 nothing failed, 1 failures found, 2 wrong usage, 3 not readable or no Orthanc log, 4 incomplete.
    """
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.patternbase import load_patterns
    from loganalyzer.triage.opening import open_posts
    from loganalyzer.triage.render import Book
    from loganalyzer.triage.result import triage_thread

    path = destination(output, posts)
    form = "csv" if form is None and path is not None and path.suffix.lower() == ".csv" else form_of(form, path)
    patterns, tally = load_patterns(), _Tally()
    catalogue = EventCatalogue(patterns.events)
    with tempfile.TemporaryDirectory(prefix="loganalyzer.") as folder:
        spool = Path(folder) / "posts"
        spool.mkdir()
        with (Path(folder) / "rendered").open("w+", encoding="utf-8", errors="backslashreplace", newline="") as aside:
            book = Book(form, aside)
            for thread in open_posts(posts, spool, tally.problems):
                triage = triage_thread(thread, patterns, catalogue)
                book.add(triage)
                tally.add(triage)
            tally.complain()
            if form in ("json", "csv") or tally.holds_text:
                with writing(path) as stream:
                    for piece in book.write():
                        stream.write(piece.encode(encoding_of(form, path), "backslashreplace"))
    sys.exit(tally.status())


@dataclass(slots=True)
class _Tally:
    """What is kept of all threads for the exit status, and what is said on standard error."""

    problems: list[Problem] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    statuses: set[ExitCode] = field(default_factory=set)
    threads: int = 0
    holds_text: bool = False

    def add(self, triage: Triage) -> None:
        from loganalyzer.report.visible import visible

        diagnosis = triage.diagnosis
        self.threads += 1
        self.statuses.add(exit_code(diagnosis))
        self.holds_text = self.holds_text or bool(diagnosis.logs or triage.facts)
        self.sentences += [f"{visible(p.where)}: {visible(p.what)}" for p in diagnosis.problems if p.incomplete]
        if not diagnosis.logs and not diagnosis.problems:
            self.sentences.append(f"{visible(triage.thread)}: holds no text")

    def complain(self) -> None:
        """One sentence for each thing that could not be read."""
        from loganalyzer.report.visible import visible

        for sentence in [*(f"{visible(p.where)}: {visible(p.what)}" for p in self.problems), *self.sentences]:
            click.echo(f"loganalyzer: {sentence}", err=True)
        if not self.threads and not self.problems:
            click.echo("loganalyzer: there is no post to read", err=True)

    def status(self) -> ExitCode:
        """The gravest of all threads: incomplete, failures, nothing failed; not readable only where nothing else is."""
        found = self.statuses
        if ExitCode.INCOMPLETE in found or (self.problems and found - {ExitCode.UNREADABLE}):
            return ExitCode.INCOMPLETE
        for status in (ExitCode.FAILURES, ExitCode.OK):
            if status in found:
                return status
        return ExitCode.UNREADABLE
