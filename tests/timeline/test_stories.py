"""A job with its retries, and what a peer's request led to, as one story with one verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer.report.html import render_html
from loganalyzer.report.text import render_text
from loganalyzer.report.timeline import render_timeline
from loganalyzer.timeline.association import Attribution, Direction, Outcome
from loganalyzer.timeline.stories import StoryVerdict
from tests.knowledge import SAMPLES, diagnosed, recorded

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("sample", "job"),
    [
        ("job-failure-retry-1.10.1-trace", "13db1501-b4c6-4b10-badf-8c0d7c6542c6"),
        ("job-resubmitted-1.13.0-trace", "da032a21-aaad-4a43-bd48-0d76b1db8d05"),
    ],
)
def test_the_last_attempt_of_a_job_counts(sample: str, job: str) -> None:
    diagnosis = recorded(sample)
    (story,) = diagnosis.stories
    assert (story.job, story.associations, story.asked_on) == (job, ("1.1", "1.2"), None)
    assert (story.job_result, story.verdict) == ("success", StoryVerdict.WORKED)
    assert story.failed_requests == 0
    assert story.requests == sum(o.count for a in diagnosis.associations for o in a.operations)
    assert f"job {job}  -> 1.1 1.2  2 attempts at PACS" in render_timeline(diagnosis)


def test_a_sequence_is_no_success_when_its_step_fails() -> None:
    (story,) = recorded("lua-routing-refused-1.12.7-verbose").stories
    assert (story.job_result, story.verdict) == ("success", StoryVerdict.FAILED)


def test_a_script_sends_another_instance_on_each_association() -> None:
    """One of them was broken off: that a later one worked does not mend it."""
    diagnosis = diagnosed(HERE / "script-1.10.1-verbose.log.gz")
    (story,) = diagnosis.stories
    assert (story.has_steps, len(story.associations), story.verdict) == (True, 4, StoryVerdict.FAILED)
    assert "4 associations with DA" in render_timeline(diagnosis)


def test_a_cancelled_job_did_not_work() -> None:
    """Orthanc had sent one of three instances."""
    stories = diagnosed(HERE / "jobs-1.13.0-nothread.log.gz").stories
    assert [s.job_result for s in stories if s.verdict is StoryVerdict.CANCELLED] == ["cancel"]


@pytest.mark.parametrize("sample", ["healthy-move-in-1.12.7-trace", "healthy-store-in-1.13.0-trace"])
def test_what_a_peer_asked_for(sample: str) -> None:
    diagnosis = recorded(sample)
    caused = {a.id: a.caused_by for a in diagnosis.associations if a.caused_by is not None}
    assert {(s.asked_on, s.associations) for s in diagnosis.stories} == {(by, (name,)) for name, by in caused.items()}
    assert all(s.verdict is StoryVerdict.WORKED for s in diagnosis.stories)


@pytest.mark.parametrize(
    ("sample", "asked_by"),
    [
        ("healthy-echo-out-1.10.1-verbose", ["POST /modalities/pacs/echo"]),
        ("healthy-echo-out-1.13.0-trace", ["POST /modalities/pacs/echo"]),
        ("healthy-find-out-1.9.1-trace", ["POST /modalities/pacs/query"]),
        ("healthy-store-out-1.10.1-trace", ["POST /modalities/pacs/store"]),
        ("job-resubmitted-1.13.0-trace", ["POST /modalities/pacs/store"]),
        ("lua-routing-refused-1.12.7-verbose", ["Lua"]),
        ("healthy-move-in-1.12.7-trace", [None]),
    ],
)
def test_what_asked_for_it_is_told_with_its_line(sample: str, asked_by: list[str | None]) -> None:
    log = SAMPLES / sample / "orthanc.log"
    lines = log.read_text().split("\n")
    diagnosis = diagnosed(log)
    assert [s.asked_by and s.asked_by.note for s in diagnosis.stories] == asked_by
    assert list(diagnosis.stories_frame()["asked_by"].astype(object).where(lambda x: x.notna(), None)) == asked_by
    for story in diagnosis.stories:
        assert story.asked_by is None or story.asked_by.note in lines[story.asked_by.line - 1]


@pytest.mark.parametrize("sample", ["healthy-move-out-1.12.7-trace", "healthy-move-out-1.13.0-trace"])
def test_what_orthanc_retrieves_comes_in_on_associations_of_its_own(sample: str) -> None:
    """The dump of a C-STORE names the C-MOVE that it serves."""
    diagnosis = recorded(sample)
    (asked,) = (a for a in diagnosis.associations if any(o.command == "C-MOVE" for o in a.operations))
    (brought,) = (a for a in diagnosis.associations if a.direction is Direction.INCOMING)
    assert (brought.caused_by, brought.attribution) == (asked.id, Attribution.EXACT)
    story = next(s for s in diagnosis.stories if asked.id in s.associations)
    assert story.associations == (asked.id, brought.id)
    assert (story.asked_on, story.verdict) == (None, StoryVerdict.WORKED)


def test_a_query_whose_answers_are_asked_for_was_answered() -> None:
    """Orthanc 1.10.1 at verbose level leaves no line when it releases."""
    (found,) = recorded("healthy-find-out-1.10.1-verbose").associations
    assert (found.outcome, found.attribution) == (Outcome.RELEASED, Attribution.INFERRED)


def test_a_story_of_several_associations_is_shown_in_the_reports() -> None:
    heading = "What took more than one association"
    failed = recorded("move-suboperation-failed-1.13.0-trace")
    assert "asked on 1.1 (C-MOVE, CT_ROOM2)  -> 1.2 (VIEWER)  1 request, 1 failed  failed" in render_text(failed)
    retried = recorded("job-resubmitted-1.13.0-trace")
    assert heading not in render_text(retried)
    assert "POST /modalities/pacs/store  job da032a21" in render_text(retried, verbose=True, width=200)
    assert "2 attempts at PACS, 1 request, worked" in render_html(retried)
    alone = recorded("healthy-echo-out-1.13.0-trace")
    assert heading not in render_text(alone, verbose=True)
    assert heading not in render_html(alone)
