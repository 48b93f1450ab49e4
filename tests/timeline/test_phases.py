"""How long each phase of an association took, in recorded logs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from loganalyzer.timeline.association import Association, Direction, Operation, Side
from loganalyzer.timeline.phases import phases_of
from tests.knowledge import recorded

START = datetime(2026, 11, 23, 16, 0, 0)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_each_phase_has_its_time() -> None:
    operation = Operation("C-STORE", Side.PEER, 4, start=after(2), end=after(4))
    association = Association(
        "1.1", 0, 1, Direction.INCOMING, start=START, established=after(0.5), end=after(4.25), operations=(operation,),
        idle_seconds=1.5, longest_gap_seconds=1.5,
    )  # fmt: skip
    phases = phases_of(association)
    assert (phases.setup, phases.transfer, phases.idle, phases.release) == (0.5, 2.0, 1.5, 0.25)
    assert phases.stored_per_second == 2.0


def test_what_the_log_does_not_show_has_no_time() -> None:
    backwards = Association("1.1", 0, 1, Direction.INCOMING, start=after(5), established=START)
    assert phases_of(backwards).setup is None
    assert phases_of(backwards).stored_per_second is None


@pytest.mark.parametrize("sample", ["healthy-store-in-1.13.0-trace", "healthy-move-in-1.12.7-trace"])
def test_phases_fit_into_the_whole(sample: str) -> None:
    for association in recorded(sample).associations:
        phases = phases_of(association)
        assert association.start is not None
        assert association.end is not None
        whole = (association.end - association.start).total_seconds()
        assert phases.setup is not None
        known = [t for t in (phases.setup, phases.transfer, phases.release) if t is not None]
        assert 0 < sum(known) <= whole + 1e-6
        assert (phases.longest_gap or 0) <= (phases.idle or 0) + 1e-6


def test_an_answered_echo_before_a_silence_has_not_failed() -> None:
    (association,) = recorded("scp-timeout-1.13.0-trace").associations
    assert association.outcome == "timeout"
    assert [(o.command, o.ok) for o in association.operations] == [("C-ECHO", None)]


@pytest.mark.parametrize(
    ("sample", "sizes"),
    [("healthy-store-in-1.13.0-trace", [982, 982]), ("healthy-store-in-1.10.1-trace", [])],
    ids=["shown", "rounded to megabytes"],
)
def test_bytes_are_those_of_the_files_that_were_written(sample: str, sizes: list[int]) -> None:
    stored = [a.stored_bytes for a in recorded(sample).associations if a.operations]
    assert [s for s in stored if s is not None] == ([sum(sizes)] if sizes else [])


def test_a_rate_needs_more_than_one_instance() -> None:
    one = Association(
        "1.1", 0, 1, Direction.INCOMING, stored_bytes=3000,
        operations=(Operation("C-STORE", Side.PEER, 1, start=START, end=after(2)),),
    )  # fmt: skip
    assert phases_of(one).bytes_per_second is None
    assert phases_of(replace(one, operations=(replace(one.operations[0], count=3),))).bytes_per_second == 1500.0
