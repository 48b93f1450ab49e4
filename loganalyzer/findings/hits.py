"""Makes hits: what a signature found, with the lines that prove it and the values that its texts need."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Evidence
from loganalyzer.findings.phrase import placeholders
from loganalyzer.findings.sighting import Hit, Scene, Sighting
from loganalyzer.findings.values import association_values, event_values, run_values, with_status_text
from loganalyzer.timeline.association import Association, Attribution, Direction, Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.diagnosis.model import Run
    from loganalyzer.patternbase.types import Signature
    from loganalyzer.records.record import Record

_MAX_EVIDENCE_OF_HIT = 8
_DUMP_LINES = 40
#: The value that names the other side, by the direction of which a signature speaks.
_PEER_OF = {"incoming": "calling_aet", "outgoing": "called_aet"}
_PROVING_NOTES = ("rejected", "failed", "refused", "no context accepted", "acknowledged", "accepted contexts")


def add_facts(hit: Hit, lookup: Callable[[str], Any]) -> None:
    """The facts that the signature's title and groups name beside the plain fields."""
    for name in (*placeholders(hit.signature.title), *hit.signature.group_by):
        if name not in hit.values:
            value = lookup(name)
            if isinstance(value, str | int | float):
                hit.values[name] = str(value)


def event_hit(signature: Signature, sighting: Sighting, scene: Scene) -> Hit:
    """The hit of a signature on an event: its line is the proof, the lines of its association lead there."""
    record = sighting.record
    association = scene.of_sighting(sighting)
    values = run_values(scene, sighting.log, sighting.run)
    if association is not None:
        values |= association_values(association, scene)
        if "calling_aet" not in sighting.fields and (sighting.owner is None or _is_guessed(association, record)):
            values["unnamed"] = record.message  # which of those that were connected it means is a guess
    values |= event_values(sighting.fields)
    if signature.direction is not None and (peer := values.get(_PEER_OF[signature.direction])) is not None:
        values.setdefault("peer_aet", peer)
    values.setdefault("detail", record.message)
    values.setdefault("message", record.message)
    if record.plugin is not None:
        values.setdefault("plugin", record.plugin)
    if sighting.type == "scu.store-status":
        values["command"] = "C-STORE"
    return Hit(
        signature, sighting.log, record.line, record.time, record.thread, with_status_text(values),
        partial(_event_evidence, signature, sighting, scene), (association.id,) if association is not None else (),
        elsewhere=scene.elsewhere(sighting), message=record.message, **_ownership(association),
    )  # fmt: skip


def _event_evidence(signature: Signature, sighting: Sighting, scene: Scene) -> list[Evidence]:
    record, association = sighting.record, scene.of_sighting(sighting)
    evidence = [Evidence(sighting.log, record.line, "primary", record.text, signature.label)]
    if association is not None:
        evidence += [
            Evidence(association.log, ref.line, "secondary", ref.text, ref.note)
            for ref in association.lines
            if ref.line != record.line
        ]
    return evidence[:_MAX_EVIDENCE_OF_HIT]


def _ownership(association: Association | None) -> dict[str, Any]:
    """How surely a hit belongs to an association, and who called there."""
    if association is None:
        return {}
    incoming = association.direction is Direction.INCOMING
    return {
        "inferred": association.attribution is Attribution.INFERRED,
        "client": association.calling_aet if incoming else None,
    }


def _is_guessed(association: Association, record: Record) -> bool:
    """Whether a line may as well be about another client: a thread would tell whom it served."""
    inferred = association.attribution is Attribution.INFERRED
    return inferred and record.thread is None and association.direction is Direction.INCOMING


def association_hit(signature: Signature, association: Association, place: int | None, scene: Scene) -> Hit:
    """The hit of a signature on an association, or on the one of its operations at a ``place``."""
    operation = association.operations[place] if place is not None else None
    values = run_values(scene, association.log, association.run) | association_values(association, scene, operation)
    return Hit(
        signature, association.log, _first_line(association, operation) or 0, association.end or association.start,
        association.thread, with_status_text(values),
        partial(_association_evidence, signature, association.id, place, scene), (association.id,),
        **_ownership(association),
    )  # fmt: skip


def _association_evidence(signature: Signature, name: str, place: int | None, scene: Scene) -> list[Evidence]:
    association = scene.by_id[name]
    operation = association.operations[place] if place is not None else None
    telling = [
        Evidence(association.log, ref.line, "primary", ref.text, signature.label)
        for ref in scene.telling.get(name, ())
        if operation is None or _belongs(ref.line, operation)
    ]
    proof = _proof(association) if operation is None else _answer(operation) if not telling else set()
    lines = association.lines
    shown = [ref for i, ref in enumerate(lines) if ref.line in proof or ref.note or i == len(lines) - 1]
    evidence = [
        Evidence(association.log, ref.line, "primary" if ref.line in proof else "secondary", ref.text, ref.note)
        for ref in shown
    ]
    evidence.sort(key=lambda e: (e.role != "primary", e.line))
    line = _first_line(association, operation)
    if not telling and not evidence and line is not None:  # of a very long log the lines are not kept
        evidence.append(Evidence(association.log, line, "primary", "", signature.label))
    return [*telling, *evidence][:_MAX_EVIDENCE_OF_HIT]


def _first_line(association: Association, operation: Operation | None) -> int | None:
    """Where what a signature holds on begins to show."""
    return operation.first_line if operation is not None else min(_proof(association), default=association.start_line)


def _belongs(line: int, operation: Operation) -> bool:
    """Whether a line stands in one of an operation's dumps; the last one begins at its last line."""
    return (operation.first_line or 0) <= line <= (operation.last_line or line) + _DUMP_LINES


def _answer(operation: Operation) -> set[int]:
    """The line of an operation that shows how it went: that of its answer, else that of its request."""
    line = operation.last_line or operation.first_line
    return set() if line is None else {line}


def _proof(association: Association) -> set[int]:
    """The lines that show it best: the answer to the request where contexts matter, else the failure or the end."""
    by_note: dict[str, int] = {}
    for ref in association.lines:
        by_note.setdefault(ref.note, ref.line)
    wanted = [by_note[n] for n in _PROVING_NOTES if n in by_note]
    if association.outcome is not Outcome.RELEASED and association.end_line is not None:
        wanted.append(association.end_line)
    last = association.lines[-1].line if association.lines else None
    return set(wanted) or ({last} if last is not None else set())


def run_hit(signature: Signature, log: int, run: Run) -> Hit:
    """The hit of a signature on a run."""
    values = {k: str(v) for k, v in run.facts.items()}
    return Hit(signature, log, run.first_line, run.first_time, None, values, list, ())
