"""``diagnose``: from what a person brought to the diagnosis."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from loganalyzer.diagnosis.checklist import checklist_of, questions_of
from loganalyzer.diagnosis.cuts import cut_starts, cuts_of, headline_of_cut, unless_cut
from loganalyzer.diagnosis.headline import headline_of, headline_of_another
from loganalyzer.diagnosis.levels import levels_of
from loganalyzer.diagnosis.model import Diagnosis, LogSummary, NotEvaluated, Run, Severity, Verdict
from loganalyzer.diagnosis.overview import overview_of
from loganalyzer.diagnosis.places import in_file_lines
from loganalyzer.diagnosis.rotation import REACH, Behind, builder_behind, go_on, in_their_logs
from loganalyzer.diagnosis.runs import RunTracker
from loganalyzer.diagnosis.verdict import verdict_of
from loganalyzer.dialects.products import NO_PROGRAM, ORTHANC, TEXT, of_another_program
from loganalyzer.dialects.views import view_in_parts, views_of
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.reader import UNKNOWN
from loganalyzer.findings.group import findings_of
from loganalyzer.findings.judge import Judge
from loganalyzer.findings.sides import explain_other_side
from loganalyzer.findings.sighting import Scene
from loganalyzer.patternbase import PatternBase, load_patterns
from loganalyzer.sources.block import Problem
from loganalyzer.sources.line_map import LineMap
from loganalyzer.sources.opening import open_logs
from loganalyzer.timeline.builder import MOST_ASSOCIATIONS, TimelineBuilder
from loganalyzer.timeline.packed import Packer
from loganalyzer.timeline.pairing import not_paired, pair_up
from loganalyzer.timeline.stories import stories_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from loganalyzer.diagnosis.model import Evidence, Finding
    from loganalyzer.dialects.views import View
    from loganalyzer.events.event import Event
    from loganalyzer.events.parts import Helpers
    from loganalyzer.sources.block import Block, LogStream
    from loganalyzer.sources.opening import Opened
    from loganalyzer.sources.options import ReadOptions
    from loganalyzer.timeline.association import Association
    from loganalyzer.timeline.draft import AssociationDraft
    from loganalyzer.timeline.pairing import Pair

    Progress = Callable[[str, int], None]
    Watch = Callable[[Event], None]
    Beyond = Callable[[Association], None]

_COLLECT_EVERY = 500_000
_MAX_SAMPLE = 300


class ConfigurationCheck(Protocol):
    """Orthanc's configuration, to be held against the logs; see :mod:`loganalyzer.config.check`."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read of it."""
        ...

    def with_findings(
        self, findings: tuple[Finding, ...], logs: Sequence[LogSummary], associations: Sequence[Association]
    ) -> tuple[Finding, ...]:
        """The findings of the logs together with those of the configuration."""
        ...

    def facts(self, associations: Sequence[Association], /) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
        """What it answers of the checklist: a field of its rules, the value, and the lines that say so."""
        ...


@dataclass(slots=True)
class _Reading:
    """What has been read so far, over all logs; ``behind`` are the logs behind those, by their numbers."""

    judge: Judge
    catalogue: EventCatalogue
    scene: Scene = field(default_factory=lambda: Scene({}))
    behind: dict[int, Behind] = field(default_factory=dict)
    packer: Packer = field(default_factory=Packer)
    folded: int = 0
    jobs: dict[tuple[int, str], str | None] = field(default_factory=dict)
    logs: list[LogSummary] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: int = 0
    alarms: int = 0
    configuration: ConfigurationCheck | None = None
    watch: Watch | None = None
    beyond: Beyond | None = None
    helpers: Helpers | None = None
    most: int = MOST_ASSOCIATIONS
    maps: list[LineMap] = field(default_factory=list)


def diagnose(*paths: str | Path, patterns: PatternBase | None = None, options: ReadOptions | None = None) -> Diagnosis:
    """The diagnosis of some logs that belong together.

    ``paths`` are files, folders, archives or ``-``. ``patterns`` are the program's own unless given. What cannot be
    read is among :attr:`Diagnosis.problems`; nothing is raised for it.
    """
    return diagnose_opened(open_logs(paths, options), patterns=patterns)


def diagnose_opened(
    opened: Opened,
    *,
    patterns: PatternBase | None = None,
    catalogue: EventCatalogue | None = None,
    progress: Progress | None = None,
    configuration: ConfigurationCheck | None = None,
) -> Diagnosis:
    """The same for logs that are open. ``progress`` is told a log's name and the bytes read of it, block by block.

    Many diagnoses may share the ``catalogue`` of ``patterns``.
    """
    base = patterns if patterns is not None else load_patterns()
    reading = _Reading(Judge(base), _ready(catalogue, base), configuration=configuration)
    if configuration is not None:
        reading.problems += configuration.problems
    with rare_collections():
        for stream in opened:
            _read(stream, reading, progress)
        reading.problems[:0] = opened.problems
        return _conclude(reading, base)


