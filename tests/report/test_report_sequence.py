from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from loganalyzer.report.html.drawing import draw
from loganalyzer.report.sequence import CHILDREN_DRAWN, Diagram, diagram, phases, status_label
from loganalyzer.texts import texts
from loganalyzer.timeline.association import Association, Direction, Operation, Outcome, Side

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis

MORNING = datetime(2026, 11, 20, 9, 0)
MOVE = Operation("C-MOVE", Side.PEER, status="0xc000", ok=False, move_destination="VIEWER")


def _association(**changes: object) -> Association:
    plain = Association("1", 0, 1, Direction.INCOMING, "CT_ROOM2", "ORTHANC", "192.0.2.7", outcome=Outcome.RELEASED)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _labels(drawn: Diagram) -> list[str]:
    return [f"{step.source}>{step.target} {step.label}" for step in drawn.steps]


def test_a_move_is_one_diagram_with_three_life_lines() -> None:
    root = _association(operations=(MOVE,), established=MORNING, ended_by=Side.PEER)
    child = _association(
        id="2", direction=Direction.OUTGOING, calling_aet="ORTHANC", called_aet="VIEWER", outcome=Outcome.REJECTED
    )
    drawn = diagram(root, [child], texts())
    assert drawn.lanes == ("CT_ROOM2", "Orthanc (called ORTHANC)", "VIEWER")
    assert _labels(drawn) == [
        "0>1 A-ASSOCIATE-RQ",
        "1>0 A-ASSOCIATE-AC",
        "0>1 C-MOVE",
        "1>2 A-ASSOCIATE-RQ",
        "2>1 A-ASSOCIATE-RJ",
        "1>0 0xc000 Unable to Process",
        "0>1 A-RELEASE",
    ]


def test_a_recorded_move_is_drawn_whole(diagnosis: Diagnosis) -> None:
    for root in diagnosis.associations:
        children = [one for one in diagnosis.associations if one.caused_by == root.id]
        drawn = diagram(root, children, texts())
        assert 2 <= len(drawn.lanes) <= 3
        assert all(0 <= lane < len(drawn.lanes) for step in drawn.steps for lane in (step.source, step.target))
        drawing = draw(drawn, texts())
        assert len(drawing.arrows) == len(drawn.steps)
        assert all(before.y < after.y < drawing.height for before, after in pairwise(drawing.arrows))


def test_many_associations_of_one_move_are_counted() -> None:
    root = _association(operations=(MOVE,))
    children = [
        _association(id=f"c{n}", direction=Direction.OUTGOING, called_aet=f"VIEWER{n % 3}")
        for n in range(CHILDREN_DRAWN + 2)
    ]
    drawn = diagram(root, children, texts())
    assert drawn.lanes[2] == "3 destinations"
    assert any(step.label == "and 2 more associations of this operation" for step in drawn.steps)


def test_a_peer_that_answers_into_orthanc_keeps_its_life_line() -> None:
    root = _association(direction=Direction.OUTGOING, calling_aet="ORTHANC", called_aet="PACS", operations=(MOVE,))
    child = _association(id="2", calling_aet="PACS", called_aet="ORTHANC")
    drawn = diagram(root, [child], texts())
    assert drawn.lanes == ("Orthanc (ORTHANC)", "PACS")


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("direction", list(Direction))
def test_every_end_has_a_step_of_its_own(outcome: Outcome, direction: Direction) -> None:
    drawn = diagram(_association(outcome=outcome, direction=direction), [], texts())
    assert len(drawn.steps) == 2
    failed = outcome not in (Outcome.RELEASED, Outcome.OPEN, Outcome.UNKNOWN)
    assert (drawn.steps[-1].tone == "bad") is failed


def test_an_answer_that_the_log_does_not_show_is_not_drawn() -> None:
    drawn = diagram(_association(operations=(Operation("C-STORE", Side.PEER, count=3),)), [], texts())
    assert [step.label for step in drawn.steps][-2:] == ["C-STORE ×3", "A-RELEASE"]


@pytest.mark.parametrize(
    ("status", "ok", "label"),
    [
        ("0x0000", True, "0x0000 success"),
        ("0xa700", False, "0xa700 Refused: Out of Resources"),
        (None, False, "failed"),
        (None, None, ""),
        ("nonsense", False, "nonsense"),
    ],
)
def test_a_status_has_its_name(status: str | None, ok: bool | None, label: str) -> None:
    assert status_label(Operation("C-STORE", Side.PEER, status=status, ok=ok), texts()) == label


@pytest.mark.parametrize("length", [0, 10, 80, 81, 200, 1000])
def test_long_notes_are_broken_and_never_overlap(length: int) -> None:
    failure = "word " * (length // 5)
    drawing = draw(diagram(_association(outcome=Outcome.ABORTED, failure=failure), [], texts()), texts())
    notes = drawing.arrows[-1].notes
    assert len(notes) <= 3
    assert drawing.height >= drawing.arrows[-1].y + 13 * len(notes)
    assert (
        "".join(notes).rstrip("…").replace(" ", "")
        == failure.replace(" ", "")[: len("".join(notes).rstrip("…").replace(" ", ""))]
    )


def test_phases_add_up_to_the_duration() -> None:
    operation = Operation(
        "C-STORE", Side.PEER, start=MORNING + timedelta(seconds=2), end=MORNING + timedelta(seconds=9)
    )
    one = _association(
        start=MORNING,
        established=MORNING + timedelta(seconds=1),
        end=MORNING + timedelta(seconds=10),
        operations=(operation,),
    )
    assert [(phase.name, phase.seconds) for phase in phases(one)] == [
        ("negotiation", 1.0),
        ("waiting", 1.0),
        ("operations", 7.0),
        ("closing", 1.0),
    ]
    assert phases(replace(one, end=None)) == []
    assert phases(replace(one, end=MORNING - timedelta(seconds=1))) == []


def test_phases_of_recorded_associations_add_up(diagnosis: Diagnosis) -> None:
    for one in diagnosis.associations:
        found = phases(one)
        if found and one.start and one.end:
            assert sum(phase.seconds for phase in found) == pytest.approx((one.end - one.start).total_seconds())
