"""Triage as text, as Markdown and as the JSON document."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import SCHEMA_VERSION
from loganalyzer.report.json import as_data
from loganalyzer.report.markdown import escaped
from loganalyzer.report.visible import visible
from loganalyzer.triage.questions import roots, wording
from loganalyzer.triage.reply import reply_to
from loganalyzer.triage.table import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.triage.result import Triage

_MOST_FACTS = 30
_CAUSE_WIDTH, _SUBJECT_WIDTH = 38, 44


def document(triages: Sequence[Triage]) -> dict[str, Any]:
    """The JSON document: that of the diagnosis with more members; several threads are members of ``threads``."""
    if len(triages) == 1:
        return _data(triages[0])
    rows = [asdict(row) for row in rows_of(triages)]
    return {"schema_version": SCHEMA_VERSION, "table": rows, "threads": [_data(t) for t in triages]}


def _data(triage: Triage) -> dict[str, Any]:
    data = as_data(triage.diagnosis)
    data["thread"] = {"name": triage.thread, "subject": triage.subject, "messages": triage.messages}
    data["facts"] = [asdict(fact) for fact in triage.facts]
    data["reply"] = triage.reply
    return data


def render_json(triages: Sequence[Triage]) -> str:
    """The document as ASCII text that ends with a line feed."""
    return json.dumps(document(triages), indent=1).encode("ascii", "replace").decode("ascii") + "\n"


def render_text(triages: Sequence[Triage]) -> str:
    """For a terminal: a table where there are several threads, then each thread."""
    parts = ["\n".join(_table(rows_of(triages)))] if len(triages) > 1 else []
    parts += ["\n".join(_thread(t)) for t in triages]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield f"{'':4} {'thread':{_SUBJECT_WIDTH}} {'cause':{_CAUSE_WIDTH}} {'confidence':10} missing  similar"
    for row in rows:
        similar = ", ".join(map(str, row.similar)) or "-"
        yield (
            f"{row.number:4} {visible(row.thread, _SUBJECT_WIDTH):{_SUBJECT_WIDTH}} {row.cause:{_CAUSE_WIDTH}} "
            f"{row.confidence or '-':10} {row.missing:7}  {similar}"
        )


def _thread(triage: Triage) -> Iterator[str]:
    say, diagnosis = wording(), triage.diagnosis
    yield f"{say('page.thread')}: {visible(triage.subject or triage.thread, 200)}"
    yield f"{diagnosis.verdict}: {visible(diagnosis.headline)}"
    for finding in roots(diagnosis):
        yield f"  {finding.code} {finding.cause} ({finding.confidence}): {visible(finding.title)}"
    for problem in diagnosis.problems:
        yield f"  ! {visible(problem.where)}: {visible(problem.what)}"
    yield f"\n{say('page.facts')}:"
    for fact in triage.facts[:_MOST_FACTS]:
        yield f"  {fact.name}: {visible(fact.value, 120)}  [{fact.source}: {visible(fact.quote, 160)}]"
    yield from () if triage.facts else (f"  {say('page.none')}",)
    yield f"\n{say('page.missing')}:"
    yield from (f"  {q.asks_for} - {q.why}" for q in diagnosis.questions)
    yield from () if diagnosis.questions else (f"  {say('page.none')}",)
    yield f"\n{say('page.reply')}:\n"
    yield triage.reply.rstrip("\n")


def render_markdown(triages: Sequence[Triage]) -> str:
    """For tickets and forums."""
    table = list(_markdown_table(rows_of(triages))) if len(triages) > 1 else []
    return "\n".join([*table, *(line for triage in triages for line in _page(triage))]) + "\n"


def _markdown_table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| | thread | verdict | cause | confidence | messages | to ask | similar |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        similar = ", ".join(map(str, row.similar)) or "-"
        yield (
            f"| {row.number} | {escaped(row.thread, 200)} | {row.verdict} | {row.cause} | {row.confidence or '-'} "
            f"| {row.messages} | {row.missing} | {similar} |"
        )
    yield ""


def _page(triage: Triage) -> Iterator[str]:
    say, diagnosis = wording(), triage.diagnosis
    yield f"# {escaped(triage.subject or triage.thread, 200)}\n"
    yield f"**{diagnosis.verdict}**: {escaped(diagnosis.headline, 2000)}\n"
    for finding in roots(diagnosis):
        yield f"- `{finding.code}` {finding.cause} ({finding.confidence}): {escaped(finding.title, 2000)}"
    for problem in diagnosis.problems:
        yield f"- {escaped(problem.where)}: {escaped(problem.what)}"
    yield f"\n## {say('page.facts')}\n"
    yield from (
        f"- {fact.name}: {escaped(fact.value, 120)} ({fact.source}: {escaped(fact.quote, 160)})"
        for fact in triage.facts[:_MOST_FACTS]
    )
    yield from () if triage.facts else (say("page.none"),)
    yield f"\n## {say('page.missing')}\n"
    yield from (f"- {escaped(q.asks_for, 2000)}: {escaped(q.why, 2000)}" for q in diagnosis.questions)
    yield from () if diagnosis.questions else (say("page.none"),)
    yield f"\n## {say('page.reply')}\n"
    yield reply_to(diagnosis, triage.product, markdown=True)
