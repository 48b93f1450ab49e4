"""Several do the same at once, and it ends differently for each; what went over the wire says how."""

from __future__ import annotations

from loganalyzer.timeline.association import Outcome
from tests.knowledge import SAMPLES, diagnosed, recorded


def test_a_verbose_log_shows_what_a_c_get_sends_and_what_the_client_refuses() -> None:
    found = recorded("gets-partly-taken-1.13.0-verbose").associations
    sent = {
        a.calling_aet: (
            sum(o.count for o in a.operations if o.command == "C-STORE"),
            sum(o.count for o in a.operations if o.command == "C-STORE" and o.ok is False),
            next(o.ok for o in a.operations if o.command == "C-GET"),
            str(a.outcome),
        )
        for a in found
    }
    assert sent == {
        "VIEWER1": (4, 0, None, "released"), "VIEWER2": (4, 2, None, "released"),
        "VIEWER3": (4, 4, False, "released"), "VIEWER4": (1, 1, False, "aborted"),
    }  # fmt: skip


def test_what_follows_a_lost_peer_is_no_silence() -> None:
    """1.9.1 names nobody when an association ends."""
    found = recorded("broken-off-at-once-1.9.1-verbose").associations
    assert {a.calling_aet: a.outcome for a in found} == {
        **{f"CT{n}": Outcome.ABORTED for n in (1, 2, 3)}, **{f"MR{n}": Outcome.RELEASED for n in (4, 5)}
    }  # fmt: skip


def test_without_thread_names_jobs_are_told_apart_by_whom_they_announce() -> None:
    found = recorded("jobs-at-once-1.12.7-verbose-nothread").associations
    assert {a.outcome for a in found} == {Outcome.RELEASED}
    stored = [(a.called_aet, o.status, o.count) for a in found for o in a.operations]
    assert {(called, status) for called, status, _ in stored} == {("PACS", None), ("FULL", "0xa700")}
    assert sum(count for called, _, count in stored if called == "PACS") >= 8


def test_two_orthancs_see_the_same_associations() -> None:
    case = SAMPLES / "healthy-between-two-1.13.0-verbose"
    diagnosis = diagnosed(case / "orthanc.log", case / "peer-orthanc.log")
    assert len(diagnosis.pairs) == 7
    assert not any(pair.disagreements for pair in diagnosis.pairs)
    third = [a for a in diagnosis.associations if a.calling_aet == "CT_ROOM2"]
    assert len(third) == 1
    assert len(diagnosis.associations) == 2 * len(diagnosis.pairs) + len(third)
