"""From events to hits: steps of a thread, repetitions, fallbacks, and what cannot be decided."""

from __future__ import annotations

import pytest

from loganalyzer.findings.judge import Judge
from loganalyzer.findings.sighting import Scene
from loganalyzer.patternbase import PatternBase
from tests.findings.conftest import event, judged, signature

REFUSED = "Error in the network protocol: DicomAssociation - connecting to AET: Connection refused"
CARRIER = "move-failed"
MOVE = signature("T1", when={"event": "seen", "carried_by": {"contains": CARRIER}})
AFTER = signature("T1", when={"event": "seen", "preceded_by": {"contains": "reporting"}})


def test_an_error_printed_by_two_threads_counts_once() -> None:
    hits = judged([signature("T1")], [
        event("seen", 1, thread="JOBS-WORKER-0", message=REFUSED),
        event("seen", 9, thread="HTTP-3", seconds=10, message=REFUSED),
    ])  # fmt: skip
    assert [h.weight for h in hits] == [1, 0]


def test_the_same_error_of_the_same_thread_later_counts_again() -> None:
    hits = judged([signature("T1")], [
        event("seen", 1, thread="JOBS-WORKER-0", message=REFUSED),
        event("seen", 9, thread="JOBS-WORKER-0", seconds=10, message=REFUSED),
    ])  # fmt: skip
    assert [h.weight for h in hits] == [1, 1]


@pytest.mark.parametrize(("line", "weights"), [(2, [1, 0]), (3, [1, 1])])
def test_a_line_printed_twice_in_a_row_counts_once(line: int, weights: list[int]) -> None:
    twice = [event("seen", n, file="ServerContext.cpp", message="lacks tags") for n in (1, line)]
    assert [h.weight for h in judged([signature("T1")], twice)] == weights


def test_a_client_that_is_refused_twice_in_a_row_counts_twice() -> None:
    refused = [event("seen", n, file="CommandDispatcher.cpp", message="Rejected", calling_aet="CT1") for n in (1, 2)]
    assert [h.weight for h in judged([signature("T1")], refused)] == [1, 1]


@pytest.mark.parametrize(("condition", "found"), [("Error in the network protocol", 1), ("Bad request", 0)])
def test_the_line_that_carries_an_exception_on(condition: str, found: int) -> None:
    carrier = event(CARRIER, 2, condition=condition)
    assert len(judged([MOVE], [event("seen", 1, message=REFUSED), carrier])) == found


def test_another_thread_carries_nothing_on() -> None:
    carrier = event(CARRIER, 2, thread="DICOM-1", condition="Error in the network protocol")
    assert judged([MOVE], [event("seen", 1, message=REFUSED), carrier]) == []


def test_what_a_thread_did_before() -> None:
    assert len(judged([AFTER], [event("reporting", 1), event("seen", 2, seconds=30)])) == 1
    assert judged([AFTER], [event("reporting", 1), event("seen", 2, seconds=600)]) == []
    assert judged([AFTER], [event("reporting", 1), event("job.executing", 2, job="x"), event("seen", 3)]) == []


def test_without_thread_names_only_near_lines_count() -> None:
    assert len(judged([AFTER], [event("reporting", 1, thread=None), event("seen", 9, thread=None)])) == 1
    assert judged([AFTER], [event("reporting", 1, thread=None), event("seen", 99, thread=None)]) == []


def test_a_fallback_holds_on_what_nothing_else_holds_on() -> None:
    special = signature("T1", when={"event": "seen", "condition": "known"})
    fallback = signature("T2", fallback=True)
    hits = judged([fallback, special], [event("seen", 1, condition="known"), event("seen", 2, condition="new")])
    assert [(h.signature.code, h.line) for h in hits] == [("T1", 1), ("T2", 2)]


def test_what_the_log_does_not_show_is_said_where_it_is_needed() -> None:
    base = PatternBase(signatures=(
        signature("T1", when={"event": "seen", "reason": 7}, needs="trace"),
        signature("T2", when={"event": "seen", "reason": 7}),
        signature("T3", when={"event": "never"}, needs="trace"),
    ))  # fmt: skip
    judge = Judge(base)
    judge.observe(event("seen", 1), 0, 1, None)
    hits, silent, undecided = judge.hits(Scene({}))
    assert hits == []
    assert [s.code for s in undecided] == ["T1"]
    assert [s.code for s in silent] == ["T2", "T3"]


def test_a_title_may_name_a_fact() -> None:
    hits = judged(
        [signature("T1", title="seen {occurrences} times", group_by=("level",))],
        [event("seen", 1), event("seen", 2, seconds=9)],
    )
    assert [h.values["occurrences"] for h in hits] == ["2", "2"]
    assert hits[0].values["level"] == "E"


def test_more_than_can_be_kept_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loganalyzer.findings.judge._ONE_BY_ONE", 10)
    lines = [event("seen", n, seconds=n, message="rejected A" if n % 2 else "rejected B") for n in range(100)]
    hits = judged([signature("T1")], lines)
    assert len(hits) == 10
    assert sum(h.weight for h in hits) == 100
    assert max(h.until for h in hits if h.until is not None) == lines[-1].record.time


def test_a_rare_line_behind_many_frequent_ones_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loganalyzer.findings.judge._ONE_BY_ONE", 10)
    lines = [event("seen", n, seconds=n, message="rejected A") for n in range(100)]
    hits = judged([signature("T1")], [*lines, event("seen", 100, seconds=100, message="rejected B")])
    assert [h.weight for h in hits if h.message == "rejected B"] == [1]


def test_what_is_neither_judged_nor_counted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loganalyzer.findings.judge._ONE_BY_ONE", 10)
    monkeypatch.setattr("loganalyzer.findings.judge._MAX_SIGHTINGS", 20)
    judge = Judge(PatternBase(signatures=(signature("T1"),)))
    for n in range(100):
        judge.observe(event("seen", n, seconds=n, message=f"rejected {n}"), 0, 1, None)
    assert judge.uncounted == {"seen": 80}