def diagnose_log(
    log: LogStream,
    *,
    patterns: PatternBase,
    catalogue: EventCatalogue | None = None,
    watch: Watch | None = None,
    beyond: Beyond | None = None,
    helpers: Helpers | None = None,
    most: int = MOST_ASSOCIATIONS,
) -> Diagnosis:
    """The diagnosis of one log that is already open; many logs may share the ``catalogue`` of ``patterns``.

    ``watch`` is shown every warning and error that no pattern knows, ``beyond`` is given the associations that are so
    many (more than ``most``) that the diagnosis only counts them. ``helpers`` read a large log in parts, with the same
    result.
    """
    with rare_collections():
        catalogue = _ready(catalogue, patterns)
        reading = _Reading(Judge(patterns), catalogue, watch=watch, beyond=beyond, helpers=helpers, most=most)
        _read(log, reading)
        return _conclude(reading, patterns)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Reading makes many small objects and no circles: looking for circles among them is a third of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _ready(catalogue: EventCatalogue | None, base: PatternBase) -> EventCatalogue:
    """The catalogue, made unless given; what took too long on another log is tried again."""
    catalogue = catalogue if catalogue is not None else EventCatalogue(base.events)
    catalogue.disabled.clear()
    return catalogue


def _watched(stream: LogStream, progress: Progress) -> Iterator[Block]:
    for block in stream.blocks():
        progress(stream.name, stream.state.bytes)
        yield block


def _read(stream: LogStream, reading: _Reading, progress: Progress | None = None) -> None:
    places = LineMap()
    in_parts = view_in_parts(stream, reading.helpers, reading.catalogue) if reading.helpers is not None else None
    blocks = places.counted(stream.blocks() if progress is None else _watched(stream, progress))
    for view in [in_parts] if in_parts is not None else views_of(blocks, reading.catalogue, stream.year):
        reading.maps.append(places)
        _read_view(view, stream, reading)
    reading.problems += stream.state.problems


def _read_view(view: View, stream: LogStream, reading: _Reading) -> None:
    number = len(reading.logs)
    most = max(0, reading.most - reading.packer.kept)
    catalogue, neighbours, tracker = reading.catalogue, stream.neighbours, RunTracker()
    builder = builder_behind(
        neighbours, lambda: TimelineBuilder(number, most, reading.beyond, reading.packer), catalogue, stream.year
    )
    _follow(view, builder, tracker, reading)
    lines = reading.maps[-1].lines or stream.state.lines

    def told(event: Event, draft: AssociationDraft | None) -> None:
        if draft is None or draft.number >= 0:
            owner, gist = ((number, draft.number), draft.gist) if draft is not None else (None, None)
            reading.judge.observe(event, number, tracker.number, owner, gist, of_log=False)

    behind = go_on(neighbours, builder, catalogue, lines, told)
    if behind is not None:
        reading.behind[number], reading.scene.lines[number] = behind, lines
    reading.alarms += view.counts.alarms
    level, run_levels = levels_of(view.counts)
    runs = tracker.runs(run_levels, view.counts.last_time)
    if of_another_program(view.product):
        reading.scene.runs[number, 0] = Run(0, 1, level=level, facts={"product": view.product})
    for run in runs:
        reading.scene.runs[number, run.number] = run
    builder.finish()
    reading.folded += builder.folded
    reading.scene.placed |= {
        (number, line): (number, draft)
        for line, draft in builder.incoming.placed.items()
        if draft >= 0 or line <= REACH
    }
    cuts = builder.cuts | view.counts.cuts
    if of_another_program(view.product) and not runs:  # not all programs say how their associations end
        cuts = {kind: cut for kind, cut in cuts.items() if kind == "beginning"}
    if view.product not in NO_PROGRAM or runs:
        reading.problems += cuts_of(stream.name, cuts, reading.maps[-1].line)
    reading.jobs |= {(number, job): result for job, result in builder.outgoing.jobs.results.items()}
    reading.logs.append(_summary(view, stream, level, runs))


def _follow(view: View, builder: TimelineBuilder, runs: RunTracker, reading: _Reading) -> None:
    """Gives each event of a log to all who collect something of it."""
    number = len(reading.logs)
    for event in view.events():
        draft = None
        if not event.partial:
            if event.type.startswith("run."):
                runs.feed(event)
            draft = builder.feed(event)
        if event.type == UNKNOWN:
            reading.unknown += view.product in (ORTHANC, TEXT)
            if reading.watch is not None:
                line = reading.maps[-1].line(event.record.line)
                reading.watch(structs.replace(event, record=structs.replace(event.record, line=line)))
        known = draft is not None and (draft.number >= 0 or event.record.line <= REACH)
        owner = (number, draft.number) if draft is not None and known else None
        reading.judge.observe(event, number, runs.number, owner, draft.gist if draft is not None else None)


