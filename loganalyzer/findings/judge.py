"""Judges events, associations, operations and runs by the signatures.

Every signature gives one of three answers: a hit, silence, or *not evaluable* because the log does not show what it
needs. Hits that another hit explains are folded under it; what is left are the causes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from loganalyzer.dicom import uid_name
from loganalyzer.diagnosis.model import Evidence
from loganalyzer.findings.conditions import holds
from loganalyzer.findings.explain import explain
from loganalyzer.findings.facts import association_lookup, event_lookup, last_operation, run_value
from loganalyzer.findings.sighting import Hit, Scene, Sighting
from loganalyzer.timeline.association import Association, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loganalyzer.diagnosis.model import Run
    from loganalyzer.events.event import Event
    from loganalyzer.patternbase.load import PatternBase
    from loganalyzer.patternbase.types import Signature

_MAX_SIGHTINGS = 5000
_MAX_EVIDENCE_OF_HIT = 6


class Judge:
    """Collects what the signatures want to see while the logs are read, and judges it at the end."""

    def __init__(self, patterns: PatternBase) -> None:
        self._signatures = patterns.signatures
        self._wanted: dict[str, list[Signature]] = defaultdict(list)
        for signature in patterns.signatures:
            if signature.on == "event":
                for name in events_of(signature.when):
                    self._wanted[name].append(signature)
        self._sightings: dict[str, list[Sighting]] = defaultdict(list)
        self.beyond: dict[str, int] = defaultdict(int)

    def observe(self, event: Event, log: int, run: int, draft: int | None) -> None:
        """Takes an event, and the number of the association it belongs to."""
        if event.type not in self._wanted:
            return
        seen = self._sightings[event.type]
        if len(seen) >= _MAX_SIGHTINGS:
            self.beyond[event.type] += 1
            return
        seen.append(Sighting(event.type, log, run, event.record, event.fields, draft))

    def hits(self, scene: Scene) -> tuple[list[Hit], list[Signature], list[Signature]]:
        """All hits, explained ones included; the signatures that stayed silent; those that could not be decided."""
        hits: list[Hit] = []
        silent: list[Signature] = []
        undecided: list[Signature] = []
        suspects = [a for a in scene.associations if _is_suspect(a)]
        for signature in self._signatures:
            results = list(self._judge(signature, scene, suspects))
            found = [h for h in results if isinstance(h, Hit)]
            hits += found
            if not found:
                (undecided if None in results else silent).append(signature)
        explain(hits, scene)
        return hits, silent, undecided

    def _judge(self, signature: Signature, scene: Scene, suspects: list[Association]) -> Iterable[Hit | None]:
        if signature.on == "event":
            for name in events_of(signature.when):
                for sighting in self._sightings.get(name, ()):
                    answer = _holds(signature, event_lookup(sighting, scene))
                    if answer:
                        yield _event_hit(signature, sighting, scene)
        elif signature.on in ("association", "operation"):
            for association in suspects:
                answer = _holds(signature, association_lookup(association, scene))
                if answer:
                    yield _association_hit(signature, association, scene)
                elif answer is None and signature.needs is not None:
                    yield None
        else:
            for key, run in scene.runs.items():
                answer = _holds(signature, lambda name, key=key: run_value(scene, key[0], key[1], name))  # type: ignore[misc]
                if answer:
                    yield _run_hit(signature, key[0], run)


def events_of(condition: Any) -> list[str]:  # noqa: ANN401 - parsed YAML
    """The event names that a condition asks for."""
    names: list[str] = []
    for key, value in condition.items():
        if key == "event":
            wanted = value.get("in", []) if isinstance(value, dict) else value
            names += [wanted] if isinstance(wanted, str) else list(wanted)
        elif key in ("all", "any"):
            names += [n for part in value for n in events_of(part)]
    return list(dict.fromkeys(names))


def _holds(signature: Signature, lookup: Callable[[str], Any]) -> bool | None:
    answer = holds(signature.when, lookup)
    if answer and signature.unless is not None:
        stopped = holds(signature.unless, lookup)
        return False if stopped else answer
    return answer


def _is_suspect(a: Association) -> bool:
    """Whether a signature could hold on it: an association that was used to the end without a failure is none."""
    return (
        a.outcome is not Outcome.RELEASED
        or a.failure is not None
        or a.contexts_accepted == 0
        or not a.operations
        or any(o.ok is False or (o.status or "0x0000") != "0x0000" for o in a.operations)
    )


def _event_hit(signature: Signature, sighting: Sighting, scene: Scene) -> Hit:
    record = sighting.record
    association = scene.by_draft.get((sighting.log, sighting.draft)) if sighting.draft is not None else None
    values = run_values(scene, sighting.log, sighting.run)
    if association is not None:
        values |= association_values(association)
    values |= sighting.fields
    evidence = [Evidence(sighting.log, record.line, "primary", record.text, signature.label)]
    if association is not None:
        evidence += [
            Evidence(association.log, ref.line, "secondary", ref.text, ref.note)
            for ref in association.lines
            if ref.line != record.line
        ][: _MAX_EVIDENCE_OF_HIT - 1]
    return Hit(
        signature, sighting.log, record.line, record.time, record.thread, values, evidence,
        (association.id,) if association is not None else (),
    )  # fmt: skip


_PROVING_NOTES = ("rejected", "failed", "refused", "no context accepted", "acknowledged", "accepted contexts")


def _association_hit(signature: Signature, association: Association, scene: Scene) -> Hit:
    values = run_values(scene, association.log, association.run) | association_values(association)
    refs = association.lines
    proof = _proof(association)
    evidence = [
        Evidence(association.log, r.line, "primary" if r.line in proof else "secondary", r.text, r.note)
        for r in refs
        if r.line in proof or r.note
    ]
    evidence.sort(key=lambda e: (e.role != "primary", e.line))
    line = min(proof) if proof else association.start_line or 0
    return Hit(
        signature, association.log, line, association.end or association.start, association.thread, values,
        evidence[: _MAX_EVIDENCE_OF_HIT + 2], (association.id,),
    )  # fmt: skip


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


def _run_hit(signature: Signature, log: int, run: Run) -> Hit:
    values = {k: str(v) for k, v in run.facts.items()}
    return Hit(signature, log, run.first_line, run.first_time, None, values, [], ())


def run_values(scene: Scene, log: int, run: int) -> dict[str, str]:
    """What a run's start-up lines said, under the names that texts use."""
    found = scene.runs.get((log, run))
    if found is None:
        return {}
    values = dict(found.facts)
    if found.orthanc_version is not None:
        values["version"] = found.orthanc_version
    if found.aet is not None:
        values["orthanc_aet"] = found.aet
    if found.dicom_port is not None:
        values["dicom_port"] = str(found.dicom_port)
    return values


