"""The diagnosis on a terminal: one screen, the findings in the form of rustc's messages.

The verdict comes first, then the causes, the first with its evidence, then what to do next. Whatever a log brings is
written out by :func:`~loganalyzer.report.visible.visible`, so that no log can write to the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.report.finding_text import FindingLines
from loganalyzer.report.stories import story_lines
from loganalyzer.report.terminal import Terminal
from loganalyzer.report.view import (
    alike,
    arrow,
    causes,
    clock,
    display_names,
    doubts,
    duration,
    not_understood,
    result,
    seconds_of,
    services,
    span,
    totals,
    writer,
)
from loganalyzer.report.visible import visible
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.diagnosis.model import Diagnosis, LogSummary
    from loganalyzer.sources.block import Problem
    from loganalyzer.timeline.association import Association

CAUSES_SHOWN = 5
ASSOCIATIONS_SHOWN = 40
BRIEF = 3

_PLAIN = "plain"
_MARKS = {Verdict.FAILURE: "✖", Verdict.HEALTHY: "✔", Verdict.CANNOT_TELL: "?", Verdict.NOT_ORTHANC: "?"}


def render_text(
    diagnosis: Diagnosis,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return ``diagnosis`` as text for a terminal of ``width`` columns (40 at least), ending with a line feed.

    ``color`` adds ANSI colours, ``ascii_only`` leaves out every character beyond ASCII. ``verbose`` shows all findings
    in full, the associations, the checklist and the questions.
    """
    page = _Page(diagnosis, Terminal(max(40, width), color, ascii_only), verbose=verbose)
    return "\n".join(line.rstrip() for line in page.lines()) + "\n"


_Item = TypeVar("_Item")


