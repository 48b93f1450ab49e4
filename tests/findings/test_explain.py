"""Cause before symptom: what ties two hits together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from loganalyzer.findings.explain import explain
from loganalyzer.findings.sighting import Hit
from loganalyzer.timeline.association import Association, Direction
from tests.findings.conftest import START, scene_of, signature

CAUSE = signature("T1", cause="connection-refused", explains=("job-failed", "name-T3"))
SYMPTOM = signature("T2", cause="job-failed")


def hit(made_by: object = CAUSE, *, line: int, seconds: float = 0, thread: str | None = None, **more: object) -> Hit:
    values: dict[str, object] = {"values": {}, "evidence": list, "associations": ()} | more
    return Hit(made_by, 0, line, START + timedelta(seconds=seconds), thread, **values)  # type: ignore[arg-type]


def is_explained(cause: Hit, symptom: Hit, *associations: Association) -> bool:
    explain([cause, symptom], scene_of(*associations))
    assert cause.explained_by is None
    assert (symptom in cause.explains) is (symptom.explained_by is cause.signature)
    return symptom.explained_by is cause.signature


def test_same_association() -> None:
    assert is_explained(hit(line=1, associations=("1.1",)), hit(SYMPTOM, line=5000, seconds=900, associations=("1.1",)))


def test_association_that_was_opened_on_behalf_of_the_other() -> None:
    move = Association("1.1", 0, 1, Direction.INCOMING)
    store = Association("1.2", 0, 1, Direction.OUTGOING, caused_by="1.1")
    assert is_explained(hit(line=9, associations=("1.2",)), hit(SYMPTOM, line=20, associations=("1.1",)), move, store)


def test_another_association_is_another_matter() -> None:
    both = [Association(i, 0, 1, Direction.OUTGOING) for i in ("1.1", "1.2")]
    cause = hit(line=1, thread="JOBS-WORKER-0", associations=("1.1",))
    assert not is_explained(cause, hit(SYMPTOM, line=2, thread="JOBS-WORKER-0", associations=("1.2",)), *both)


def test_same_thread_soon_after() -> None:
    assert is_explained(hit(line=1, thread="HTTP-1"), hit(SYMPTOM, line=300, seconds=3, thread="HTTP-1"))


@pytest.mark.parametrize("late", [{"seconds": 60.0, "line": 300}, {"seconds": 1.0, "line": 90_000}])
def test_same_thread_much_later(late: dict[str, float]) -> None:
    symptom = hit(SYMPTOM, line=int(late["line"]), seconds=late["seconds"], thread="HTTP-1")
    assert not is_explained(hit(line=1, thread="HTTP-1"), symptom)


def test_another_thread() -> None:
    assert not is_explained(hit(line=1, thread="HTTP-1"), hit(SYMPTOM, line=2, thread="HTTP-2"))


def test_neighbouring_lines_without_thread_names() -> None:
    assert is_explained(hit(line=1), hit(SYMPTOM, line=3))
    assert is_explained(hit(line=1), hit(SYMPTOM, line=3, thread="DICOM-0"))
    assert not is_explained(hit(line=1), hit(SYMPTOM, line=30))


def test_the_exception_that_a_line_carries_on() -> None:
    thrown = hit(line=10, message="Accessing an inexistent item: Unknown modality for AET: NOWHERE")
    carried = hit(SYMPTOM, line=80, values={"condition": "Accessing an inexistent item"})
    assert is_explained(thrown, carried)
    other = hit(SYMPTOM, line=80, values={"condition": "Bad request"})
    assert not is_explained(hit(line=10, message=thrown.message), other)


def test_the_same_peer_on_another_thread() -> None:
    cause = hit(line=1, thread="JOBS-WORKER-0", values={"called_aet": "PACS"}, associations=("1.1",))
    assert is_explained(cause, hit(SYMPTOM, line=900, seconds=20, thread="HTTP-0", values={"called_aet": "PACS"}))


def test_a_cause_does_not_come_after_its_effect_on_a_peer() -> None:
    early = hit(SYMPTOM, line=1, thread="HTTP-0", values={"called_aet": "PACS"})
    assert not is_explained(hit(line=900, seconds=20, thread="JOBS-WORKER-0", values={"called_aet": "PACS"}), early)


def test_a_signature_can_be_named_too() -> None:
    assert is_explained(hit(line=1), hit(signature("T3", cause="http-error"), line=2))


def test_what_is_not_named_is_not_explained() -> None:
    assert not is_explained(hit(line=1), hit(signature("T4", cause="disk-full"), line=2))


def test_two_that_explain_each_other_do_not_both_vanish() -> None:
    first = signature("T5", cause="peer-aborted", explains=("connection-refused",))
    second = signature("T6", cause="connection-refused", explains=("peer-aborted",))
    one, other = hit(first, line=1), hit(second, line=2)
    explain([one, other], scene_of())
    assert one.explained_by is None
    assert other.explained_by is first
    assert one.explains == [other]
    assert other.explains == []


# ---- what gives way to any error

REFUSAL = signature("T7", cause="called-aet-mismatch")
ANSWER = signature("T8", cause="peer-move-status-failure", yields_to=("incoming",))
REPEATED = signature("T9", cause="job-failure", yields_to=("thread",))
RETRIEVAL = Association("1.1", 0, 1, Direction.OUTGOING, "ORTHANC", "PACS", "192.0.2.7", start_line=5)
MOVED = hit(ANSWER, line=60, seconds=9, associations=("1.1",), values={"command": "C-MOVE", "called_aet": "PACS"})


def turned_away(calling: str | None, ip: str, line: int = 50) -> tuple[Hit, Association]:
    refused = Association("1.2", 0, 1, Direction.INCOMING, calling, "OLD_NAME", ip, start_line=line)
    return hit(REFUSAL, line=line, seconds=8, associations=("1.2",)), refused


@pytest.mark.parametrize(("calling", "ip"), [("PACS", "192.0.2.8"), ("PACS_SEND", "192.0.2.7")])
def test_a_c_move_fails_since_orthanc_itself_turned_the_sender_away(calling: str, ip: str) -> None:
    refusal, refused = turned_away(calling, ip)
    assert is_explained(refusal, replace(MOVED, explained_by=None), RETRIEVAL, refused)


def test_a_stranger_who_is_turned_away_meanwhile_or_a_sender_before_is_another_matter() -> None:
    for refusal, refused in (turned_away("CT_ROOM2", "192.0.2.8"), turned_away("PACS", "192.0.2.7", line=3)):
        assert not is_explained(refusal, replace(MOVED, explained_by=None), RETRIEVAL, refused)


def test_orthanc_that_calls_itself_sees_one_association_twice() -> None:
    mine = Association("1.1", 0, 1, Direction.OUTGOING, "ORTHANC", "OLD_NAME", start_line=5)
    refusal, refused = turned_away("ORTHANC", "127.0.0.1")
    rejected = hit(ANSWER, line=60, seconds=8, associations=("1.1",))
    assert is_explained(refusal, rejected, mine, refused)


def test_what_names_no_aet_is_not_orthanc_calling_itself() -> None:
    nameless = Association("1.2", 0, 1, Direction.INCOMING, peer_ip="127.0.0.1", start_line=50)
    noise = hit(REFUSAL, line=50, seconds=8, associations=("1.2",))
    assert not is_explained(noise, hit(signature("T4", cause="http-peer-unreachable"), line=52, seconds=8), nameless)


def test_a_job_repeats_what_its_thread_just_said() -> None:
    cause = hit(signature("T4", cause="disk-full"), line=1, thread="JOBS-WORKER-0")
    assert is_explained(cause, hit(REPEATED, line=2, seconds=0.1, thread="JOBS-WORKER-0"))
    assert not is_explained(replace(cause, explains=[]), hit(REPEATED, line=2, seconds=0.1, thread="JOBS-WORKER-1"))
    assert not is_explained(replace(cause, explains=[]), hit(REPEATED, line=2, seconds=30, thread="JOBS-WORKER-0"))
