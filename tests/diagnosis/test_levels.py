"""The level of a log and of its runs, also where it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer.diagnosis.levels import levels_of
from loganalyzer.events.counts import ReadCounts, Stretch
from tests.knowledge import SAMPLES, diagnosed, recorded


@pytest.mark.parametrize("recording", ["1.13.0-default", "1.10.1-verbose"])
def test_a_level_that_is_set_at_run_time(recording: str) -> None:
    (log,) = recorded(f"level-set-at-run-time-{recording}").logs
    assert (log.level, [run.level for run in log.runs]) == ("mixed", ["mixed"])


@pytest.mark.parametrize(
    ("first", "second", "throughout"),
    [
        ("healthy-echo-in-1.10.1-verbose", "healthy-echo-in-1.13.0-trace", "verbose"),
        ("called-aet-mismatch-1.13.0-default", "called-aet-mismatch-1.13.0-verbose", "mixed"),
    ],
)
def test_runs_of_two_levels_in_one_file(first: str, second: str, throughout: str, tmp_path: Path) -> None:
    path = tmp_path / "orthanc.log"
    path.write_bytes(b"".join((SAMPLES / name / "orthanc.log").read_bytes() for name in (first, second)))
    (log,) = diagnosed(path).logs
    assert [run.level for run in log.runs] == [first.rpartition("-")[2], second.rpartition("-")[2]]
    assert log.level == throughout


def test_runs_of_one_level_are_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "orthanc.log"
    path.write_bytes((SAMPLES / "healthy-echo-in-1.13.0-trace" / "orthanc.log").read_bytes() * 2)
    (log,) = diagnosed(path).logs
    assert (log.level, [run.level for run in log.runs]) == ("trace", ["trace", "trace"])


def test_what_a_log_shows_throughout_is_told_where_it_changes_from_trace_to_verbose() -> None:
    counts = ReadCounts(levels={"T", "I"}, stamped=True, stretches=[Stretch(levels={"T", "I"})])
    counts.stretches.append(Stretch("run.level-set", to="verbose", levels={"I"}))
    assert levels_of(counts) == ("verbose", ("verbose",))


def test_a_start_that_failed_at_once_tells_no_level() -> None:
    failed = Stretch("run.started")
    counts = ReadCounts(levels={"T"}, stamped=True, stretches=[Stretch(), failed, Stretch("run.started", levels={"T"})])
    counts.stretches.append(Stretch("run.ready", levels={"T"}))
    assert levels_of(counts) == ("trace", ("default", "default", "trace"))