def _summary(view: View, stream: LogStream, level: str, runs: tuple[Run, ...]) -> LogSummary:
    counts, state = view.counts, stream.state
    product = ORTHANC if runs else view.product
    # Orthanc's stamps have no year; in another program's log only those with a year are times at all.
    dated = of_another_program(product) and counts.first_time is not None
    return LogSummary(
        name=stream.name if view.part is None else f"{stream.name} ({view.part})", wrapper=stream.wrapper,
        encoding=stream.encoding,
        orthanc_version=next((r.orthanc_version for r in reversed(runs) if r.orthanc_version), None),
        level=level, lines=state.lines, bytes=state.bytes,
        understood_lines=max(0, state.lines - counts.orphans - state.dropped_lines),
        first_time=counts.first_time, last_time=counts.last_time,
        year_from="wrapper" if dated else stream.year_from, runs=runs,
        sha256=state.sha256, wrapper_score=stream.wrapper_score, product=product,
        samples_not_understood=tuple(text[:_MAX_SAMPLE] for _, text in counts.not_understood),
        dropped_lines=state.dropped_lines, zone=stream.zone,
    )  # fmt: skip


def _conclude(reading: _Reading, base: PatternBase) -> Diagnosis:
    scene, associations = reading.scene, reading.packer.associations()
    scene.take(associations.plain())
    hits, silent, undecided = reading.judge.hits(scene)
    if len(reading.logs) > 1:
        explain_other_side(hits)
    findings = _in_their_logs(findings_of(hits, base), reading)
    if reading.configuration is not None:
        findings = reading.configuration.with_findings(findings, reading.logs, scene.associations)
    reading.problems += _left_out(reading)
    complete = not any(p.incomplete for p in reading.problems)
    verdict, findings = _judged(reading, findings)
    held_back = headline_of_cut(verdict, reading.problems)
    verdict = unless_cut(verdict, reading.problems)
    overview = overview_of(reading.logs, scene.associations, findings, verdict)
    for name, value, proof in reading.configuration.facts(scene.associations) if reading.configuration else ():
        overview.values[name], overview.proofs[name] = value, list(proof)
    pairs = _paired(reading)
    diagnosis = Diagnosis(
        verdict=verdict,
        headline=held_back
        or headline_of(verdict, findings, scene.associations, reading.folded, pairs)
        or headline_of_another(verdict, reading.logs),
        complete=complete,
        problems=tuple(reading.problems),
        logs=tuple(reading.logs),
        findings=findings,
        not_evaluated=tuple(NotEvaluated(s.name, s.needs or "") for s in undecided),
        associations=associations.sparing({name for f in findings for name in f.associations}).plain(),
        checklist=checklist_of(base.checklist, overview, findings),
        questions=questions_of(base.questions, overview, findings),
        checked=tuple(s.name for s in silent),
        folded_associations=reading.folded,
        unknown_messages=reading.unknown,
        pairs=pairs,
        stories=stories_of(scene.associations, scene.children, reading.jobs),
    )
    return in_file_lines(diagnosis, reading.maps)


def _in_their_logs(findings: tuple[Finding, ...], reading: _Reading) -> tuple[Finding, ...]:
    names = [log.name for log in reading.logs]
    return tuple(replace(f, evidence=in_their_logs(f.evidence, reading.behind, names)) for f in findings)


def _left_out(reading: _Reading) -> Iterator[Problem]:
    """What was not judged."""
    uncounted = sum(reading.judge.uncounted.values())
    if uncounted:
        what = f"{uncounted} further lines of kinds that are reported were too many to be judged one by one"
        yield Problem(reading.logs[0].name, what, incomplete=False, note=True)
    for where in reading.catalogue.disabled:
        yield Problem(where, "this pattern took too long on a line and was left out from there on")


def _judged(reading: _Reading, findings: tuple[Finding, ...]) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict, and the findings as they weigh under it."""
    failed = any(f.severity is not Severity.NOTICE and f.explained_by is None for f in findings)
    verdict = verdict_of(reading.logs, reading.scene.associations, findings_failed=failed)
    if verdict is Verdict.NOT_ORTHANC:
        # What another server says of its clients is no failure of Orthanc.
        findings = tuple(replace(f, severity=Severity.NOTICE) for f in findings)
    if verdict is not Verdict.FAILURE:
        for log, places in zip(reading.logs, reading.maps, strict=True):
            reading.problems += cuts_of(log.name, cut_starts(log.runs), places.line)
    return verdict, findings


def _paired(reading: _Reading) -> tuple[Pair, ...]:
    """The associations that two of the logs show; of what could not be told there is a problem."""
    if len(reading.logs) < 2:
        return ()
    associations = reading.scene.associations
    pairs = pair_up(associations)
    for place, count in not_paired(associations, pairs).items():
        what = f"{count} of its associations name no AET and may each be one of several in another log: not paired"
        reading.problems.append(Problem(reading.logs[place].name, what, incomplete=False, note=True))
    return pairs
