"""Triage as text, as Markdown, as JSON, as a page (HTML) and as a table (CSV).

Each thread is rendered when its turn comes and kept aside as text, so that a mailbox of any size needs no more memory
than its largest thread and its table.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

from loganalyzer.diagnosis.model import SCHEMA_VERSION
from loganalyzer.report.json import as_data
from loganalyzer.report.markdown import code, escaped
from loganalyzer.report.visible import visible
from loganalyzer.tables.csv import guarded
from loganalyzer.texts import texts
from loganalyzer.triage.page import article, page_end, page_start
from loganalyzer.triage.questions import headline_of, told
from loganalyzer.triage.reply import reply_to
from loganalyzer.triage.table import entry_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.triage.result import Triage
    from loganalyzer.triage.table import Entry, Row

FORMATS = ("text", "json", "markdown", "html", "csv")
_MOST_FACTS = 30
_CAUSE_WIDTH, _SUBJECT_WIDTH = 38, 44
_CSV = ("number", "thread", "verdict", "cause", "confidence", "messages", "answered", "missing", "similar")
_CHUNK = 1 << 20


class Book:
    """Threads in one of :data:`FORMATS`: ``add`` each one, then ``write``.

    ``aside`` is a file, open for writing and reading, for what is rendered already.
    """

    def __init__(self, form: str, aside: TextIO) -> None:
        self._form = form
        self._aside = aside
        self._entries: list[Entry] = []

    def add(self, triage: Triage) -> None:
        """Render the next thread."""
        self._entries.append(entry_of(triage, len(self._entries) + 1))
        if self._form == "json":
            self._aside.write("" if len(self._entries) == 1 else ",\n")
            json.dump(_data(triage), self._aside, indent=1)
        else:
            self._aside.write(self._part(triage))

    def write(self) -> Iterator[str]:
        """The whole document, in pieces."""
        rows = rows_of(self._entries)
        yield self._start(rows)
        self._aside.seek(0)
        while piece := self._aside.read(_CHUNK):
            yield piece
        yield self._end()

    def _part(self, triage: Triage) -> str:
        number = len(self._entries)
        if self._form == "markdown":
            return "\n".join(_page(triage)) + "\n"
        if self._form == "html":
            return article(triage, number)
        if self._form == "csv":
            return ""
        return ("\n" if number > 1 else "") + "\n".join(_thread(triage)) + "\n"

    def _start(self, rows: Sequence[Row]) -> str:
        several = len(rows) != 1
        if self._form == "json":
            table = json.dumps([asdict(row) for row in rows], indent=1)
            return f'{{"schema_version": {SCHEMA_VERSION}, "table": {table}, "threads": [' if several else ""
        if self._form == "markdown":
            return "\n".join(_markdown_table(rows)) + "\n" if several else ""
        if self._form == "html":
            return page_start(rows)
        if self._form == "csv":
            return _csv(rows)
        return "\n".join(_table(rows)) + "\n\n" if several else ""

    def _end(self) -> str:
        if self._form == "json":
            return "]}\n" if len(self._entries) != 1 else "\n"
        return page_end() if self._form == "html" else ""


def rendered(triages: Sequence[Triage], form: str) -> str:
    """Some threads in one of :data:`FORMATS`; for JSON ASCII only."""
    book = Book(form, io.StringIO())
    for triage in triages:
        book.add(triage)
    return "".join(book.write())


def _data(triage: Triage) -> dict[str, Any]:
    """The JSON document of a thread: that of the diagnosis with more members."""
    data = as_data(triage.diagnosis)
    data["thread"] = {
        "name": triage.thread, "subject": triage.subject, "messages": triage.messages, "answered": triage.answered,
    }  # fmt: skip
    data["facts"] = [asdict(fact) for fact in triage.facts]
    data["reply"] = triage.reply
    return data


def _csv(rows: Sequence[Row]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_CSV)
    for row in rows:
        cells = {**asdict(row), "answered": _said(row.answered), "similar": " ".join(map(str, row.similar))}
        writer.writerow([guarded(visible(c, 1000)) if isinstance(c := cells[name], str) else c for name in _CSV])
    return stream.getvalue()


def _said(answered: bool | None) -> str:
    return "" if answered is None else "yes" if answered else "no"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield (
        f"{'':4} {'thread':{_SUBJECT_WIDTH}} {'cause':{_CAUSE_WIDTH}} {'confidence':10} {'answered':8} missing  similar"
    )
    for row in rows:
        similar = ", ".join(map(str, row.similar)) or "-"
        yield (
            f"{row.number:4} {visible(row.thread, _SUBJECT_WIDTH):{_SUBJECT_WIDTH}} "
            f"{visible(row.cause):{_CAUSE_WIDTH}} {row.confidence or '-':10} "
            f"{_said(row.answered) or '-':8} {row.missing:7}  {similar}"
        )


def _thread(triage: Triage) -> Iterator[str]:
    say, diagnosis = texts(), triage.diagnosis
    yield f"{say('triage.page.thread')}: {visible(triage.subject or triage.thread, 200)}"
    yield f"{diagnosis.verdict}: {visible(headline_of(diagnosis))}"
    for finding in told(diagnosis):
        yield visible(f"  {finding.code} {finding.cause} ({finding.confidence}): {finding.title}")
    for problem in diagnosis.problems:
        yield f"  ! {visible(problem.where)}: {visible(problem.what)}"
    yield f"\n{say('triage.page.facts')}:"
    for fact in triage.facts[:_MOST_FACTS]:
        yield f"  {fact.name}: {visible(fact.value, 120)}  [{fact.source}: {visible(fact.quote, 160)}]"
    yield from () if triage.facts else (f"  {say('triage.page.none')}",)
    yield f"\n{say('triage.page.missing')}:"
    yield from (visible(f"  {q.asks_for} - {q.why}") for q in diagnosis.questions)
    yield from () if diagnosis.questions else (f"  {say('triage.page.none')}",)
    yield f"\n{say('triage.page.reply')}:\n"
    yield from (visible(line) for line in triage.reply.rstrip("\n").split("\n"))


def _markdown_table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| | thread | verdict | cause | confidence | messages | answered | to ask | similar |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        similar = ", ".join(map(str, row.similar)) or "-"
        yield (
            f"| {row.number} | {escaped(row.thread, 200)} | {row.verdict} | {escaped(row.cause, 200)} "
            f"| {row.confidence or '-'} | {row.messages} | {_said(row.answered) or '-'} | {row.missing} | {similar} |"
        )
    yield ""


def _page(triage: Triage) -> Iterator[str]:
    say, diagnosis = texts(), triage.diagnosis
    yield f"# {escaped(triage.subject or triage.thread, 200)}\n"
    yield f"**{diagnosis.verdict}**: {escaped(headline_of(diagnosis), 2000)}\n"
    for finding in told(diagnosis):
        yield f"- {code(finding.code)} {escaped(finding.cause)} ({finding.confidence}): {escaped(finding.title, 2000)}"
    for problem in diagnosis.problems:
        yield f"- {escaped(problem.where)}: {escaped(problem.what)}"
    yield f"\n## {say('triage.page.facts')}\n"
    yield from (
        f"- {fact.name}: {escaped(fact.value, 120)} ({fact.source}: {escaped(fact.quote, 160)})"
        for fact in triage.facts[:_MOST_FACTS]
    )
    yield from () if triage.facts else (say("triage.page.none"),)
    yield f"\n## {say('triage.page.missing')}\n"
    yield from (f"- {escaped(q.asks_for, 2000)}: {escaped(q.why, 2000)}" for q in diagnosis.questions)
    yield from () if diagnosis.questions else (say("triage.page.none"),)
    yield f"\n## {say('triage.page.reply')}\n"
    yield reply_to(diagnosis, triage.facts, triage.product, markdown=True)
