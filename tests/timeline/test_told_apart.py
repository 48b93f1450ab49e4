"""Associations of one name at once, told apart by what the log gives; the truth is from the wire."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests import knowledge

if TYPE_CHECKING:
    from loganalyzer.timeline.association import Association

HERE = Path(__file__).parent


def _asked(association: Association) -> dict[str, int]:
    asked: Counter[str] = Counter()
    for operation in association.operations:
        asked[operation.command] += operation.count
    return dict(asked)


def test_a_job_that_is_named_stands_for_the_thread() -> None:
    """Orthanc 1.13.0 without thread names: three jobs store at once, two of them to one peer, and one is resubmitted."""
    stored = [a for a in knowledge.diagnosed(HERE / "jobs-1.13.0-nothread.log.gz").associations if a.called_aet]
    told = [(a.called_aet, a.outcome, sum(o.count for o in a.operations), a.attribution, a.thread) for a in stored]
    assert told == [
        *[("LATE", "not-established", 0, "exact", None)] * 2,
        ("LATE", "released", 3, "exact", None),
        ("FULL", "released", 3, "exact", None),
        ("FULL", "released", 3, "exact", None),
        ("SLOW", "released", 1, "exact", None),
        ("LATE", "released", 3, "exact", None),
        ("SLOW", "released", 1, "exact", None),
    ]


def test_what_stands_when_orthanc_stops_is_cut_off_and_has_not_failed() -> None:
    diagnosis = knowledge.diagnosed(HERE / "stopped-1.12.7-trace.log.gz")
    assert [(a.outcome, a.ended_by, a.failed) for a in diagnosis.associations] == [
        ("released", "peer", False), ("aborted", "peer", True), *[("lost", "orthanc", False)] * 4,
    ]  # fmt: skip
    assert diagnosis.complete


def test_services_of_one_station_at_once() -> None:
    """C-STORE, C-FIND, C-MOVE, C-GET and C-ECHO from one AET and address, all with the message id 1."""
    associations = knowledge.diagnosed(HERE / "one-station-1.12.7-trace.log.gz").associations
    assert [_asked(a) for a in associations] == [
        {"C-STORE": 1}, {"C-FIND": 1}, {"C-MOVE": 1}, {"C-GET": 1, "C-STORE": 5}, {"C-STORE": 5}, {"C-ECHO": 1},
        {"C-MOVE": 1}, {"C-STORE": 1}, {"C-ECHO": 1}, {"C-STORE": 1}, {"C-FIND": 1}, {"C-STORE": 1}, {"C-ECHO": 1},
        {"C-FIND": 1}, {"C-ECHO": 1},
    ]  # fmt: skip
