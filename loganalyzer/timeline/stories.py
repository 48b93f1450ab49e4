"""What was asked for once, as one story: all associations that a job with its retries, a call or a request led to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, LineRef, Outcome

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
    """A job of Orthanc, or a peer's request (C-MOVE, storage commitment), REST call or script that needed no job.

    ``asked_by`` is the line of the REST call, or of the Lua script; ``job`` is Orthanc's identifier of the job;
    ``asked_on`` the association whose request led to it; ``associations`` those that Orthanc opened for it, in order,
    so that more than one to the same AET are retries or further steps, and those that brought what it retrieved.
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
    asked_by: LineRef | None = None


def stories_of(associations: Iterable[Association], results: Mapping[tuple[int, str], str | None]) -> tuple[Story, ...]:
    """The stories, in order of their first association. ``results`` are those of jobs, by log and job."""
    associations = list(associations)
    causes = {a.caused_by for a in associations if a.caused_by is not None}
    known = {a.id: a for a in associations if a.id in causes} if causes else {}
    told: dict[tuple[int, str | int], list[Association]] = {}
    for a in associations:
        key = _key(a, known)
        if key is not None:
            told.setdefault((a.log, key), []).append(a)
    return tuple(_story(opened, known, results) for opened in told.values())


def _key(a: Association, known: Mapping[str, Association]) -> str | int | None:
    """What the associations of one story have in common; what Orthanc had sent to it belongs to its own C-MOVE."""
    asked = known.get(a.caused_by or "") if a.direction is Direction.INCOMING else None
    own = None if asked is None else _key(asked, known)
    return own or a.job or a.caused_by or (a.asked_by.line if a.asked_by is not None else None)


def _story(
    opened: list[Association], known: Mapping[str, Association], results: Mapping[tuple[int, str], str | None]
) -> Story:
    log, job = opened[0].log, opened[0].job
    result = results.get((log, job)) if job is not None else None
    own = {a.id for a in opened}
    asked_on = next((a.caused_by for a in opened if a.caused_by is not None and a.caused_by not in own), None)
    root = known.get(asked_on) if asked_on is not None else None
    operations = [o for a in opened for o in a.operations]
    return Story(
        log, job, asked_on, tuple(a.id for a in opened), _verdict(opened, root, result), result,
        min((a.start for a in opened if a.start is not None), default=None),
        max((a.end for a in opened if a.end is not None), default=None),
        sum(o.count for o in operations), sum(o.count for o in operations if o.ok is False),
        next((a.asked_by for a in opened if a.asked_by is not None), None),
    )  # fmt: skip


def _verdict(opened: list[Association], root: Association | None, result: str | None) -> StoryVerdict:
    """Of several attempts at one AET the last one counts.

    A job of several steps (``SequenceOfOperations``, which Lua scripts submit) is a success for Orthanc also when its
    steps fail: what the associations show comes first.
    """
    last = {a.called_aet if a.direction is Direction.OUTGOING else a.id: a for a in opened}.values()
    moves = [o for o in root.operations if o.command in ("C-MOVE", "N-ACTION")] if root is not None else []
    if any(a.failed for a in last) or any(o.ok is False for o in moves) or result == "failure":
        return StoryVerdict.FAILED
    if result == "success" or all(a.outcome is Outcome.RELEASED and _answered(a) for a in last):
        return StoryVerdict.WORKED
    return StoryVerdict.NOT_SHOWN


def _answered(association: Association) -> bool:
    return bool(association.operations) and all(o.ok for o in association.operations)
