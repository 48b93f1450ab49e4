"""The associations as compact data for the script of the report: columns, with every repeated text written once.

What the script may show is exactly what is here, already as visible text; it never sees a log. The data is cut in two
ways, and says so: at most :data:`ROWS` associations have a row, and details are written until :data:`DETAIL_BYTES` are
spent, both failed associations first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loganalyzer.dicom import uid_name
from loganalyzer.report.html.association import facts_of
from loganalyzer.report.overview import row_names
from loganalyzer.report.sequence import diagram, phases, status_label
from loganalyzer.report.view import display_names, failed_operations, peer, seconds_of, services
from loganalyzer.report.visible import visible
from loganalyzer.timeline.packed import opened_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from loganalyzer.diagnosis.model import Diagnosis, LogSummary
    from loganalyzer.report.sequence import Diagram
    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association, PresentationContext

ROWS = 50_000
DETAIL_BYTES = 220_000
LINES_SHOWN = 40
LINE_LENGTH = 500


class Pool:
    """Texts by number: every text is written once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        """Return the number of ``text``; -1 stands for none."""
        return -1 if text is None else self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class Embedded:
    """``data`` is what the script reads; ``rows`` and ``details`` count what it holds."""

    data: dict[str, Any]
    rows: int
    details: int

    def json(self) -> str:
        """Return the data as JSON that may stand inside a ``<script>`` element: it holds no ``<``, ``>`` or ``&``."""
        return for_script(self.data)


