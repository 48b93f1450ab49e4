"""The diagnosis on a terminal: one screen, the findings in the form of rustc's messages.

The verdict comes first, then the causes, the first with its evidence, then what to do next. Whatever a log brings is
written out by :func:`~loganalyzer.report.visible.visible`, so that no log can write to the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.report.excerpt import Excerpt, ExcerptLine, excerpts
from loganalyzer.report.terminal import Terminal
from loganalyzer.report.view import (
    Cause,
    alike,
    arrow,
    causes,
    clock,
    display_names,
    doubts,
    duration,
    moment,
    not_understood,
    peers_of,
    recovery,
    result,
    seconds_of,
    services,
    silence_proves,
    span,
    totals,
    writer,
    year_known,
)
from loganalyzer.report.visible import columns, paragraphs, visible
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.diagnosis.model import Action, Diagnosis, Finding, LogSummary
    from loganalyzer.timeline.association import Association

CAUSES_SHOWN = 5
ASSOCIATIONS_SHOWN = 40
EVIDENCE_SHOWN = 3
PASTE_SHOWN = 20
COMPARED = 2

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


class _Page:
    """One rendering; every method gives lines without line ends."""

    def __init__(self, diagnosis: Diagnosis, terminal: Terminal, *, verbose: bool) -> None:
        self._diagnosis = diagnosis
        self._terminal = terminal
        self._verbose = verbose
        self._texts = texts()
        self._year = year_known(diagnosis)
        self._names = display_names(diagnosis.logs)
        self._associations = {association.id: association for association in diagnosis.associations}

    def lines(self) -> Iterator[str]:
        yield from self._verdict()
        yield from self._doubts()
        yield from self._logs()
        yield from self._findings()
        if self._verbose:
            yield from self._all_associations()
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
            yield from self._labelled("! ", self._texts("terminal.doubt"), doubt, "warning")
        shown = self._diagnosis.problems if self._verbose else self._diagnosis.problems[:3]
        for problem in shown:
            text = f"{visible(problem.where)}: {visible(problem.what)}"
            yield from self._labelled("! ", self._texts("terminal.problem"), text, "warning")

    def _logs(self) -> Iterator[str]:
        yield ""
        shown = len(self._diagnosis.logs) if self._verbose else 3
        for log, name in zip(self._diagnosis.logs[:shown], self._names[:shown], strict=True):
            facts = [
                name,
                writer(log),
                self._texts.word(f"word.level.{log.level}", visible(log.level)),
                span(log.first_time, log.last_time, year=log.year_from != "none"),
                self._texts.count("count.lines", log.lines),
            ]
            yield from self._indented(" · ".join(facts), 2)
            yield from self._how_it_was_read(log)
        counts = totals(self._diagnosis)
        if counts.associations:
            found = self._texts.count("count.associations", counts.associations)
            yield from self._indented(f"{found}, {self._texts.count('count.failed', counts.failed)}", 2)

    def _how_it_was_read(self, log: LogSummary) -> Iterator[str]:
        """What was peeled off a log and what was left over of it; nothing for a log as it was written."""
        missed = not_understood(log)
        notes = []
        if log.wrapper != _PLAIN or self._verbose:
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
            yield from self._indented(" · ".join(notes), 4)
        for sample in log.samples_not_understood if self._verbose else ():
            yield from self._labelled("    ", self._texts("terminal.sample"), visible(sample), "quiet", 1)

    def _findings(self) -> Iterator[str]:
        found = alike(causes(self._diagnosis))
        if self._verbose:
            found = [[cause] for group in found for cause in group]
        shown = found if self._verbose else found[:CAUSES_SHOWN]
        for rank, group in enumerate(shown):
            yield ""
            yield from self._finding(group, full=self._verbose or rank == 0)
        hidden = sum(map(len, found[len(shown) :]))
        if hidden:
            yield ""
            yield self._terminal.plain(self._texts.count("terminal.more_findings", hidden))

    def _finding(self, group: list[Cause], *, full: bool) -> Iterator[str]:
        cause, finding = group[0], group[0].finding
        yield from self._title(finding)
        found = excerpts(finding.evidence, self._names)
        gutter = max((len(str(line.number)) for one in found for line in one.lines), default=3)
        frame = " " * gutter + " "
        when = moment(finding.first_time, year=self._year) if finding.first_time else ""
        if not full:
            yield from self._brief(group, found, frame, when)
            return
        if found:
            yield from self._place("-->", found[0], gutter, when)
        yield from self._excerpts(found, gutter)
        yield from self._notes(group, frame)
        for action in finding.actions if self._verbose else finding.actions[:1]:
            yield from self._action(action, frame)
        if self._verbose:
            for question in finding.ask:
                yield from self._note(frame, "ask", visible(question))
            for reference in finding.references:
                yield from self._note(frame, "see", visible(reference))
        yield from self._note(frame, "see", self._texts("terminal.explain", code=visible(cause.finding.code)))

    def _brief(self, group: list[Cause], found: list[Excerpt], frame: str, when: str) -> Iterator[str]:
        """One line for where and how often, one for what helps."""
        finding = group[0].finding
        facts = [when, *self._counts(finding)]
        if len(group) > 1:
            facts.append(self._texts.count("terminal.alike_counted", len(group) - 1))
        place = self._texts("terminal.place", name=found[0].name, line=found[0].first) + "  " if found else ""
        text = f"{place}({', '.join(fact for fact in facts if fact)})"
        lead = f"{frame[:-1]}{self._terminal.paint('-->', 'frame')} "
        first, *more = self._terminal.folded(text, indent=len(frame) + 3, most=self._rows(2))
        yield lead + first
        yield from (" " * (len(frame) + 3) + line for line in more)
        for action in finding.actions[:1]:
            yield from self._note(frame, "help", self._advice(action), most=1)

    def _rows(self, most: int) -> int | None:
        """Return how many rows a text may take: any number when everything is asked for."""
        return None if self._verbose else most

    def _title(self, finding: Finding) -> Iterator[str]:
        severity = self._texts(f"word.severity.{finding.severity}")
        code = visible(finding.code)
        lines = self._terminal.folded(
            self._texts("terminal.finding", severity=severity, code=code, title=visible(finding.title, 400)),
            indent=4,
            first=0,
        )
        head, colon, rest = lines[0].partition(": ")
        yield self._terminal.paint(head, finding.severity) + self._terminal.paint(colon + rest, "strong")
        yield from (self._terminal.paint(f"    {line}", "strong") for line in lines[1:])

    def _place(self, mark: str, excerpt: Excerpt, gutter: int, when: str = "") -> Iterator[str]:
        place = self._texts("terminal.place", name=excerpt.name, line=excerpt.first)
        text = f"{place}  ({when})" if when else place
        lead = " " * gutter + self._terminal.paint(mark, "frame") + " "
        first, *more = self._terminal.folded(text, indent=gutter + len(mark) + 1)
        yield lead + first
        yield from (" " * (gutter + len(mark) + 1) + line for line in more)

    def _excerpts(self, found: list[Excerpt], gutter: int) -> Iterator[str]:
        for rank, excerpt in enumerate(found):
            if rank:
                yield from self._place(":::", excerpt, gutter)
            lines = list(excerpt.lines)
            if not self._verbose and len(lines) > EVIDENCE_SHOWN:
                primary = next((place for place, line in enumerate(lines) if line.primary), 0)
                begin = max(0, min(primary - 1, len(lines) - EVIDENCE_SHOWN))
                lines = lines[begin : begin + EVIDENCE_SHOWN]
            for place, line in enumerate(lines):
                yield from self._excerpt_line(line, gutter, first=place == 0)
        if found:
            yield " " * gutter + self._terminal.paint(" |", "frame")

    def _excerpt_line(self, line: ExcerptLine, gutter: int, *, first: bool) -> Iterator[str]:
        bar = self._terminal.paint(" |", "frame")
        if line.skipped and not first:
            skipped = self._texts.count("terminal.skipped_lines", line.skipped)
            mark = self._terminal.plain("⋯")
            yield self._terminal.paint(f"{mark:>{gutter}}", "frame") + "   " + self._terminal.plain(skipped)
        header = f"{line.header[:21]} … " if line.header and not self._verbose else line.header
        message = f"{line.message} …" if line.cut else line.message
        rows = self._terminal.folded(header + message, indent=gutter + 3, most=self._rows(2))
        for place, row in enumerate(rows):
            number = str(line.number) if place == 0 else ""
            yield self._terminal.paint(f"{number:>{gutter}}", "frame") + bar + " " + row
        offset = columns(self._terminal.plain(header)) if len(rows) == 1 else 0
        role = "error" if line.primary else "secondary"
        marks = ("^" if line.primary else "-") * max(3, min(columns(rows[-1]) - offset, 60))
        lead = " " * gutter + bar + " " + " " * offset
        label = self._terminal.plain(line.label)
        if offset + len(marks) + columns(label) + gutter + 4 <= self._terminal.width:
            yield lead + self._terminal.paint(f"{marks} {label}".rstrip(), role)
            return
        yield lead + self._terminal.paint(marks, role)
        for row in self._terminal.folded(label, indent=gutter + 3):
            yield " " * gutter + bar + " " + self._terminal.paint(row, role)

    def _counts(self, finding: Finding) -> list[str]:
        facts = [
            self._texts(f"word.confidence.{finding.confidence}"),
            self._texts.count("count.times", finding.count),
        ]
        if finding.known:
            facts.append(self._texts("word.known"))
        peers = peers_of(finding, self._associations)
        if peers:
            names = ", ".join(name for name, _ in peers[:4]) + (" …" if len(peers) > 4 else "")
            facts.append(self._texts("terminal.from_peers", peers=names))
        return facts

    def _notes(self, group: list[Cause], frame: str) -> Iterator[str]:
        cause, finding = group[0], group[0].finding
        facts = self._counts(finding)
        if finding.count > 1 and finding.first_time and finding.last_time:
            facts.insert(2, span(finding.first_time, finding.last_time, year=self._year))
        yield from self._note(frame, "note", ", ".join(facts))
        for one in finding.compare[:COMPARED]:
            parts = {"what": one.what, "expected": one.expected, "found": one.found}
            text = self._texts("terminal.compared", **{name: visible(part, 100) for name, part in parts.items()})
            yield from self._note(frame, "note", text)
        recovered = recovery(finding, self._associations, self._texts, year=self._year)
        if recovered is not None:
            yield from self._note(frame, "note", visible(recovered))
        if cause.explains:
            titles = "; ".join(f"{visible(one.code)} {visible(one.title, 100)}" for one in cause.explains[:4])
            more = " …" if len(cause.explains) > 4 else ""
            text = self._texts("terminal.explains", titles=titles + more)
            yield from self._note(frame, "note", text, most=self._rows(2))
        if len(group) > 1:
            titles = "; ".join(visible(one.finding.title, 90) for one in group[1:4]) + ("; …" if len(group) > 4 else "")
            text = self._texts.count("terminal.alike", len(group) - 1, titles=titles)
            yield from self._note(frame, "note", text, most=2)
        for name, text in (("what", finding.what if self._verbose else ""), ("why", finding.why)):
            for paragraph in paragraphs(text):
                yield from self._note(frame, name, paragraph, most=self._rows(3))

    def _advice(self, action: Action) -> str:
        who = self._texts.word(f"word.who.{action.who}", visible(action.who))
        return f"{' '.join(paragraphs(action.text))} ({who})"

    def _action(self, action: Action, frame: str) -> Iterator[str]:
        yield from self._note(frame, "help", self._advice(action))
        if action.suggested:
            for line in action.suggested.strip().split("\n")[:PASTE_SHOWN]:
                yield from self._note(frame, "set", visible(line))
        elif action.option:
            yield from self._note(frame, "set", visible(action.option))
        if action.risk:
            yield from self._note(frame, "risk", " ".join(paragraphs(action.risk)))
        if action.verify:
            yield from self._note(frame, "check", " ".join(paragraphs(action.verify)))

    def _note(self, frame: str, name: str, text: str, most: int | None = None) -> Iterator[str]:
        yield from self._labelled(f"{frame}= ", self._texts(f"terminal.{name}"), text, "strong", most)

    def _labelled(self, lead: str, name: str, text: str, role: str, most: int | None = None) -> Iterator[str]:
        indent = len(lead) + len(name) + 2
        first, *more = self._terminal.folded(text, indent=indent, most=most)
        yield f"{self._terminal.paint(lead, 'frame')}{self._terminal.paint(name, role)}: {first}"
        yield from (" " * indent + line for line in more)

    def _indented(self, text: str, indent: int) -> Iterator[str]:
        first, *more = self._terminal.folded(text, indent=indent + 2, first=indent)
        yield " " * indent + first
        yield from (" " * (indent + 2) + line for line in more)

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
                yield from self._indented(self._association(association), 2)
        hidden = len(every) - len(shown) + self._diagnosis.folded_associations
        if hidden:
            yield "  " + self._terminal.plain(self._texts.count("terminal.more_associations", hidden))

    def _association(self, association: Association) -> str:
        mark = "✖" if association.failed else " "
        facts = [f"{mark} {clock(association.start)}  {arrow(association)}"]
        facts += [services(association), result(association, self._texts), duration(seconds_of(association))]
        place = f"#{association.start_line}" if association.start_line else ""
        return "  ".join(fact for fact in [*facts, visible(association.id), place] if fact)

    def _checklist(self) -> Iterator[str]:
        if not self._diagnosis.checklist or self._diagnosis.verdict is Verdict.NOT_ORTHANC:
            return
        yield from self._heading("terminal.heading_checklist")
        marks = {"confirmed": "✔", "contradicted": "✖", "unknown": "?"}
        for step in self._diagnosis.checklist:
            name = self._texts.word(f"checklist.step.{step.step}", visible(step.step))
            state = self._texts(f"word.state.{step.state}")
            yield from self._indented(f"{marks[step.state]} {name} ({state}): {visible(step.why)}", 2)
            if step.how_to_tell:
                yield from self._indented(self._texts("terminal.check") + ": " + visible(step.how_to_tell), 4)

    def _questions(self) -> Iterator[str]:
        if not self._diagnosis.questions:
            return
        yield from self._heading("terminal.heading_questions")
        for question in self._diagnosis.questions:
            joint = " " if question.asks_for.endswith((".", "?", "!")) else ": "
            yield from self._indented(f"• {visible(question.asks_for)}{joint}{visible(question.why)}", 2)
            if question.how:
                yield from self._indented(f"{self._texts('terminal.how')}: {visible(question.how)}", 4)

    def _not_evaluated(self) -> Iterator[str]:
        if not self._diagnosis.not_evaluated:
            return
        yield from self._heading("terminal.heading_not_evaluated")
        for one in self._diagnosis.not_evaluated:
            yield from self._indented(
                f"{visible(one.signature)}: {self._texts('terminal.needs', needs=visible(one.needs))}", 2
            )

    def _next(self) -> Iterator[str]:
        yield ""
        checked, open_ones = len(self._diagnosis.checked), len(self._diagnosis.not_evaluated)
        if (checked or open_ones) and self._diagnosis.verdict is not Verdict.NOT_ORTHANC:
            key = "terminal.checked" if silence_proves(self._diagnosis) else "terminal.looked_for"
            yield from self._indented(self._texts(key, n=checked, m=open_ones), 0)
        if not self._verbose and self._diagnosis.verdict is not Verdict.NOT_ORTHANC:
            yield from self._indented(self._texts("terminal.next_verbose"), 0)
            yield from self._indented(self._texts("terminal.next_html"), 0)
        status = "incomplete" if not self._diagnosis.complete else str(self._diagnosis.verdict)
        exit_text = self._texts.word(f"terminal.exit.{status}", "")
        if exit_text:
            yield from self._indented(exit_text, 0)