class _Page:
    """One rendering; every method gives lines without line ends."""

    def __init__(self, diagnosis: Diagnosis, terminal: Terminal, *, verbose: bool) -> None:
        self._diagnosis = diagnosis
        self._terminal = terminal
        self._verbose = verbose
        self._texts = texts()
        self._names = display_names(diagnosis.logs)

    def lines(self) -> Iterator[str]:
        yield from self._verdict()
        yield from self._doubts()
        yield from self._logs()
        yield from self._findings()
        if self._verbose:
            yield from self._all_associations()
        yield from self._stories()
        if self._verbose:
            yield from self._checklist()
        if self._verbose or self._diagnosis.verdict is Verdict.CANNOT_TELL:
            yield from self._questions()
        if self._verbose:
            yield from self._not_evaluated()
        yield from self._next()

    def _verdict(self) -> Iterator[str]:
        verdict = self._diagnosis.verdict
        mark = self._terminal.plain(_MARKS[verdict])
        word = self._texts(f"verdict.{verdict}")
        headline = visible(self._diagnosis.headline) or self._texts(f"verdict.headline.{verdict}")
        lines = self._terminal.folded(f"{mark} {word}: {headline}", indent=2, first=0)
        head = f"{mark} {word}:"
        if lines[0].startswith(head):
            lines[0] = self._terminal.paint(head, verdict) + self._terminal.paint(lines[0][len(head) :], "strong")
        yield lines[0]
        yield from (self._terminal.paint(f"  {line}", "strong") for line in lines[1:])

    def _doubts(self) -> Iterator[str]:
        for doubt in doubts(self._diagnosis, self._texts):
            yield from self._terminal.labelled("! ", self._texts("terminal.doubt"), doubt, "warning")
        for problem in self._brief(self._diagnosis.problems):
            text = f"{visible(problem.where)}: {visible(problem.what)}"
            yield from self._terminal.labelled("! ", self._texts(f"terminal.{_kind(problem)}"), text, "warning")
        yield from self._left_out("terminal.more_problems", self._diagnosis.problems)

    def _brief(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """Those that are shown of many."""
        return items if self._verbose else items[:BRIEF]

    def _left_out(self, text: str, items: Sequence[object]) -> Iterator[str]:
        hidden = len(items) - len(self._brief(items))
        if hidden:
            yield "  " + self._terminal.plain(self._texts.count(text, hidden))

    def _logs(self) -> Iterator[str]:
        yield ""
        logs = self._diagnosis.logs
        for log, name in self._brief(list(zip(logs, self._names, strict=True))):
            facts = [
                name,
                writer(log),
                self._texts.word(f"word.level.{log.level}", visible(log.level)),
                span(log.first_time, log.last_time, year=log.year_from != "none"),
                self._texts.count("count.lines", log.lines),
            ]
            yield from self._terminal.indented(" · ".join(facts), 2)
            yield from self._how_it_was_read(log)
        yield from self._left_out("terminal.more_logs", logs)
        counts = totals(self._diagnosis)
        if counts.associations:
            found = self._texts.count("count.associations", counts.associations)
            yield from self._terminal.indented(f"{found}, {self._texts.count(counts.failed_key, counts.failed)}", 2)

    def _how_it_was_read(self, log: LogSummary) -> Iterator[str]:
        """What was peeled off a log and what was left over of it; nothing for a log as it was written."""
        missed = not_understood(log)
        notes = []
        if log.wrapper != _PLAIN:
            notes.append(self._texts("terminal.wrapped", wrapper=visible(log.wrapper), encoding=visible(log.encoding)))
        if missed:
            notes.append(self._texts.count("count.not_understood", missed))
        if log.dropped_lines:
            notes.append(self._texts.count("count.dropped", log.dropped_lines))
        if log.zone:
            notes.append(self._texts("terminal.zone", zone=visible(log.zone)))
        if notes and log.first_time is not None:
            notes.append(self._texts.word(f"word.year_from.{log.year_from}", visible(log.year_from)))
        if notes:
            yield from self._terminal.indented(" · ".join(notes), 4)
        for sample in log.samples_not_understood if self._verbose else ():
            yield from self._terminal.labelled("    ", self._texts("terminal.sample"), visible(sample), "quiet", 1)

    def _findings(self) -> Iterator[str]:
        found = alike(causes(self._diagnosis))
        if self._verbose:
            found = [[cause] for group in found for cause in group]
        shown = found if self._verbose else found[:CAUSES_SHOWN]
        lines = FindingLines(self._diagnosis, self._terminal, verbose=self._verbose)
        for rank, group in enumerate(shown):
            yield ""
            yield from lines.of(group, full=self._verbose or rank == 0)
        hidden = sum(map(len, found[len(shown) :]))
        if hidden:
            yield ""
            yield self._terminal.plain(self._texts.count("terminal.more_findings", hidden))

    def _heading(self, key: str) -> Iterator[str]:
        yield ""
        yield self._terminal.paint(self._terminal.plain(self._texts(key)), "strong")

    def _all_associations(self) -> Iterator[str]:
        every = self._diagnosis.associations
        if not every:
            return
        yield from self._heading("terminal.heading_associations")
        shown = sorted(every, key=lambda one: not one.failed)[:ASSOCIATIONS_SHOWN]
        keep = {id(one) for one in shown}
        for association in every:
            if id(association) in keep:
                yield from self._terminal.indented(self._association(association), 2)
        hidden = len(every) - len(shown) + self._diagnosis.folded_associations
        if hidden:
            yield "  " + self._terminal.plain(self._texts.count("terminal.more_associations", hidden))

    def _association(self, association: Association) -> str:
        mark = "✖" if association.failed else " "
        facts = [f"{mark} {clock(association.start)}  {arrow(association)}"]
        facts += [services(association), result(association, self._texts), duration(seconds_of(association))]
        place = f"#{association.start_line}" if association.start_line else ""
        return "  ".join(fact for fact in [*facts, visible(association.id), place] if fact)

    def _stories(self) -> Iterator[str]:
        if told := story_lines(self._diagnosis, self._texts, failed_only=not self._verbose):
            yield from self._heading("story.heading")
        for line in told:
            yield from self._terminal.indented(line, 2)

    def _checklist(self) -> Iterator[str]:
        if not self._diagnosis.checklist or self._diagnosis.verdict is Verdict.NOT_ORTHANC:
            return
        yield from self._heading("terminal.heading_checklist")
        marks = {"confirmed": "✔", "contradicted": "✖", "unknown": "?"}
        for step in self._diagnosis.checklist:
            name = self._texts.word(f"checklist.step.{step.step}", visible(step.step))
            state = self._texts(f"word.state.{step.state}")
            yield from self._terminal.indented(f"{marks[step.state]} {name} ({state}): {visible(step.why)}", 2)
            if step.how_to_tell:
                yield from self._terminal.indented(self._texts("terminal.check") + ": " + visible(step.how_to_tell), 4)

    def _questions(self) -> Iterator[str]:
        if not self._diagnosis.questions:
            return
        yield from self._heading("terminal.heading_questions")
        for question in self._diagnosis.questions:
            yield from self._terminal.indented(f"• {visible(question.asks_for)}", 2)
            for name, text in (("why", question.why), ("how", question.how)):
                if text:
                    yield from self._terminal.indented(f"{self._texts(f'terminal.{name}')}: {visible(text)}", 4)

    def _not_evaluated(self) -> Iterator[str]:
        if not self._diagnosis.not_evaluated:
            return
        yield from self._heading("terminal.heading_not_evaluated")
        for one in self._diagnosis.not_evaluated:
            yield from self._terminal.indented(
                f"{visible(one.signature)}: {self._texts('terminal.needs', needs=visible(one.needs))}", 2
            )

    def _next(self) -> Iterator[str]:
        yield ""
        checked, open_ones = len(self._diagnosis.checked), len(self._diagnosis.not_evaluated)
        if (checked or open_ones) and self._diagnosis.verdict is not Verdict.NOT_ORTHANC:
            yield from self._terminal.indented(self._texts("terminal.looked_for", n=checked, m=open_ones), 0)
        if not self._verbose and self._diagnosis.verdict is not Verdict.NOT_ORTHANC:
            yield from self._terminal.indented(self._texts("terminal.next_verbose"), 0)
            yield from self._terminal.indented(self._texts("terminal.next_html"), 0)
        status = "incomplete" if not self._diagnosis.complete else str(self._diagnosis.verdict)
        exit_text = self._texts.word(f"terminal.exit.{status}", "")
        if exit_text:
            yield from self._terminal.indented(exit_text, 0)


def _kind(problem: Problem) -> str:
    """Whether something is missing in the log as it was brought, could not be read of it, or is only to be known."""
    if problem.cut:
        return "cut"
    return "note" if problem.note else "problem"
