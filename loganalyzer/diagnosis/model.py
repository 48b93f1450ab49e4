"""The diagnosis: what every renderer renders and what ``--format json`` prints.

The shape is public and versioned (``SCHEMA_VERSION``); ``docs/diagnosis.schema.json`` is generated from these types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Problem
from loganalyzer.timeline.association import Association, LineRef
from loganalyzer.timeline.pairing import Pair
from loganalyzer.timeline.stories import Story

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """What is said of the whole."""

    FAILURE = "failure"
    HEALTHY = "healthy"
    CANNOT_TELL = "cannot-tell"
    NOT_ORTHANC = "not-orthanc"


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Confidence(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


def rank(grade: Severity | Confidence) -> int:
    """Return the place of a severity or confidence among all: 0 is the gravest and the surest."""
    return list(type(grade)).index(grade)


class StepState(StrEnum):
    """The answer to a step of the checklist."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Run:
    """One life of an Orthanc process inside a log."""

    number: int
    first_line: int
    orthanc_version: str | None = None
    dcmtk_version: str | None = None
    level: str = "unknown"
    aet: str | None = None
    dicom_port: int | None = None
    first_time: datetime | None = None
    last_time: datetime | None = None
    ended: str = "open"  # stopped | restarted | crashed | refused-to-start | open
    facts: dict[str, str] = field(default_factory=dict)
    fact_lines: dict[str, LineRef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One log as it was read. ``level`` is default, verbose, trace, mixed or unknown."""

    name: str
    wrapper: str
    encoding: str
    orthanc_version: str | None
    level: str
    lines: int
    bytes: int
    understood_lines: int
    first_time: datetime | None
    last_time: datetime | None
    year_from: str
    runs: tuple[Run, ...] = ()
    sha256: str | None = None
    wrapper_score: float = 1.0
    product: str = "orthanc"
    samples_not_understood: tuple[str, ...] = ()
    dropped_lines: int = 0  # the wrapper's own, or of what was left out; the rest of the lines was not understood
    zone: str | None = None  # the time zone of the wrapper's stamps, as written; Orthanc's have none


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line that proves a finding; ``line`` is 1-based in the file as given, ``role`` primary or secondary.

    ``label`` says what the line shows, for people.
    """

    log: int
    line: int
    role: str
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What one person can do. ``who``: orthanc, peer, network, …; ``risk`` and ``verify`` are sentences."""

    who: str
    text: str
    option: str | None = None
    suggested: str | None = None
    risk: str | None = None
    verify: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What should have been the same on both sides: ``expected`` by the one, ``found`` with the other."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause (or symptom of one, when ``explained_by`` is set) with its proof and its remedy."""

    code: str
    signature: str
    cause: str
    title: str
    severity: Severity
    confidence: Confidence
    explained_by: str | None
    count: int
    first_time: datetime | None
    last_time: datetime | None
    values: dict[str, str]
    evidence: tuple[Evidence, ...]
    associations: tuple[str, ...]
    actions: tuple[Action, ...]
    references: tuple[str, ...]
    what: str = ""
    why: str = ""
    ask: tuple[str, ...] = ()
    fingerprint: str = ""  # stable over time stamps and counters; the report's anchor is code-fingerprint
    known: bool = False  # accepted before, by a baseline
    compare: tuple[Compared, ...] = ()
    recovered_by: str | None = None  # the association on which the same went well later; makes the finding milder


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A signature that this log cannot answer, and what would."""

    signature: str
    needs: str


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """One step of the Orthanc Book's troubleshooting page, answered from the log."""

    step: str
    state: StepState
    why: str
    how_to_tell: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a person can tell: what, why it matters, how to get it."""

    asks_for: str
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that is said about the logs of one problem."""

    verdict: Verdict
    headline: str
    complete: bool
    problems: tuple[Problem, ...]
    logs: tuple[LogSummary, ...]
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    associations: Sequence[Association]
    checklist: tuple[ChecklistStep, ...]
    questions: tuple[Question, ...]
    checked: tuple[str, ...] = ()  # signatures that were evaluated and stayed silent
    folded_associations: int = 0  # associations counted but not listed, beyond the cap
    unknown_messages: int = 0  # warnings and errors that no pattern knows
    pairs: tuple[Pair, ...] = ()  # associations that two of the logs show from both sides
    stories: tuple[Story, ...] = ()  # what jobs, calls and peers' requests led to

    def associations_frame(self) -> pd.DataFrame:
        """One row an association, as pandas; columns in :data:`loganalyzer.tables.frames.ASSOCIATION_COLUMNS`."""
        from loganalyzer.tables.frames import associations_frame

        return associations_frame(self)

    def operations_frame(self) -> pd.DataFrame:
        """One row for each kind of operation of an association, as pandas."""
        from loganalyzer.tables.frames import operations_frame

        return operations_frame(self)

    def events_frame(self) -> pd.DataFrame:
        """One row for each line kept of an association, as pandas."""
        from loganalyzer.tables.frames import events_frame

        return events_frame(self)

    def stories_frame(self) -> pd.DataFrame:
        """One row a story, as pandas; columns in :data:`loganalyzer.tables.frames.STORY_COLUMNS`."""
        from loganalyzer.tables.frames import stories_frame

        return stories_frame(self)
