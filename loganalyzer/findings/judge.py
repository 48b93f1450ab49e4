"""Judges events, associations, operations and runs by the signatures.

Every signature gives one of three answers: a hit, silence, or *not evaluable* because the log does not show what it
needs. Hits that another hit explains are folded under it; what is left are the causes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Evidence
from loganalyzer.dumps.dump import AssociateDump, DatasetDump, DimseDump
from loganalyzer.findings.conditions import holds
from loganalyzer.findings.explain import explain
from loganalyzer.findings.facts import association_lookup, event_lookup, operation_lookup, run_value
from loganalyzer.findings.phrase import placeholders
from loganalyzer.findings.recovery import mark_recovered
from loganalyzer.findings.sighting import Hit, Scene, Sighting
from loganalyzer.findings.values import association_values, event_values, run_values, with_status_text
from loganalyzer.timeline.association import Association, LineRef, Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loganalyzer.diagnosis.model import Run
    from loganalyzer.events.event import Event
    from loganalyzer.patternbase.load import PatternBase
    from loganalyzer.patternbase.types import Signature

_MAX_SIGHTINGS = 5000
_MAX_EVIDENCE_OF_HIT = 8
_MAX_TELLING = 4
_DUMP_LINES = 40
_REPEATED_S, _REPEATED_WITHOUT_THREAD_S = 120.0, 1.0
#: With these a thread turns to something else.
_STEPS = {
    "association.request-dump", "association.received", "request.incoming", "job.executing", "http.modality-request",
    "http.query-request",
}  # fmt: skip
_PROVING_NOTES = ("rejected", "failed", "refused", "no context accepted", "acknowledged", "accepted contexts")
#: Keys of a condition whose values are names of events.
_EVENT_KEYS = ("event", "preceded_by", "followed_by")


class Judge:
    """Collects what the signatures want to see while the logs are read, and judges it at the end."""

    def __init__(self, patterns: PatternBase) -> None:
        self._signatures = patterns.signatures
        self._wanted = {
            name
            for s in patterns.signatures
            for key in _EVENT_KEYS
            for condition in (s.when, s.unless or {})
            for name in events_of(condition, key)
        }
        self._sightings: dict[str, list[Sighting]] = defaultdict(list)
        self._steps: dict[tuple[int, str | None], list[Sighting]] = defaultdict(list)
        self._retried: set[str] = set()
        self._hosts: dict[tuple[int, int], str] = {}
        self._telling: dict[tuple[int, int], list[LineRef]] = defaultdict(list)
        self.beyond: dict[str, int] = defaultdict(int)

    def observe(self, event: Event, log: int, run: int, draft: int | None) -> None:
        """Takes an event, and the number of the association it belongs to."""
        thread = (log, event.record.thread)
        if event.type in _STEPS and event.record.thread is not None:
            self._steps.pop(thread, None)
        if event.type == "job.retry-scheduled":
            self._retried.add(event.fields["job"])
        elif event.type == "scu.opening" and draft is not None:
            self._hosts[log, draft] = event.fields["host"]
        elif draft is not None and isinstance(event.dump, AssociateDump | DimseDump):
            self._keep_telling(event, (log, draft))
        if event.type not in self._wanted:
            return
        seen = self._sightings[event.type]
        if len(seen) >= _MAX_SIGHTINGS:
            self.beyond[event.type] += 1
            return
        fields = event.fields
        if isinstance(event.dump, DatasetDump) and event.dump.level is not None:
            fields = fields | {"level": event.dump.level}
        step = self._steps[thread]
        sighting = Sighting(event.type, log, run, event.record, fields, draft, step, len(step))
        seen.append(sighting)
        step.append(sighting)

    def _keep_telling(self, event: Event, place: tuple[int, int]) -> None:
        telling = getattr(event.dump, "telling", None)
        if telling is not None and len(self._telling[place]) < _MAX_TELLING:
            self._telling[place].append(LineRef(event.record.line + telling[0], telling[1], "refused"))

    def hits(self, scene: Scene) -> tuple[list[Hit], list[Signature], list[Signature]]:
        """All hits, explained ones included; the signatures that stayed silent; those that could not be decided."""
        scene.hosts = {scene.by_draft[k].id: host for k, host in self._hosts.items() if k in scene.by_draft}
        scene.telling = {scene.by_draft[k].id: lines for k, lines in self._telling.items() if k in scene.by_draft}
        scene.occurrences = {name: len(seen) for name, seen in self._sightings.items()}
        hits: list[Hit] = []
        silent: list[Signature] = []
        undecided: list[Signature] = []
        suspects = [a for a in scene.associations if _is_suspect(a)]
        taken: set[tuple[int, int]] = set()
        for signature in sorted(self._signatures, key=lambda s: s.fallback):
            results = list(self._judge(signature, scene, suspects))
            found = [h for h in results if h is not None and not (signature.fallback and (h.log, h.line) in taken)]
            taken.update((h.log, h.line) for h in found)
            hits += found
            if not found:
                (undecided if None in results else silent).append(signature)
        mark_recovered(hits, scene, self._retried)
        explain(hits, scene)
        return hits, silent, undecided

    def _judge(self, signature: Signature, scene: Scene, suspects: list[Association]) -> Iterable[Hit | None]:
        """The hits of a signature; None for each object that lacks what the signature says it needs."""
        if signature.on == "event":
            seen = [s for name in events_of(signature.when) for s in self._sightings.get(name, ())]
            said: dict[tuple[int, str], Sighting] = {}
            for sighting in sorted(seen, key=lambda s: (s.log, s.record.line)):
                lookup = event_lookup(sighting, scene)
                answer = _holds(signature, lookup)
                if answer:
                    hit = _event_hit(signature, sighting, scene)
                    _add_facts(hit, lookup)
                    hit.weight = 0 if _is_repetition(sighting, said) else 1
                    yield hit
                elif answer is None and signature.needs is not None:
                    yield None
        elif signature.on == "run":
            for (log, number), run in scene.runs.items():
                if _holds(signature, lambda name, at=(log, number): run_value(scene, *at, name)):  # type: ignore[misc]
                    yield _run_hit(signature, log, run)
        else:
            for association in suspects:
                operations = association.operations if signature.on == "operation" else (None,)
                for operation in operations:
                    lookup = _lookup(association, operation, scene)
                    answer = _holds(signature, lookup)
                    if answer:
                        hit = _association_hit(signature, association, operation, scene)
                        _add_facts(hit, lookup)
                        hit.weight = operation.count if operation is not None else 1
                        yield hit
                    elif answer is None and signature.needs is not None:
                        yield None


def events_of(condition: Any, wanted: str = "event") -> list[str]:  # noqa: ANN401 - parsed YAML
    """The event names that a condition asks for under one key."""
    names: list[str] = []
    for key, value in condition.items():
        if key == wanted:
            values = list(value.values()) if isinstance(value, dict) else [value]
            names += [n for v in values for n in ([v] if isinstance(v, str) else v)]
        elif key in ("all", "any", "none"):
            names += [n for part in value for n in events_of(part, wanted)]
    return list(dict.fromkeys(names))


def _holds(signature: Signature, lookup: Callable[[str], Any]) -> bool | None:
    answer = holds(signature.when, lookup)
    if answer and signature.unless is not None:
        return not holds(signature.unless, lookup)
    return answer


def _lookup(association: Association, operation: Operation | None, scene: Scene) -> Callable[[str], Any]:
    if operation is None:
        return association_lookup(association, scene)
    return operation_lookup(operation, association, scene)


def _add_facts(hit: Hit, lookup: Callable[[str], Any]) -> None:
    """The facts that the signature's title and groups name beside the plain fields."""
    for name in (*placeholders(hit.signature.title), *hit.signature.group_by):
        if name not in hit.values:
            value = lookup(name)
            if isinstance(value, str | int | float):
                hit.values[name] = str(value)


