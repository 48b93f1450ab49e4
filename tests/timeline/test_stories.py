"""A job with its retries, and what a peer's request led to, as one story with one verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer import diagnose
from loganalyzer.report.timeline import render_timeline
from loganalyzer.timeline.stories import StoryVerdict

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.mark.parametrize(
    ("sample", "job"),
    [
        ("job-failure-retry-1.10.1-trace", "13db1501-b4c6-4b10-badf-8c0d7c6542c6"),
        ("job-resubmitted-1.13.0-trace", "da032a21-aaad-4a43-bd48-0d76b1db8d05"),
    ],
)
def test_the_last_attempt_of_a_job_counts(sample: str, job: str) -> None:
    diagnosis = diagnose(SAMPLES / sample / "orthanc.log")
    (story,) = diagnosis.stories
    assert (story.job, story.associations, story.asked_on) == (job, ("1.1", "1.2"), None)
    assert (story.job_result, story.verdict) == ("success", StoryVerdict.WORKED)
    assert story.failed_requests == 0
    assert story.requests == sum(o.count for a in diagnosis.associations for o in a.operations)
    assert f"job {job}  1.1 1.2  2 attempts at PACS" in render_timeline(diagnosis)


def test_a_sequence_is_no_success_when_its_step_fails() -> None:
    (story,) = diagnose(SAMPLES / "lua-routing-refused-1.12.7-verbose" / "orthanc.log").stories
    assert (story.job_result, story.verdict) == ("success", StoryVerdict.FAILED)


@pytest.mark.parametrize("sample", ["healthy-move-in-1.12.7-trace", "healthy-store-in-1.13.0-trace"])
def test_what_a_peer_asked_for(sample: str) -> None:
    diagnosis = diagnose(SAMPLES / sample / "orthanc.log")
    caused = {a.id: a.caused_by for a in diagnosis.associations if a.caused_by is not None}
    assert {(s.asked_on, s.associations) for s in diagnosis.stories} == {(by, (name,)) for name, by in caused.items()}
    assert all(s.verdict is StoryVerdict.WORKED for s in diagnosis.stories)
