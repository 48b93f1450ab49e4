"""Associations as they are written out in the report itself, for readers without JavaScript and for print."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.report.html.drawing import Drawing, draw
from loganalyzer.report.sequence import Diagram, diagram
from loganalyzer.report.view import arrow, display_names, duration, from_to, result, seconds_of, services, side_of
from loganalyzer.report.visible import visible
from loganalyzer.timeline.packed import indexed, opened_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Diagnosis, LogSummary
    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association, LineRef, PresentationContext

SHOWN = 20
CONTEXTS_SHOWN = 12
LINES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class AssociationView:
    """An association as it is written out without JavaScript."""

    association: Association
    anchor: str
    arrow: str
    services: str
    result: str
    duration: str
    facts: tuple[tuple[str, str], ...]
    diagram: Diagram
    drawing: Drawing
    contexts: tuple[PresentationContext, ...]
    remedies: tuple[str, ...]
    lines: tuple[LineRef, ...]

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the lines that are written out."""
        return frozenset(line.line for line in self.lines)


def written_out(diagnosis: Diagnosis, texts: Texts) -> list[AssociationView]:
    """Return the associations to write out, at most :data:`SHOWN`: failed ones first, then those of a finding."""
    by_id = indexed(diagnosis.associations)
    children, names = opened_for(diagnosis.associations), display_names(diagnosis.logs)
    found = Counter(one for finding in diagnosis.findings for one in finding.associations)
    order = sorted(diagnosis.associations, key=lambda one: (not one.failed, not found[one.id]))[:SHOWN]
    made = []
    for number, one in enumerate(order):
        root = by_id.get(one.caused_by or "", one)
        drawn = diagram(root, children.get(root.id, ()), texts)
        made.append(_view(one, f"A-{number + 1}", drawn, facts_of(one, diagnosis.logs, names, texts), texts))
    return made


def _view(one: Association, anchor: str, drawn: Diagram, facts: list[tuple[str, str]], texts: Texts) -> AssociationView:
    contexts = sorted(one.contexts, key=lambda context: (context.result in (None, "accepted"), context.id))
    return AssociationView(
        association=one,
        anchor=anchor,
        arrow=arrow(one),
        services=services(one),
        result=result(one, texts),
        duration=duration(seconds_of(one)),
        facts=tuple(facts),
        diagram=drawn,
        drawing=draw(drawn, texts),
        contexts=tuple(contexts[:CONTEXTS_SHOWN]),
        remedies=tuple(_remedies(one, texts)),
        lines=tuple({line.line: line for line in one.lines[:LINES_SHOWN]}.values()),
    )


def _remedies(one: Association, texts: Texts) -> list[str]:
    answers = dict.fromkeys(context.result for context in one.contexts if context.result not in (None, "accepted"))
    remedies = (texts.word(f"html.remedy.{one.direction}.{answer}", "") for answer in answers)
    return [remedy for remedy in remedies if remedy]


def facts_of(one: Association, logs: Sequence[LogSummary], names: Sequence[str], texts: Texts) -> list[tuple[str, str]]:
    """Return what the log shows of an association, each under the key of its name; ``names`` are those of ``logs``."""
    calling, called = from_to(one)
    address = visible(one.peer_ip or "", 80) + (f":{one.peer_port}" if one.peer_port else "")
    contexts = ""
    if one.contexts_proposed is not None:
        key = "html.fact_contexts_proposed" if one.contexts_accepted is None else "html.fact_contexts_value"
        contexts = texts(key, accepted=one.contexts_accepted, proposed=one.contexts_proposed)
    by = side_of(one, one.ended_by, logs) if one.ended_by else ""
    facts = [
        ("html.column_from_to", f"{calling} → {called}"),
        ("html.column_direction", texts(f"word.direction.{one.direction}")),
        ("html.fact_address", address),
        ("html.fact_contexts", contexts),
        ("html.fact_reject", visible(one.reject.text) if one.reject else ""),
        ("html.fact_failure", visible(one.failure or "", 300)),
        ("html.fact_ended_by", texts.word(f"word.side.{by}", by)),
        ("html.fact_tls", "" if one.tls is None else texts("html.fact_yes" if one.tls else "html.fact_no")),
        ("html.fact_thread", visible(one.thread or "", 40)),
        ("html.fact_implementation", visible(one.peer_implementation or "", 80)),
        ("html.fact_pdu", str(one.max_pdu or "")),
        ("html.fact_manufacturer", visible(one.manufacturer or "", 80)),
        ("html.fact_job", visible(one.job or "", 80)),
        ("html.fact_where", _where(one, names)),
        ("html.fact_attribution", texts(f"word.attribution.{one.attribution}")),
    ]
    return [(name, value) for name, value in facts if value]


def _where(one: Association, names: Sequence[str]) -> str:
    if one.start_line is None:
        return ""
    begin = f"{names[one.log] if one.log < len(names) else ''}:{one.start_line}"
    return begin if one.end_line in (None, one.start_line) else f"{begin}–{one.end_line}"