def association_values(association: Association) -> dict[str, str]:
    """An association's fields under the names that texts use; absent ones are left out."""
    a, operation = association, last_operation(association)
    lookup: dict[str, object] = {
        "calling_aet": a.calling_aet, "called_aet": a.called_aet, "peer_aet": a.peer_aet, "peer_ip": a.peer_ip,
        "peer_port": a.peer_port, "detail": a.failure,
    }  # fmt: skip
    refused = [c for c in a.contexts if c.result not in (None, "accepted")]
    if refused:
        classes = list(dict.fromkeys(c.abstract_syntax for c in refused))
        syntaxes = list(dict.fromkeys(t for c in refused for t in c.transfer_syntaxes))
        lookup |= {
            "sop_class": _names(classes), "sop_class_uid": ", ".join(classes[:3]),
            "transfer_syntax": _names(syntaxes), "transfer_syntax_uid": ", ".join(syntaxes[:3]),
        }  # fmt: skip
    if operation is not None:
        lookup["command"] = operation.command
        lookup["move_destination"] = operation.move_destination
        lookup["status"] = operation.status
        lookup["detail"] = a.failure or operation.detail
        if operation.sop_class is not None:
            lookup.setdefault("sop_class", uid_name(operation.sop_class))
            lookup.setdefault("sop_class_uid", operation.sop_class)
    if a.reject is not None:
        lookup["reject_text"] = a.reject.text
    return {k: str(v) for k, v in lookup.items() if v is not None and v != ""}


def _names(uids: list[str]) -> str:
    shown = ", ".join(uid_name(u) for u in uids[:3])
    return f"{shown} and {len(uids) - 3} more" if len(uids) > 3 else shown  # noqa: PLR2004
