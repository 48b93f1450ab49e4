"""Judges events, associations, operations and runs by the signatures.

Every signature gives one of three answers: a hit, silence, or *not evaluable* because the log does not show what it
needs. Hits that another hit explains are folded under it; what is left are the causes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from loganalyzer.dumps.dump import AssociateDump, DatasetDump, DimseDump
from loganalyzer.findings.conditions import compiled
from loganalyzer.findings.explain import explain
from loganalyzer.findings.facts import association_lookup, event_lookup, operation_lookup, run_lookup
from loganalyzer.findings.hits import add_facts, association_hit, event_hit, run_hit
from loganalyzer.findings.recovery import mark_recovered
from loganalyzer.findings.sighting import Alike, Hit, Scene, Sighting, stand_for
from loganalyzer.timeline.association import Association, LineRef, Outcome, association_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.findings.conditions import Test
    from loganalyzer.patternbase.load import PatternBase
    from loganalyzer.patternbase.types import Signature
    from loganalyzer.records.record import Record

    Gist = Callable[[], tuple[object, ...]]
    _Results = dict[str, list[Hit | None]]

#: So many events of a name, and associations, are judged one by one; beyond that, a few of those that are alike, and of
#: very many only one.
_ONE_BY_ONE = 250
_FEW_ALIKE, _MOST_ALIKE = 1000, 4
_MAX_SIGHTINGS = 5000
_MAX_HOSTS = 20_000
_MAX_TELLING = 4
_REPEATED_S, _REPEATED_AT_ONCE_S = 120.0, 1.0
_THROWN = "OrthancException"  # the source file of the line
_WORKER = "JOBS-WORKER"  # the thread of a job; who asked for the job waits in another one
#: With these a thread turns to something else.
_STEPS = {
    "association.request-dump", "association.received", "request.incoming", "job.executing", "http.modality-request",
    "http.query-request",
}  # fmt: skip


class Judge:
    """Collects what the signatures want to see while the logs are read, and judges it at the end.

    Of each event it keeps a bounded number; beyond that, lines with the text of a kept one, on an association like
    its own, are counted. ``uncounted`` are the lines, by event, that neither was done with.
    """

    def __init__(self, patterns: PatternBase) -> None:
        self._signatures = patterns.ordered
        self._asked = patterns.asked
        self._of_interest = self._asked.all | _STEPS | {"job.retry-scheduled", "scu.opening"}
        self._tests: dict[str, Test] = patterns.tests
        self._sightings: dict[str, list[Sighting]] = defaultdict(list)
        self._steps: dict[tuple[int, str | None], list[Sighting]] = defaultdict(list)
        self._retried: set[str] = set()
        self._hosts: dict[tuple[int, int], str] = {}
        self._telling: dict[tuple[int, int], list[LineRef]] = defaultdict(list)
        self._peers: set[int] = set()
        self._alike: dict[tuple[object, ...], Alike] = {}
        self.uncounted: dict[str, int] = defaultdict(int)

    def observe(
        self, event: Event, log: int, run: int, owner: tuple[int, int] | None, gist: Gist | None = None, *,
        of_log: bool = True,
    ) -> None:  # fmt: skip
        """Takes an event, the log and the number of the association it belongs to, and what tells that one apart.

        Where a log was rotated, the number is below zero if that began in the log before; and the event may stand in
        the log behind (not ``of_log``), with a line behind all of this one.
        """
        kind = event.type
        if kind not in self._of_interest and event.dump is None:
            return
        thread = (log, event.record.thread)
        if kind in _STEPS and thread in self._steps and event.record.thread is not None:
            del self._steps[thread]
        if kind == "job.retry-scheduled":
            self._retried.add(event.fields["job"])
        elif kind == "scu.opening" and owner is not None and len(self._hosts) < _MAX_HOSTS:
            self._hosts[owner] = event.fields["host"]
        elif owner is not None and event.dump is not None:
            self._keep_telling(event, owner)
        if kind not in self._asked.all:
            return
        seen = self._sightings[event.type]
        elsewhere = not of_log if owner is None else owner[1] < 0
        alike = self._alike_to(event, (elsewhere, log, gist and gist()), len(seen))
        if alike is None:
            return
        fields = event.fields
        if isinstance(event.dump, DatasetDump) and event.dump.level is not None:
            fields = fields | {"level": event.dump.level}
        step = self._steps[thread]
        sighting = Sighting(event.type, log, run, event.record, fields, owner, step, len(step), alike, alike.judged)
        alike.judged += 1
        seen.append(sighting)
        step.append(sighting)

    def _alike_to(self, event: Event, place: tuple[object, ...], kept: int) -> Alike | None:
        """What is like an event that is judged on its own: it is one of the first, or says something new.

        None for one that is counted with those that it is like. ``place`` is what of an event beside its line tells it
        apart, beginning with whether it is judged elsewhere.
        """
        record = event.record
        key = event.type, *place, record.plugin, record.message
        alike = self._alike.get(key)
        if kept < _MAX_SIGHTINGS and (alike is None or alike.judged < _most_alike(kept)):
            if alike is None:
                alike = self._alike[key] = Alike()
            return alike
        if alike is not None:
            alike.count(record.time, record.line)
        elif not place[0]:
            self.uncounted[event.type] += 1
        return None

    def _keep_telling(self, event: Event, place: tuple[int, int]) -> None:
        telling = event.dump.telling if isinstance(event.dump, AssociateDump | DimseDump) else None
        if telling is None or (place not in self._telling and len(self._telling) >= _MAX_SIGHTINGS):
            return
        if len(self._telling[place]) < _MAX_TELLING:
            self._telling[place].append(LineRef(event.record.line + telling[0], telling[1], "refused"))

    def hits(self, scene: Scene) -> tuple[list[Hit], list[Signature], list[Signature]]:
        """All hits, explained ones included; the signatures that stayed silent; those that could not be decided."""
        scene.hosts = {association_id(*place): host for place, host in self._hosts.items()}
        scene.telling = {association_id(*place): lines for place, lines in self._telling.items()}
        scene.occurrences = {
            name: sum(not scene.elsewhere(s) for s in seen) for name, seen in self._sightings.items()
        }  # fmt: skip
        for (name, elsewhere, *_), alike in self._alike.items():
            if alike.counted and not elsewhere:
                scene.occurrences[str(name)] += alike.counted
                scene.in_part = True
        hits: list[Hit] = []
        silent: list[Signature] = []
        undecided: list[Signature] = []
        self._peers = {log for (log, _), run in scene.runs.items() if "product" in run.facts}
        judged = self._judge_events(scene) | self._judge_associations(scene) | self._judge_runs(scene)
        taken: set[tuple[int, int]] = set()
        for signature in self._signatures:
            results = judged.pop(signature.code, None)
            if not results:
                silent.append(signature)
                continue
            found = [h for h in results if h is not None and not (signature.fallback and (h.log, h.line) in taken)]
            taken.update((h.log, h.line) for h in found)
            hits += found
            if not found:
                (undecided if None in results else silent).append(signature)
        mark_recovered(hits, scene, self._retried)
        explain(hits, scene)
        return [hit for hit in hits if not hit.elsewhere], silent, undecided

    def _judge_events(self, scene: Scene) -> _Results:
        """The hits of the signatures on events, by their codes; None for each that lacks what the signature needs.

        Each event in turn is held against all of them, as their associations are found fastest one after the other.
        """
        results: _Results = defaultdict(list)
        asked: dict[str, list[Signature]] = defaultdict(list)
        for signature in self._signatures:
            if signature.on == "event":
                for name in self._asked.judged[signature.code]:
                    asked[name].append(signature)
        said: dict[str, dict[tuple[int, str], Hit]] = defaultdict(dict)
        seen = (sighting for name in asked for sighting in self._sightings.get(name, ()))
        for sighting in sorted(seen, key=lambda s: (s.log, s.record.line)):
            lookup = event_lookup(sighting, scene)
            for signature in asked[sighting.type]:
                if not self._concerns(signature, sighting.log):
                    continue
                answer = self._test(signature)(lookup)
                if answer:
                    hit = event_hit(signature, sighting, scene)
                    if not _repeats(hit, sighting, said[signature.code]):
                        add_facts(hit, lookup)
                        stand_for(hit, sighting.alike, sighting.nth)
                    results[signature.code].append(hit)
                elif answer is None and signature.needs is not None:
                    results[signature.code].append(None)
        return results

    def _judge_runs(self, scene: Scene) -> _Results:
        return {
            signature.code: [
                run_hit(signature, log, run)
                for (log, number), run in scene.runs.items()
                if self._concerns(signature, log) and self._test(signature)(run_lookup(scene, log, number))
            ]
            for signature in self._signatures
            if signature.on == "run"
        }

    def _judge_associations(self, scene: Scene) -> _Results:
        """The same for the signatures on associations and on operations.

        Each association in turn is held against all of them, so that what may be asked of it lives no longer.
        """
        results: _Results = defaultdict(list)
        asked = cache(self._concerning)
        for name, (alike, nth) in _suspected(scene).items():
            a = scene.by_id[name]
            whole = _Suspect(a, None, association_lookup(a, scene), alike, nth)
            _judge_suspect(whole, asked("association", a.log), scene, results)
            for place, o in enumerate(a.operations):
                single = _Suspect(a, place, operation_lookup(o, a, scene), alike, nth, o.count)
                _judge_suspect(single, asked("operation", a.log), scene, results)
        return results

    def _concerning(self, on: str, log: int) -> list[tuple[Signature, Test]]:
        """The signatures on associations or operations that are for this log."""
        return [(s, self._test(s)) for s in self._signatures if s.on == on and self._concerns(s, log)]

    def _test(self, signature: Signature) -> Test:
        """Whether a signature holds on an object; None where the log does not show enough to say."""
        test = self._tests.get(signature.code)
        if test is None:
            test = self._tests[signature.code] = _compiled(signature)
        return test

    def _concerns(self, signature: Signature, log: int) -> bool:
        """Whether a signature is for this log: a client's log tells otherwise what Orthanc's own log tells."""
        return signature.logs == "any" or (signature.logs == "peers") == (log in self._peers)


def _most_alike(judged: int) -> float:
    """How many of those that are alike are judged where so many were judged before."""
    return math.inf if judged < _ONE_BY_ONE else _MOST_ALIKE if judged < _FEW_ALIKE else 1


def _compiled(signature: Signature) -> Test:
    when = compiled(signature.when)
    if signature.unless is None:
        return when
    unless = compiled(signature.unless)

    def test(lookup: Callable[[str], Any]) -> bool | None:
        answer = when(lookup)
        return not unless(lookup) if answer else answer

    return test


@dataclass(frozen=True, slots=True)
class _Suspect:
    """An association under judgement, or its operation at a place, how often that ran, and what may be asked of it.

    It is the ``nth`` of those that are ``alike``.
    """

    association: Association
    operation: int | None
    lookup: Callable[[str], Any]
    alike: Alike | None
    nth: int
    count: int = 1


def _judge_suspect(suspect: _Suspect, asked: list[tuple[Signature, Test]], scene: Scene, results: _Results) -> None:
    lookup = suspect.lookup
    for signature, test in asked:
        answer = test(lookup)
        if answer:
            hit = association_hit(signature, suspect.association, suspect.operation, scene)
            add_facts(hit, lookup)
            stand_for(hit, suspect.alike, suspect.nth)
            hit.weight *= suspect.count
            results[signature.code].append(hit)
        elif answer is None and signature.needs is not None:
            results[signature.code].append(None)


def _suspected(scene: Scene) -> dict[str, tuple[Alike | None, int]]:
    """The associations on which a signature could hold, each with those that it is like, and which of them it is.

    The first ones stand for themselves; beyond those, a few of each shape are judged for all that are alike.
    """
    judged: dict[str, tuple[Alike | None, int]] = {}
    shapes: dict[int, Alike] = defaultdict(Alike)
    for association in filter(_is_suspect, scene.associations):
        if len(judged) < _ONE_BY_ONE:
            judged[association.id] = None, 0
            continue
        alike = shapes[_shape(association, scene)]
        if alike.judged < _most_alike(len(judged)):
            judged[association.id] = alike, alike.judged
            alike.judged += 1
        else:
            alike.count(association.end or association.start, association.end_line or association.start_line or 0)
    return judged


def _shape(a: Association, scene: Scene) -> int:
    """A number for what associations that are judged alike have in common: of many shapes, all that is kept.

    Equal contexts are one object (``ContextMerger``).
    """
    return hash((
        a.log, a.run, a.direction, a.calling_aet, a.called_aet, a.peer_ip, a.peer_port, a.tls, a.outcome, a.ended_by,
        a.reject, a.failure, a.contexts_proposed, a.contexts_accepted, id(a.contexts), a.attribution,
        a.caused_by is None, a.job is None, len(scene.children.get(a.id, ())),
        *((o.command, o.requested_by, o.status, o.ok, o.sop_class, o.detail, o.move_destination) for o in a.operations),
    ))  # fmt: skip


def _is_suspect(a: Association) -> bool:
    """Whether a signature could hold on it: an association that was used to the end without a failure is none."""
    return (
        a.outcome is not Outcome.RELEASED
        or a.failure is not None
        or (a.contexts_accepted is not None and a.contexts_accepted != a.contexts_proposed)
        or not a.operations
        or any(o.ok is False or (o.status or "0x0000") != "0x0000" for o in a.operations)
    )


def _repeats(hit: Hit, sighting: Sighting, said: dict[tuple[int, str], Hit]) -> bool:
    """Whether an error is only printed again, by the thread that waits for the job or twice in a row.

    It then belongs to what the first one belongs to, and does not count. Only exceptions are printed by another thread,
    or once more with their kind before the same words; of another line, only one that follows itself is the same.
    """
    words = _words(sighting.record)
    first = said.get((hit.log, words))
    if first is None or sighting.owner is not None or not _is_again(hit, sighting, first):
        said[hit.log, words] = hit
        return False
    hit.weight, hit.associations, hit.values = 0, first.associations, first.values
    hit.inferred, hit.client, hit.elsewhere = first.inferred, first.client, first.elsewhere
    return True


def _is_again(hit: Hit, sighting: Sighting, first: Hit) -> bool:
    thrown = _is_thrown(sighting.record)
    if hit.time is None or first.time is None or not (thrown or hit.line == first.line + 1):
        return False
    if not thrown and "calling_aet" in sighting.fields:  # what a client asks for is refused as often as it asks
        return False
    passed = (hit.time - first.time).total_seconds()
    if hit.thread is not None and hit.thread != first.thread:
        return passed <= _REPEATED_S and first.thread is not None and (hit.thread + first.thread).count(_WORKER) == 1
    last = next((s.record for s in sighting.before() if s.record.is_alarm), None)
    return passed <= _REPEATED_AT_ONCE_S and last is not None and _words(last) == _words(sighting.record)


def _is_thrown(record: Record) -> bool:
    return (record.file or _THROWN).startswith(_THROWN)


def _words(record: Record) -> str:
    """What a line says, without the kind of the exception."""
    return (_is_thrown(record) and record.message.partition(": ")[2]) or record.message