def _is_suspect(a: Association) -> bool:
    """Whether a signature could hold on it: an association that was used to the end without a failure is none."""
    return (
        a.outcome is not Outcome.RELEASED
        or a.failure is not None
        or a.contexts_accepted is not None
        and a.contexts_accepted != a.contexts_proposed
        or not a.operations
        or any(o.ok is False or (o.status or "0x0000") != "0x0000" for o in a.operations)
    )


def _is_repetition(sighting: Sighting, said: dict[tuple[int, str], Sighting]) -> bool:
    """Whether an error is only printed again: it crossed from the thread of a job to the one that waits for the job."""
    key = (sighting.log, sighting.record.message)
    first = said.get(key)
    if first is None or sighting.draft is not None:
        said[key] = sighting
        return False
    here, there = sighting.record, first.record
    if here.time is None or there.time is None or (here.thread is not None and here.thread == there.thread):
        return False
    limit = _REPEATED_S if here.thread is not None else _REPEATED_WITHOUT_THREAD_S
    return (here.time - there.time).total_seconds() <= limit


def _event_hit(signature: Signature, sighting: Sighting, scene: Scene) -> Hit:
    record = sighting.record
    association = scene.by_draft.get((sighting.log, sighting.draft)) if sighting.draft is not None else None
    values = run_values(scene, sighting.log, sighting.run)
    if association is not None:
        values |= association_values(association, scene)
    values |= event_values(sighting.fields)
    values.setdefault("detail", record.message)
    if sighting.type == "scu.store-status":
        values["command"] = "C-STORE"
    evidence = [Evidence(sighting.log, record.line, "primary", record.text, signature.label)]
    if association is not None:
        evidence += [
            Evidence(association.log, ref.line, "secondary", ref.text, ref.note)
            for ref in association.lines
            if ref.line != record.line
        ][: _MAX_EVIDENCE_OF_HIT - 1]
    return Hit(
        signature, sighting.log, record.line, record.time, record.thread, with_status_text(values), evidence,
        (association.id,) if association is not None else (),
    )  # fmt: skip


def _association_hit(signature: Signature, association: Association, operation: Operation | None, scene: Scene) -> Hit:
    values = run_values(scene, association.log, association.run) | association_values(association, scene, operation)
    proof = _proof(association)
    if operation is not None:
        proof |= {n for n in (operation.first_line, operation.last_line) if n is not None}
    lines = association.lines
    shown = [ref for i, ref in enumerate(lines) if ref.line in proof or ref.note or i == len(lines) - 1]
    evidence = [
        Evidence(association.log, ref.line, "primary" if ref.line in proof else "secondary", ref.text, ref.note)
        for ref in shown
    ]
    evidence.sort(key=lambda e: (e.role != "primary", e.line))
    telling = [
        Evidence(association.log, ref.line, "primary", ref.text, signature.label)
        for ref in scene.telling.get(association.id, ())
        if operation is None or (operation.first_line or 0) <= ref.line <= (operation.last_line or ref.line) + _DUMP_LINES
    ]
    line = min(proof) if proof else association.start_line or 0
    return Hit(
        signature, association.log, line, association.end or association.start, association.thread,
        with_status_text(values), [*telling, *evidence][:_MAX_EVIDENCE_OF_HIT], (association.id,),
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
