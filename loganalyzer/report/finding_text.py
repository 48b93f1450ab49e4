"""A finding on a terminal, in the form of rustc's messages: the lines that prove it, what they mean, what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.report.advice import is_command, risk_of
from loganalyzer.report.excerpt import Excerpt, ExcerptLine, excerpts
from loganalyzer.report.view import Cause, display_names, moment, peers_of, recovery, span, year_known
from loganalyzer.report.visible import columns, paragraphs, visible
from loganalyzer.texts import texts
from loganalyzer.timeline.packed import indexed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.diagnosis.model import Action, Diagnosis, Finding
    from loganalyzer.report.terminal import Terminal

EVIDENCE_SHOWN = 3
PASTE_SHOWN = 20
COMPARED = 2
WHY_ROWS = 4
WIDE = 72
MESSAGE_AT = 24  # the column of a message behind its shortened header


class FindingLines:
    """Writes the findings of one diagnosis; every method gives lines without line ends."""

    def __init__(self, diagnosis: Diagnosis, terminal: Terminal, *, verbose: bool) -> None:
        self._terminal = terminal
        self._verbose = verbose
        self._texts = texts()
        self._year = year_known(diagnosis)
        self._names = display_names(diagnosis.logs)
        self._associations = indexed(diagnosis.associations)

    def of(self, group: list[Cause], *, full: bool) -> Iterator[str]:
        """A cause, and how many are like it; in full, or what and where it is and what helps first."""
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
        below = min(columns(self._terminal.plain(header)), MESSAGE_AT) if self._terminal.width >= WIDE else 0
        lead = " " * gutter + bar + " " * (below + 1)
        indent = gutter + 3 + below
        most = self._rows(3 if line.primary else 2)
        first_row, *rows = self._terminal.folded(header + message, indent, first=gutter + 3, most=most)
        yield self._terminal.paint(f"{line.number:>{gutter}}", "frame") + bar + " " + first_row
        yield from (lead + row for row in rows)
        if not line.primary and not line.label:
            return
        mark, role = ("^^^", "error") if line.primary else ("---", "secondary")
        for place, row in enumerate(self._terminal.folded(line.label, indent + len(mark) + 1)):
            yield lead + self._terminal.paint(f"{mark if place == 0 else '   '} {row}".rstrip(), role)

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
            called = all(self._is_called(one) for one in finding.associations)
            facts.append(self._texts("terminal.with_peers" if called else "terminal.from_peers", peers=names))
        return facts

    def _is_called(self, association: str) -> bool:
        """Whether Orthanc opened an association."""
        found = self._associations.get(association)
        return found is not None and found.direction == "outgoing"

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
            titles = "; ".join(f"{visible(one.code)} {visible(one.title, 160)}" for one in cause.explains[:4])
            more = " …" if len(cause.explains) > 4 else ""
            text = self._texts("terminal.explains", titles=titles + more)
            yield from self._note(frame, "note", text, most=self._rows(2))
        if len(group) > 1:
            titles = "; ".join(visible(one.finding.title, 90) for one in group[1:4]) + ("; …" if len(group) > 4 else "")
            text = self._texts.count("terminal.alike", len(group) - 1, titles=titles)
            yield from self._note(frame, "note", text, most=2)
        for name, text in (("what", finding.what if self._verbose else ""), ("why", finding.why)):
            for paragraph in paragraphs(text):
                yield from self._note(frame, name, self._shortened(paragraph, len(frame) + 2 + len(name)))

    def _shortened(self, text: str, indent: int) -> str:
        """As many whole sentences as stand in a few rows, one at least; all of them when everything is asked for."""
        sentences = text.split(". ")
        while not self._verbose and len(sentences) > 1:
            shown = ". ".join(sentences).rstrip(".") + "."
            if len(self._terminal.folded(shown, indent=indent + 2)) <= WHY_ROWS:
                return shown
            sentences.pop()
        return ". ".join(sentences).rstrip(".") + "."

    def _advice(self, action: Action) -> str:
        who = self._texts.word(f"word.who.{action.who}", visible(action.who))
        return f"{' '.join(paragraphs(action.text))} ({who})"

    def _action(self, action: Action, frame: str) -> Iterator[str]:
        yield from self._note(frame, "help", self._advice(action))
        if action.suggested:
            name = "run" if is_command(action.suggested) else "paste"
            for line in action.suggested.strip().split("\n")[:PASTE_SHOWN]:
                yield from self._note(frame, name, visible(line))
        elif action.option:
            yield from self._note(frame, "option", visible(action.option))
        if risk := risk_of(action):
            yield from self._note(frame, "risk", " ".join(paragraphs(risk)))
        if action.verify:
            yield from self._note(frame, "check", " ".join(paragraphs(action.verify)))

    def _note(self, frame: str, name: str, text: str, most: int | None = None) -> Iterator[str]:
        yield from self._terminal.labelled(f"{frame}= ", self._texts(f"terminal.{name}"), text, "strong", most)
