"""Two logs of one conversation, recorded on both sides by real Orthanc and DCMTK."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace

from loganalyzer.timeline.association import Association, Direction, Outcome
from loganalyzer.timeline.pairing import counted_once, pair_up
from tests.knowledge import SAMPLES, diagnosed, recorded


def _other_side(a: Association, seconds: float) -> Association:
    """What the log of the other side, whose clock is ahead, says of the same association."""
    shift = timedelta(seconds=seconds)
    return replace(
        a, id=f"x{a.id}", log=1, direction=Direction.INCOMING if a.direction is Direction.OUTGOING else Direction.OUTGOING,
        start=a.start + shift if a.start else None, end=a.end + shift if a.end else None,
    )  # fmt: skip


def _recorded() -> list[Association]:
    return list(recorded("busy-interleaved-a-1.10.1-trace").associations)


def test_pairs_and_the_offset_between_two_clocks() -> None:
    own = _recorded()
    pairs = pair_up([*own, *(_other_side(a, 3723.25) for a in own)])
    assert {(p.opened.removeprefix("x"), p.accepted.removeprefix("x")) for p in pairs} == {(a.id, a.id) for a in own}
    incoming = {a.id for a in own if a.direction is Direction.INCOMING}
    offsets = {p.offset_s for p in pairs if p.accepted in incoming}
    assert offsets == {-3723.25}
    assert all(not p.disagreements for p in pairs)


def _every(own: Association, numbers: range, seconds: float, offset: float, drift: float) -> list[Association]:
    """The same association again and again, as a clock shows it that is ahead and runs ``drift`` seconds per second fast."""
    assert own.start is not None
    irregular = Random(1)
    moments = [(n + irregular.random()) * seconds for n in range(400)]
    starts = [timedelta(seconds=moments[n] * (1 + drift) + offset) for n in numbers]
    return [
        replace(own, id=f"{own.id}.{n}", start=own.start + at, end=None) for n, at in zip(numbers, starts, strict=True)
    ]


@pytest.mark.parametrize("seconds", [1.0, 30.0, 600.0])
@pytest.mark.parametrize(("offset", "drift"), [(0.0, 0.0), (3600.4, 0.0), (-7199.0, 0.0002), (40_000.0, -0.0002)])
def test_clocks_that_differ_by_hours_or_drift_apart(seconds: float, offset: float, drift: float) -> None:
    one = next(a for a in _recorded() if a.direction is Direction.INCOMING)
    theirs = _every(_other_side(one, 0), range(400), seconds, 0.0, 0.0)
    ours = _every(one, range(120, 300), seconds, offset, drift)  # that log was rotated
    pairs = pair_up([*ours, *theirs])
    assert {(p.opened.rpartition(".")[2], p.accepted.rpartition(".")[2]) for p in pairs} == {
        (str(n), str(n)) for n in range(120, 300)
    }


def test_what_the_two_sides_say_differently_is_shown() -> None:
    one = next(a for a in _recorded() if a.outcome is Outcome.RELEASED)
    (pair,) = pair_up([one, replace(_other_side(one, 0), outcome=Outcome.LOST)])
    assert any("released" in text and "lost" in text for text in pair.disagreements)


def test_without_times_the_order_decides_if_there_are_as_many() -> None:
    own = [replace(a, start=None) for a in _recorded() if a.calling_aet == "CT1"]
    assert len(pair_up([*own, *(_other_side(a, 0) for a in own)])) == len(own)
    assert pair_up([*own, *own[:0]]) == ()


def test_real_logs_of_both_sides() -> None:
    case = SAMPLES / "healthy-move-in-1.12.7-trace"
    diagnosis = diagnosed(case / "orthanc.log", *sorted(case.glob("peer*.log")))
    assert len(diagnosis.pairs) == 2
    assert all(not p.disagreements for p in diagnosis.pairs)


def test_an_association_that_two_logs_show_counts_once() -> None:
    own = _recorded()
    both = [*own, *(_other_side(a, 1.0) for a in own)]
    assert counted_once(both, ()) == (2 * len(own), 2 * sum(a.failed for a in own))
    assert counted_once(both, pair_up(both)) == (len(own), sum(a.failed for a in own))


@pytest.mark.parametrize("seconds", [0.0, 180.0, 7200.5, -18_000.0])
@pytest.mark.parametrize(
    "sample", ["busy-interleaved-a-1.10.1-trace", "alike-in-turn-1.13.0-trace", "crowd-of-one-name-1.10.1-trace"]
)
def test_without_aets_only_what_is_like_nothing_else_is_paired(sample: str, seconds: float) -> None:
    own = list(recorded(sample).associations)
    nameless = [replace(_other_side(a, seconds), calling_aet=None, called_aet=None) for a in own]
    pairs = pair_up([*own, *nameless])
    assert pairs
    assert all({p.opened, p.accepted} == {one, f"x{one}"} for p in pairs for one in [p.opened.removeprefix("x")])
    assert all(p.by_likeness and (p.offset_s is None or abs(p.offset_s) == abs(seconds)) for p in pairs)


def test_the_log_of_a_client_that_names_no_aet() -> None:
    case = SAMPLES / "healthy-store-in-1.13.0-trace"
    (log,) = case.glob("peer-*storescu.log")
    diagnosis = diagnosed(case / "orthanc.log", log)
    (pair,) = diagnosis.pairs
    assert (pair.opened, pair.accepted, pair.by_likeness, pair.disagreements) == ("2.1", "1.1", True, ())


def test_what_may_be_one_of_several_is_not_paired_and_said() -> None:
    case = SAMPLES / "healthy-echo-in-1.13.0-trace"
    one, other = sorted(case.glob("peer-*echoscu.log"))
    assert len(json.loads((case / "expected.json").read_text())["associations"]) == 2
    for logs in ((one,), (one, other)):
        diagnosis = diagnosed(case / "orthanc.log", *logs)
        assert not diagnosis.pairs
        assert sum("not paired" in problem.what for problem in diagnosis.problems) == len(logs)
        assert diagnosis.complete
