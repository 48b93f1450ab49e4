"""The diagnosis as Markdown, for tickets, mailing lists and forums.

Text of a log stands in fenced blocks or is escaped character by character, so that it cannot become a heading, a link,
an image, a mention or HTML, whether the reader's Markdown is CommonMark, GitHub's or Discourse's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.report.advice import is_link, risk_of
from loganalyzer.report.excerpt import Excerpt, excerpts
from loganalyzer.report.view import (
    Cause,
    alike,
    causes,
    display_names,
    doubts,
    peers_of,
    recovery,
    span,
    totals,
    writer,
    year_known,
)
from loganalyzer.report.visible import paragraphs, visible
from loganalyzer.texts import texts
from loganalyzer.timeline.packed import indexed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.diagnosis.model import Action, Diagnosis, Finding

FINDINGS_IN_FULL = 10
LINE_LENGTH = 400
EVIDENCE_SHOWN = 8
PROBLEMS_SHOWN = 20

_SPECIAL = re.compile(r"[\\`*\[\]|~^$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|!(?=\[)")
_AT_START = re.compile(r"([-+=#>])|(\d{1,9})([.)])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LINKING = re.compile(r"(?i)(@(?=\w)|#(?=\w)|:(?=//)|\bwww(?=\.))")


def render_markdown(diagnosis: Diagnosis) -> str:
    """Return ``diagnosis`` as Markdown, ending with a line feed."""
    return "\n".join(_Page(diagnosis).lines()) + "\n"


def escaped(text: str, limit: int = 500) -> str:
    """Return ``text`` as Markdown that shows just these characters, on one line.

    What would mean something gets a backslash or an entity; an empty comment parts what would become a mention, a
    number of an issue, or a link by itself.
    """
    shown = " ".join(visible(text, limit).split())
    shown = re.sub("[<>&]", lambda match: _ENTITIES[match.group()], shown)
    shown = _SPECIAL.sub(lambda match: "\\" + match.group(), shown)
    shown = (
        _AT_START.sub(lambda match: f"{match[2] or ''}\\{match[1] or match[3]}", shown, count=1)
        if _AT_START.match(shown)
        else shown
    )
    return _LINKING.sub(r"\1<!-- -->", shown)


def fenced(lines: list[str]) -> list[str]:
    """Return ``lines`` as a code block, behind a fence that is longer than any run of backticks in them."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *lines, fence]


def code(text: str) -> str:
    """Return ``text`` as a code span, whatever backticks it holds."""
    shown = visible(text, LINE_LENGTH).replace("|", "¦") or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


