"""What the templates of the HTML report show, worked out of a diagnosis; the templates only put it in place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from loganalyzer.diagnosis.model import StepState, Verdict
from loganalyzer.report.advice import LineLink, ToReplace, doubt_text, lines_of, to_replace
from loganalyzer.report.html.association import AssociationView, written_out
from loganalyzer.report.html.embed import Embedded, embed
from loganalyzer.report.overview import Overview, overview
from loganalyzer.report.stories import story_head, story_result, worth_telling
from loganalyzer.report.view import (
    Cause,
    Totals,
    alike,
    arrow,
    causes,
    display_names,
    doubts,
    moment,
    peers_of,
    recovery,
    result,
    span,
    totals,
    unique,
    year_known,
)
from loganalyzer.report.visible import visible
from loganalyzer.timeline.packed import indexed
from loganalyzer.timeline.stories import StoryVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loganalyzer.diagnosis.model import Diagnosis, Finding, LogSummary, Run
    from loganalyzer.report.charts import Chart
    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association
    from loganalyzer.timeline.stories import Story

PROBLEMS_SHOWN = 20
CAUSES_SHOWN = 8
ALIKE_SHOWN = 10
PAIRS_SHOWN = 50
STORIES_SHOWN = 50
LOGS_SHOWN = 200
LINKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a page holds: findings ``alike`` in full, and ``rows`` of associations; the rest is counted."""

    alike: int = ALIKE_SHOWN
    rows: int | None = None


WHOLE = Extent()

COLUMNS = (
    ("start", "html.column_time"),
    ("direction", "html.column_direction"),
    ("aets", "html.column_from_to"),
    ("address", "html.column_address"),
    ("services", "html.column_services"),
    ("result", "html.column_result"),
    ("duration", "html.column_duration"),
    ("findings", "html.column_findings"),
)
FACETS = (
    ("result", "html.facet_outcome"),
    ("peer", "html.facet_peer"),
    ("op", "html.facet_service"),
    ("dir", "html.facet_direction"),
    ("finding", "html.facet_finding"),
)

