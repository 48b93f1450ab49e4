"""What was asked for once, as one story: all associations that a job with its retries, a call or a request led to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from loganalyzer.timeline.association import LUA, Direction, LineRef, Outcome

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from loganalyzer.timeline.association import Association


_ASKING = ("C-MOVE", "N-ACTION")


class StoryVerdict(StrEnum):
    """What became of it over all its associations."""

    WORKED = "worked"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_SHOWN = "not-shown"


@dataclass(frozen=True, slots=True)
class Story:
    """A job of Orthanc, or a peer's request (C-MOVE, storage commitment), REST call or script that needed no job.

    ``asked_by`` is the line of the REST call, or of the Lua script; ``job`` is Orthanc's identifier of the job;
    ``asked_on`` the association whose request led to it; ``associations`` those that Orthanc opened for it, in order,
    so that more than one to the same AET are retries, or steps of a script, and those that brought what it retrieved.
    ``job_result`` is what Orthanc says of the job's last run: success, failure or cancel. ``requests`` and
    ``failed_requests`` count the DIMSE requests on ``associations``.
    """

    log: int
    job: str | None
    asked_on: str | None
    associations: tuple[str, ...]
    verdict: StoryVerdict
    job_result: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    requests: int = 0
    failed_requests: int = 0
    asked_by: LineRef | None = None

    @property
    def has_steps(self) -> bool:
        """Whether it is a script's: each association is for another instance, none is a further attempt."""
        return self.asked_by is not None and self.asked_by.note == LUA


def stories_of(
    associations: Iterable[Association], causes: Container[str], results: Mapping[tuple[int, str], str | None]
) -> tuple[Story, ...]:
    """The stories, in order of their first association.

    ``causes`` are the ids of those that caused others, ``results`` those of jobs, by log and job.
    """
    known: dict[str, _Cause] = {}
    told: dict[tuple[int, str | int], _StoryDraft] = {}
    for a in associations:
        asked = known.get(a.caused_by or "")
        key = _key(a, asked)
        if a.id in causes:
            known[a.id] = _Cause(key, any(o.ok is False for o in a.operations if o.command in _ASKING))
        if key is not None:
            told.setdefault((a.log, key), _StoryDraft(a.log, a.job)).take(a, asked)
    return tuple(told.pop(key).story(results) for key in list(told))


class _Cause(NamedTuple):
    """An association that caused others: the story that it is of itself, and whether it was told of a failure."""

    key: str | int | None
    failed: bool


def _key(a: Association, asked: _Cause | None) -> str | int | None:
    """What the associations of one story have in common; what Orthanc had sent to it belongs to its own C-MOVE."""
    own = asked.key if asked is not None and a.direction is Direction.INCOMING else None
    return own or a.job or a.caused_by or (a.asked_by.line if a.asked_by is not None else None)


class _StoryDraft(Struct, eq=False, gc=False):
    """What is told of a story so far."""

    log: int
    job: str | None
    associations: list[str] = field(default_factory=list)
    asked_on: str | None = None
    asking_failed: bool = False
    last: dict[str | None, StoryVerdict] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    requests: int = 0
    failed_requests: int = 0
    asked_by: LineRef | None = None

    def take(self, a: Association, asked: _Cause | None) -> None:
        """Takes the next of its associations."""
        if self.asked_on is None and a.caused_by is not None and a.caused_by not in self.associations:
            self.asked_on, self.asking_failed = a.caused_by, asked is not None and asked.failed
        self.associations.append(a.id)
        self.start = min(filter(None, (self.start, a.start)), default=None)
        self.end = max(filter(None, (self.end, a.end)), default=None)
        self.requests += sum(o.count for o in a.operations)
        self.failed_requests += sum(o.count for o in a.operations if o.ok is False)
        self.asked_by = self.asked_by or a.asked_by
        worked = a.outcome is Outcome.RELEASED and bool(a.operations) and all(o.ok for o in a.operations)
        verdict = StoryVerdict.FAILED if a.failed else StoryVerdict.WORKED if worked else StoryVerdict.NOT_SHOWN
        step = self.asked_by is not None and self.asked_by.note == LUA
        self.last[a.id if step or a.direction is Direction.INCOMING else a.called_aet] = verdict

    def story(self, results: Mapping[tuple[int, str], str | None]) -> Story:
        """What is told in the end."""
        result = results.get((self.log, self.job)) if self.job is not None else None
        return Story(
            self.log, self.job, self.asked_on, tuple(self.associations), self._verdict(result), result, self.start,
            self.end, self.requests, self.failed_requests, self.asked_by,
        )  # fmt: skip

    def _verdict(self, result: str | None) -> StoryVerdict:
        """Of several attempts at one AET the last one counts, of several steps each.

        A job of several steps (``SequenceOfOperations``, which Lua scripts submit) is a success for Orthanc also when
        its steps fail: what the associations show comes first.
        """
        last = set(self.last.values())
        if self.asking_failed or result == "failure" or StoryVerdict.FAILED in last:
            return StoryVerdict.FAILED
        if result == "cancel":
            return StoryVerdict.CANCELLED
        if result == "success" or last == {StoryVerdict.WORKED}:
            return StoryVerdict.WORKED
        return StoryVerdict.NOT_SHOWN