class _Page:
    """One rendering; every method gives lines without line ends."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis
        self._texts = texts()
        self._year = year_known(diagnosis)
        self._names = display_names(diagnosis.logs)
        self._associations = indexed(diagnosis.associations)

    def lines(self) -> Iterator[str]:
        t, d = self._texts, self._diagnosis
        headline = d.headline or t(f"verdict.headline.{d.verdict}")
        yield f"# {t('markdown.heading', verdict=t(f'verdict.{d.verdict}'), headline=escaped(headline))}"
        yield ""
        yield from self._doubts()
        yield from self._logs()
        for rank, group in enumerate(alike(causes(d))):
            yield from self._cause(group, full=rank < FINDINGS_IN_FULL)
        yield from self._questions()
        yield from self._checklist()
        yield from self._not_evaluated()
        yield f"*{t('markdown.not_medical')}*"

    def _doubts(self) -> Iterator[str]:
        found = [escaped(doubt) for doubt in doubts(self._diagnosis, self._texts)]
        found += [f"{code(one.where)}: {escaped(one.what)}" for one in self._diagnosis.problems[:PROBLEMS_SHOWN]]
        for doubt in found:
            yield f"> **{self._texts('markdown.doubt')}:** {doubt}"
            yield ">"
        if found:
            yield ""

    def _logs(self) -> Iterator[str]:
        t = self._texts
        for name, log in zip(self._names, self._diagnosis.logs, strict=True):
            facts = t(
                "markdown.log",
                name=code(name),
                program=escaped(writer(log)),
                level=escaped(t.word(f"word.level.{log.level}", log.level)),
                span=span(log.first_time, log.last_time, year=log.year_from != "none"),
                lines=t.count("count.lines", log.lines),
            )
            yield f"- {facts}"
        counts = totals(self._diagnosis)
        if counts.associations:
            found = t.count("count.associations", counts.associations)
            failed = t.count(counts.failed_key, counts.failed)
            yield f"- {t('markdown.associations', associations=found, failed=failed)}"
        yield ""

    def _cause(self, group: list[Cause], *, full: bool) -> Iterator[str]:
        t = self._texts
        cause, finding = group[0], group[0].finding
        yield f"## {t('markdown.finding', code=escaped(finding.code), title=escaped(finding.title))}"
        yield ""
        yield self._meta(finding)
        yield ""
        if not full:
            return
        for paragraph in paragraphs(finding.what):
            yield escaped(paragraph, 2000)
            yield ""
        yield from self._evidence(finding)
        if finding.why:
            yield f"**{t('markdown.why')}.** {' '.join(escaped(part, 2000) for part in paragraphs(finding.why))}"
            yield ""
        recovered = recovery(finding, self._associations, t, year=self._year)
        if recovered is not None:
            yield escaped(recovered, 2000)
            yield ""
        for one in finding.compare:
            yield t("markdown.compared", what=escaped(one.what), expected=code(one.expected), found=code(one.found))
            yield ""
        if finding.actions:
            yield f"**{t('markdown.action')}**"
            yield ""
            for number, action in enumerate(finding.actions, 1):
                yield from self._action(number, action)
            yield ""
        yield from self._list("explains", [f"{escaped(one.code)} {escaped(one.title)}" for one in cause.explains])
        yield from self._list("alike", [escaped(one.finding.title) for one in group[1:]])
        yield from self._list("references", [_reference(one) for one in finding.references])

    def _meta(self, finding: Finding) -> str:
        t = self._texts
        facts = t(
            "markdown.meta",
            severity=t(f"word.severity.{finding.severity}"),
            confidence=t(f"word.confidence.{finding.confidence}"),
            times=t.count("count.times", finding.count),
        )
        parts = [facts, t("word.known")] if finding.known else [facts]
        if finding.first_time:
            parts.append(span(finding.first_time, finding.last_time, year=self._year))
        peers = peers_of(finding, self._associations)
        parts += [code(name) for name, _ in peers[:6]] + (["…"] if len(peers) > 6 else [])
        return ", ".join(parts)

    def _evidence(self, finding: Finding) -> Iterator[str]:
        for excerpt in excerpts(finding.evidence, self._names):
            yield f"{self._texts('markdown.evidence')}: {code(f'{excerpt.name}:{excerpt.first}')}"
            yield ""
            yield from fenced(self._excerpt(excerpt))
            yield ""

    def _excerpt(self, excerpt: Excerpt) -> list[str]:
        width = max(len(str(line.number)) for line in excerpt.lines)
        made = []
        for place, line in enumerate(excerpt.lines[:EVIDENCE_SHOWN]):
            if line.skipped and place:
                made.append(self._texts.count("markdown.gap", line.skipped))
            made.append(
                f"{'>' if line.primary else ' '} {line.number:>{width}}  {line.header}{line.message}"[:LINE_LENGTH]
            )
            if line.label:
                made.append(f"  {'':>{width}}  ^ {line.label}"[:LINE_LENGTH])
        return made

    def _action(self, number: int, action: Action) -> Iterator[str]:
        t = self._texts
        who = t("markdown.who", who=escaped(t.word(f"word.who.{action.who}", action.who)))
        yield f"{number}. {' '.join(escaped(part, 2000) for part in paragraphs(action.text))} *({who})*"
        if action.suggested:
            yield ""
            yield from (f"   {line}" for line in fenced([visible(line) for line in action.suggested.split("\n")[:50]]))
        elif action.option:
            yield f"   - {t('markdown.option')}: {code(action.option)}"
        if risk := risk_of(action):
            yield f"   - {t('markdown.risk')}: {escaped(risk)}"
        if action.verify:
            yield f"   - {t('markdown.verify')}: {code(action.verify)}"

    def _list(self, key: str, entries: list[str]) -> Iterator[str]:
        if not entries:
            return
        yield f"**{self._texts(f'markdown.{key}')}**"
        yield ""
        yield from (f"- {entry}" for entry in entries[:20])
        yield ""

    def _questions(self) -> Iterator[str]:
        asked = [
            " ".join(escaped(_sentence(part)) for part in (one.asks_for, one.why, one.how) if part)
            for one in self._diagnosis.questions
        ]
        if asked:
            yield f"## {self._texts('markdown.questions')}"
            yield ""
            yield from (f"- {one}" for one in asked)
            yield ""

    def _checklist(self) -> Iterator[str]:
        t = self._texts
        if not self._diagnosis.checklist or self._diagnosis.verdict is Verdict.NOT_ORTHANC:
            return
        yield f"## {t('markdown.checklist')}"
        yield ""
        yield "| " + " | ".join(t(f"markdown.{key}") for key in ("step", "state", "says", "how")) + " |"
        yield "|---|---|---|---|"
        for step in self._diagnosis.checklist:
            name = escaped(t.word(f"checklist.step.{step.step}", step.step))
            state = t(f"word.state.{step.state}")
            yield f"| {name} | {state} | {escaped(step.why)} | {escaped(step.how_to_tell)} |"
        yield ""

    def _not_evaluated(self) -> Iterator[str]:
        found = self._diagnosis.not_evaluated
        if not found:
            return
        yield f"## {self._texts('markdown.not_evaluated')}"
        yield ""
        for one in found[:50]:
            yield f"- {code(one.signature)}: {self._texts('markdown.needs', needs=escaped(one.needs))}"
        yield ""


def _reference(text: str) -> str:
    return f"<{text}>" if is_link(text) else escaped(text)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