_LOOKS = {
    Verdict.FAILURE: ("error", "error"),
    Verdict.HEALTHY: ("good", "good"),
    Verdict.CANNOT_TELL: ("warning", "unknown"),
    Verdict.NOT_ORTHANC: ("warning", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A way to one association; ``key`` is its identifier, made fit for a URL."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause as the first screen and its own card show it, with those of the same code that follow it.

    ``short`` tells it from those, ``query`` finds its associations in the table. ``lines`` prove it; ``fill`` holds for
    each of its actions what the reader has to fill in; ``doubt`` is what to send when it is wrong.
    """

    finding: Finding
    explains: tuple[Finding, ...]
    alike: tuple[CauseView, ...]
    anchor: str
    short: str
    peers: list[tuple[str, int]]
    associations: tuple[Link, ...]
    query: str
    lines: tuple[LineLink, ...]
    fill: tuple[ToReplace, ...]
    doubt: str
    recovered: str | None


@dataclass(frozen=True, slots=True)
class PairView:
    """An association that two logs show."""

    opened: Link
    accepted: Link
    offset: str
    disagreements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryView:
    """What took more than one association."""

    asked: str
    asked_on: Link | None
    opened: tuple[Link, ...]
    more: int
    result: str
    failed: bool


@dataclass(slots=True)
class Anchors:
    """Gives every line of a log its ``id`` once, at the first place where the report shows it."""

    taken: set[tuple[int, int]] = field(default_factory=set)

    def take(self, log: int, line: int) -> bool:
        """Return whether the ``id`` is still free, and take it."""
        free = (log, line) not in self.taken
        self.taken.add((log, line))
        return free


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the templates need beside the diagnosis itself."""

    log_names: str
    names: list[str]
    tone: str
    icon: str
    totals: Totals
    period: str
    year_notes: list[str]
    versions: str
    levels: str
    understood: str
    doubts: list[str]
    causes: list[CauseView]
    needs: list[tuple[str, list[str]]]
    overview: Overview | None
    static: list[AssociationView]
    charts: list[Chart]
    embedded: Embedded
    logs: list[tuple[str, LogSummary]]
    runs: list[tuple[str, Run]]
    tally: list[tuple[StepState, int]]
    pairs: list[PairView]
    stories: list[StoryView]
    more_stories: int
    checklist: bool
    filter_words: list[tuple[str, str]]
    columns: tuple[tuple[str, str], ...] = COLUMNS
    facets: tuple[tuple[str, str], ...] = FACETS
    problems_shown: int = PROBLEMS_SHOWN
    causes_shown: int = CAUSES_SHOWN
    alike_shown: int = ALIKE_SHOWN

    @property
    def rows(self) -> int:
        """How many associations the table holds."""
        return self.embedded.rows

    @property
    def details(self) -> int:
        """How many associations the table can open."""
        return self.embedded.details


def page(diagnosis: Diagnosis, charts: list[Chart], texts: Texts, extent: Extent = WHOLE) -> Page:
    """Return the page of ``diagnosis``."""
    year = year_known(diagnosis)
    counts = totals(diagnosis)
    found_doubts = doubts(diagnosis, texts)
    tone, icon = _look(diagnosis, sure=diagnosis.complete and not found_doubts)
    places = finding_places(diagnosis)
    told = worth_telling(diagnosis)
    return Page(
        log_names=_log_names(diagnosis),
        names=display_names(diagnosis.logs),
        tone=tone,
        icon=icon,
        totals=counts,
        period=span(counts.first_time, counts.last_time, year=year),
        year_notes=_year_notes(diagnosis, texts),
        versions=", ".join(dict.fromkeys(visible(v, 40) for v in _versions(diagnosis))),
        levels=", ".join(dict.fromkeys(texts.word(f"word.level.{log.level}", log.level) for log in diagnosis.logs)),
        understood=_share(counts.understood_lines, counts.lines),
        doubts=found_doubts,
        causes=_causes(diagnosis, texts, year=year),
        needs=_needs(diagnosis),
        overview=(
            overview(diagnosis.associations, texts("html.overview_others"), year=year)
            if len(diagnosis.associations) > 1
            else None
        ),
        static=written_out(diagnosis, texts),
        charts=charts,
        embedded=embed(diagnosis, places, texts, year=year, most=extent.rows),
        logs=_logs(diagnosis)[:LOGS_SHOWN],
        runs=_runs(diagnosis),
        pairs=_pairs(diagnosis, texts, year=year),
        stories=_stories(diagnosis, told[:STORIES_SHOWN], texts, year=year),
        more_stories=len(told[STORIES_SHOWN:]),
        checklist=bool(diagnosis.checklist) and diagnosis.verdict is not Verdict.NOT_ORTHANC,
        tally=[(state, count) for state in StepState if (count := _steps_in(diagnosis, state))],
        filter_words=[(word, str(meaning)) for word, meaning in texts.section("filter.word").items()],
        alike_shown=extent.alike,
    )


def _look(diagnosis: Diagnosis, *, sure: bool) -> tuple[str, str]:
    """Tone and icon of the verdict; good news of which something is in doubt looks like a warning."""
    tone, icon = _LOOKS[diagnosis.verdict]
    return ("warning", "warning") if tone == "good" and not sure else (tone, icon)


def _pairs(diagnosis: Diagnosis, texts: Texts, *, year: bool) -> list[PairView]:
    by_id = indexed(diagnosis.associations)
    known = [one for one in diagnosis.pairs if one.opened in by_id and one.accepted in by_id]
    known.sort(key=lambda one: not one.disagreements)
    return [
        PairView(
            _link(by_id[one.opened], texts, year=year),
            _link(by_id[one.accepted], texts, year=year),
            "–" if one.offset_s is None else f"{one.offset_s:+.3f} s",
            one.disagreements,
        )
        for one in known[:PAIRS_SHOWN]
    ]


def _stories(diagnosis: Diagnosis, told: list[Story], texts: Texts, *, year: bool) -> list[StoryView]:
    by_id = indexed(diagnosis.associations)
    made = []
    for story in told:
        opened = [by_id[one] for one in story.associations if one in by_id]
        asked_on = by_id.get(story.asked_on or "")
        made.append(
            StoryView(
                asked=story_head(replace(story, asked_on=None) if asked_on else story, texts),
                asked_on=None if asked_on is None else _link(asked_on, texts, year=year),
                opened=tuple(_link(one, texts, year=year) for one in opened[:LINKS_SHOWN]),
                more=len(opened[LINKS_SHOWN:]),
                result=", ".join(story_result(story, by_id, texts)),
                failed=story.verdict is StoryVerdict.FAILED,
            )
        )
    return made


def _logs(diagnosis: Diagnosis) -> list[tuple[str, LogSummary]]:
    return list(zip(display_names(diagnosis.logs), diagnosis.logs, strict=True))


def _runs(diagnosis: Diagnosis) -> list[tuple[str, Run]]:
    return [(name, run) for name, log in _logs(diagnosis) for run in log.runs][:LOGS_SHOWN]


def _steps_in(diagnosis: Diagnosis, state: StepState) -> int:
    return sum(step.state is state for step in diagnosis.checklist)


def finding_places(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return label and anchor of every finding: its code, and the card that shows it, its own or its cause's."""
    shown_by = {id(one): cause.anchor for cause in causes(diagnosis) for one in (cause.finding, *cause.explains)}
    labels = unique(visible(one.code, 40).replace(" ", "_") for one in diagnosis.findings)
    return [(label, shown_by[id(one)]) for label, one in zip(labels, diagnosis.findings, strict=True)]


def _log_names(diagnosis: Diagnosis) -> str:
    names = display_names(diagnosis.logs) or [visible(problem.where, 80) for problem in diagnosis.problems]
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "") if names else "–"


def _versions(diagnosis: Diagnosis) -> list[str]:
    versions = [log.orthanc_version for log in diagnosis.logs]
    versions += [run.orthanc_version for log in diagnosis.logs for run in log.runs]
    return [version for version in versions if version]


def _year_notes(diagnosis: Diagnosis, texts: Texts) -> list[str]:
    origins = dict.fromkeys(log.year_from for log in diagnosis.logs if log.year_from in ("none", "file-time"))
    return [texts(f"word.year_from.{origin}") for origin in origins]


def _share(part: int, whole: int) -> str:
    """Return a percentage that is 100 only when everything was understood."""
    if not whole:
        return "–"
    return "100" if part >= whole else f"{min(99.9, 100 * part / whole):.1f}"


def _needs(diagnosis: Diagnosis) -> list[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = {}
    for one in diagnosis.not_evaluated:
        grouped.setdefault(one.needs, []).append(one.signature)
    return list(grouped.items())


def _causes(diagnosis: Diagnosis, texts: Texts, *, year: bool) -> list[CauseView]:
    by_id = indexed(diagnosis.associations)
    places = finding_places(diagnosis)
    labels = {id(one): label for one, (label, _) in zip(diagnosis.findings, places, strict=True)}
    made = []
    for group in alike(causes(diagnosis)):
        first, *others = (
            _cause(one, diagnosis, by_id, labels[id(one.finding)], short, texts, year=year)
            for one, short in zip(group, _shorts(group, by_id), strict=True)
        )
        made.append(replace(first, alike=tuple(others)))
    return made


def _cause(
    cause: Cause,
    diagnosis: Diagnosis,
    by_id: Mapping[str, Association],
    label: str,
    short: str,
    texts: Texts,
    *,
    year: bool,
) -> CauseView:
    ids = [one for one in cause.finding.associations if one in by_id]
    return CauseView(
        finding=cause.finding,
        explains=cause.explains,
        alike=(),
        anchor=cause.anchor,
        short=short,
        peers=peers_of(cause.finding, by_id),
        associations=tuple(_link(by_id[one], texts, year=year) for one in ids[:LINKS_SHOWN]),
        query=quote(f"finding:{label}", safe=""),
        lines=lines_of(cause.finding, display_names(diagnosis.logs)),
        fill=tuple(to_replace(action, cause.finding) for action in cause.finding.actions),
        doubt=doubt_text(cause.finding, diagnosis, texts),
        recovered=recovery(cause.finding, by_id, texts, year=year),
    )


def _shorts(group: list[Cause], by_id: Mapping[str, Association]) -> list[str]:
    """Return what tells findings of one code apart: the other side, when each has one of its own, else the title."""
    sides = [next((name for name, _ in peers_of(one.finding, by_id)), "") for one in group]
    if len(set(sides)) < len(sides):
        return [one.finding.title for one in group]
    return [side or one.finding.title for side, one in zip(sides, group, strict=True)]


def _link(association: Association, texts: Texts, *, year: bool) -> Link:
    when = moment(association.start, year=year) if association.start else visible(association.id, 40)
    text = f"{when}  {arrow(association)}: {result(association, texts)}"
    return Link(quote(visible(association.id, 80), safe=""), text)