def for_script(data: object) -> str:
    """Return ``data`` as ASCII JSON in which no character can end or open anything in HTML."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def embed(
    diagnosis: Diagnosis, findings: Sequence[tuple[str, str]], texts: Texts, *, year: bool, most: int | None = None
) -> Embedded:
    """Return the data of a diagnosis. ``findings`` are label and anchor of its findings, in their order."""
    rows = _chosen(diagnosis.associations, ROWS if most is None else most)
    place = {association.id: number for number, association in enumerate(rows)}
    found: list[list[int]] = [[] for _ in rows]
    for number, finding in enumerate(diagnosis.findings):
        for one in finding.associations:
            if one in place and number not in found[place[one]]:
                found[place[one]].append(number)
    base = min((one.start for one in rows if one.start), default=None)
    log_names = display_names(diagnosis.logs)
    writer = _Writer(diagnosis.logs, log_names, base, texts)
    columns = writer.columns(rows, found, place)
    details = writer.details(rows, found, place)
    names = row_names((one for one in rows if one.start is not None), "")
    data = {
        "base": None if base is None else base.isoformat(timespec="microseconds"),
        "year": year,
        "count": len(rows),
        "columns": columns,
        "details": details,
        "contexts": writer.contexts(),
        "logs": log_names,
        "findings": [label for label, _ in findings],
        "anchors": [anchor for _, anchor in findings],
        "rows": [name for name, row in names.items() if row],
        "text": writer.pool.all(),
    }
    return Embedded(data, len(rows), len(details))


def _chosen(associations: Sequence[Association], most: int) -> Sequence[Association]:
    """At most so many associations, in their order: those that failed before those that did not."""
    if len(associations) <= most:
        return associations
    went_well = [not association.failed for association in associations]
    failed_first = sorted(range(len(associations)), key=went_well.__getitem__)
    return [associations[number] for number in sorted(failed_first[:most])]


def _micro(time: datetime | None, base: datetime | None) -> int | None:
    if time is None or base is None:
        return None
    delta = time - base
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class _Writer:
    """Writes associations as columns and details; texts and lists of presentation contexts by number.

    Peers propose the same contexts every time, and the same texts stand in many rows.
    """

    def __init__(self, logs: Sequence[LogSummary], names: Sequence[str], base: datetime | None, texts: Texts) -> None:
        self.pool = Pool()
        self._logs, self._names, self._base, self._texts = logs, names, base, texts
        self._contexts: dict[tuple[PresentationContext, ...], int] = {}

    def _number(self, text: str | None, limit: int = 200) -> int:
        return self.pool.number(None if text is None else visible(text, limit))

    def columns(
        self, rows: Sequence[Association], found: list[list[int]], place: Mapping[str, int]
    ) -> dict[str, object]:
        """Return what the table shows of every row, column by column."""
        name, number = self._number, self.pool.number
        columns: dict[str, list[Any]] = {
            "id": [visible(one.id, 80) for one in rows],
            "start": _deltas([_micro(one.start, self._base) for one in rows]),
            "took": [_milliseconds(one) for one in rows],
            "direction": [name(one.direction) for one in rows],
            "calling": [name(one.calling_aet) for one in rows],
            "called": [name(one.called_aet) for one in rows],
            "peer": [number(peer(one)) for one in rows],
            "ip": [name(one.peer_ip) for one in rows],
            "port": [one.peer_port for one in rows],
            "thread": [name(one.thread) for one in rows],
            "log": [one.log for one in rows],
            "line": [one.start_line for one in rows],
            "outcome": [name(one.outcome) for one in rows],
            "failed": [int(one.failed) for one in rows],
            "badOps": [failed_operations(one) for one in rows],
            "services": [number(services(one)) for one in rows],
            "status": [number(" ".join(visible(o.status, 20) for o in one.operations if o.status)) for one in rows],
            "parent": [place.get(one.caused_by or "", -1) for one in rows],
            "findings": [members or 0 for members in found],
        }
        return {key: _packed(values) for key, values in columns.items()}

    def details(
        self, rows: Sequence[Association], found: list[list[int]], place: Mapping[str, int]
    ) -> dict[str, dict[str, Any]]:
        """Return what the drawer shows, by row, until :data:`DETAIL_BYTES` are spent."""
        children = opened_for(rows)
        order = sorted(range(len(rows)), key=lambda number: (not rows[number].failed, not found[number], number))
        made: dict[str, dict[str, Any]] = {}
        spent = 0
        for number in order:
            parent = place.get(rows[number].caused_by or "", number)
            drawn = diagram(rows[parent], children.get(rows[parent].id, ()), self._texts)
            detail = self._detail(rows[number], drawn)
            spent += len(for_script(detail))
            if spent > DETAIL_BYTES:
                break
            made[str(number)] = detail
        return made

    def contexts(self) -> list[list[list[Any]]]:
        """Return every list; a context is identifier, abstract syntax, proposed syntaxes, result, accepted syntax."""
        return [[self._context(context) for context in contexts] for contexts in self._contexts]

    def _context(self, context: PresentationContext) -> list[Any]:
        accepted = context.accepted_transfer_syntax
        return [
            context.id,
            self.pool.number(uid_text(context.abstract_syntax)),
            [self.pool.number(uid_text(syntax)) for syntax in context.transfer_syntaxes],
            self._number(context.result, 60),
            self.pool.number(None if accepted is None else uid_text(accepted)),
        ]

    def _detail(self, one: Association, drawn: Diagram) -> dict[str, Any]:
        facts = facts_of(one, self._logs, self._names, self._texts)
        detail: dict[str, Any] = {
            "facts": [[self.pool.number(self._texts(name)), self.pool.number(value)] for name, value in facts],
            "contexts": self._contexts.setdefault(one.contexts, len(self._contexts)) if one.contexts else None,
            "lanes": [self.pool.number(lane) for lane in drawn.lanes],
            "steps": self._steps(drawn),
            "phases": [[phase.name, round(phase.seconds, 4)] for phase in phases(one)],
            "operations": self._operations(one),
            "lines": _lines(one),
            "hidden": max(0, len(one.lines) - LINES_SHOWN) or None,
        }
        return {key: value for key, value in detail.items() if value is not None and value != []}

    def _steps(self, drawn: Diagram) -> list[list[Any]]:
        tones = {"plain": 0, "good": 1, "bad": 2}
        return [
            [
                step.source, step.target, self.pool.number(step.label), self.pool.number(step.note or None),
                tones[step.tone] + 4 * step.reply, _micro(step.time, self._base), step.line,
            ]
            for step in drawn.steps
        ]  # fmt: skip

    def _operations(self, one: Association) -> list[list[Any]]:
        number = self.pool.number
        return [
            [
                self._number(o.command, 40), number(o.requested_by), o.count,
                number(status_label(o, self._texts) or None), o.ok,
                number(None if o.sop_class is None else uid_text(o.sop_class)), o.first_line,
            ]
            for o in one.operations
        ]  # fmt: skip


def _packed(values: list[Any]) -> object:
    """Write a column of one value as that value alone, in an object, so that the script can tell."""
    return {"all": values[0]} if values and all(value == values[0] for value in values) else values


def _deltas(times: list[int | None]) -> list[int | None]:
    """Write each time as the distance to the one before: short numbers in a log that goes forward."""
    before = 0
    made: list[int | None] = []
    for time in times:
        made.append(None if time is None else time - before)
        before = before if time is None else time
    return made


def _milliseconds(association: Association) -> float | None:
    seconds = seconds_of(association)
    return None if seconds is None else round(seconds * 1000, 1 if seconds < 1 else 0)


def uid_text(uid: str) -> str:
    """Return a UID with its name: ``CT Image Storage (1.2.840.10008.5.1.4.1.1.2)``."""
    name = uid_name(uid)
    return visible(uid if name == uid else f"{name} ({uid})", 160)


def _lines(one: Association) -> Iterable[list[Any]]:
    return [
        [line.line, visible(line.text, LINE_LENGTH), visible(line.note, 200)]
        if line.note
        else [line.line, visible(line.text, LINE_LENGTH)]
        for line in {line.line: line for line in one.lines[:LINES_SHOWN]}.values()
    ]
