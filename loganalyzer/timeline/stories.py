"""What was asked for once, as one story: all associations that a job, its retries, or a request of a peer led to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loganalyzer.timeline.association import Association


class StoryVerdict(StrEnum):
    """What became of it over all its associations."""

    WORKED = "worked"
    FAILED = "failed"
    NOT_SHOWN = "not-shown"


@dataclass(frozen=True, slots=True)
class Story:
    """A job of Orthanc, or a peer's request that made Orthanc open associations (C-MOVE, storage commitment).

    ``job`` is Orthanc's identifier of the job; ``asked_on`` the association whose request led to it; ``associations``
    those that Orthanc opened for it, in order, so that more than one to the same AET are retries or further steps.
    ``job_result`` is what Orthanc says of the job's last run: success or failure. ``requests`` and ``failed_requests``
    count the DIMSE requests on ``associations``.
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


def stories_of(associations: Iterable[Association], results: Mapping[tuple[int, str], str | None]) -> tuple[Story, ...]:
    """The stories, in order of their first association. ``results`` are those of jobs, by log and job."""
    known: dict[str, Association] = {}
    told: dict[tuple[int, str | None, str | None], list[Association]] = {}
    causes: set[str] = set()
    associations = list(associations)
    for a in associations:
        if a.job is not None or a.caused_by is not None:
            told.setdefault((a.log, a.job, None if a.job is not None else a.caused_by), []).append(a)
            if a.caused_by is not None:
                causes.add(a.caused_by)
    if causes:
        known = {a.id: a for a in associations if a.id in causes}
    return tuple(
        _story(log, job, opened, known, results.get((log, job)) if job is not None else None)
        for (log, job, _), opened in told.items()
    )


def _story(
    log: int, job: str | None, opened: list[Association], known: Mapping[str, Association], result: str | None
) -> Story:
    asked_on = next((a.caused_by for a in opened if a.caused_by is not None), None)
    root = known.get(asked_on) if asked_on is not None else None
    operations = [o for a in opened for o in a.operations]
    return Story(
        log, job, asked_on, tuple(a.id for a in opened), _verdict(opened, root, result), result,
        min((a.start for a in opened if a.start is not None), default=None),
        max((a.end for a in opened if a.end is not None), default=None),
        sum(o.count for o in operations), sum(o.count for o in operations if o.ok is False),
    )  # fmt: skip


def _verdict(opened: list[Association], root: Association | None, result: str | None) -> StoryVerdict:
    """Of several attempts at one AET the last one counts.

    A job of several steps (``SequenceOfOperations``, which Lua scripts submit) is a success for Orthanc also when its
    steps fail: what the associations show comes first.
    """
    last = {a.called_aet: a for a in opened}.values()
    moves = [o for o in root.operations if o.command in ("C-MOVE", "N-ACTION")] if root is not None else []
    if any(a.failed for a in last) or any(o.ok is False for o in moves) or result == "failure":
        return StoryVerdict.FAILED
    if result == "success" or all(a.outcome is Outcome.RELEASED and _answered(a) for a in last):
        return StoryVerdict.WORKED
    return StoryVerdict.NOT_SHOWN


def _answered(association: Association) -> bool:
    return bool(association.operations) and all(o.ok for o in association.operations)
