"""C-MOVEs of two viewers at the same moment, as two Orthancs and the archive that they called logged them.

One destination breaks off, one is dead, one is not known; a viewer aborts its own C-MOVE, and another is gone while
the next one of the same name is refused.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.timeline.association import Outcome
from tests import knowledge

FOLDER = Path(__file__).parent


def diagnosed(name: str) -> Diagnosis:
    return knowledge.diagnosed(FOLDER / f"moves-{name}.log.gz")


@pytest.fixture(scope="module", params=["1.9.1-verbose", "1.13.0-verbose"])
def moves(request: pytest.FixtureRequest) -> Diagnosis:
    return diagnosed(request.param)


def test_each_failure_is_its_own_clients(moves: Diagnosis) -> None:
    failed = Counter(
        (a.peer_aet, a.outcome, tuple(o.move_destination for o in a.operations if o.command == "C-MOVE"))
        for a in moves.associations
        if a.failed and a.direction == "incoming" and a.peer_aet != "STRANGER"
    )
    assert failed == {
        ("VIEWER_B", Outcome.RELEASED, ("VIEWER_B",)): 1,
        ("VIEWER_A", Outcome.ABORTED, ("VIEWER_A",)): 2,
        ("VIEWER_A", Outcome.RELEASED, ("READROOM",)): 1,
        ("VIEWER_A", Outcome.RELEASED, ("GETTER",)): 1,
    }


def test_what_failed_is_counted_as_often_as_it_did(moves: Diagnosis) -> None:
    found = {f.code: (f.count, f.values.get("calling_aet")) for f in moves.findings if f.explained_by is None}
    assert found["LA405"] == (1, "ORTHANC")
    assert found["LA226"] == (2, "VIEWER_A")
    assert found["LA215"] == (1, "ORTHANC")
    assert found["LA210"] == (1, "VIEWER_A")
    assert {"LA142", "LA218"}.isdisjoint(found)


def test_one_client_explains_nothing_of_another(moves: Diagnosis) -> None:
    strangers = {a.id for a in moves.associations if a.calling_aet == "STRANGER"}
    refused = [f for f in moves.findings if f.cause == "calling-aet-unknown"]
    assert refused
    assert all(set(f.associations) <= strangers for f in refused)


def test_a_query_with_a_pending_answer_went_well() -> None:
    assert [f.code for f in diagnosed("dcmqrscp").findings] == ["LA990"]
