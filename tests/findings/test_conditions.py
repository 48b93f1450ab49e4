"""The condition language: three answers, and names that are nearly alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.findings.conditions import OPERATORS, holds

FIELDS = {"yes": True, "no": False}
AET = st.text(alphabet="ABCDEFGH123 ", min_size=4, max_size=16).filter(lambda s: len("".join(s.split())) >= 4)
#: A condition that is true, false or undecided, with its answer.
ATOM = st.sampled_from([({"yes": True}, True), ({"no": True}, False), ({"unknown": True}, None)])


def answer(condition: dict[str, Any]) -> bool | None:
    return holds(condition, FIELDS.get)


def kleene_and(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


@given(st.lists(ATOM, min_size=1, max_size=5))
def test_links_are_three_valued(atoms: list[tuple[dict[str, Any], bool | None]]) -> None:
    conditions, answers = [c for c, _ in atoms], [a for _, a in atoms]
    some = True if True in answers else None if None in answers else False
    assert answer({"all": conditions}) is kleene_and(answers)
    assert answer({"any": conditions}) is some
    assert answer({"none": conditions}) is (None if some is None else not some)


@given(st.lists(ATOM, min_size=1, max_size=3))
def test_keys_of_one_condition_must_all_hold(atoms: list[tuple[dict[str, Any], bool | None]]) -> None:
    merged: dict[str, Any] = {}
    for condition, _ in atoms:
        merged |= condition
    assert answer(merged) is kleene_and([a for _, a in atoms])


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"exists"}))
def test_what_the_log_does_not_show_is_undecided(operator: str) -> None:
    assert holds({"unknown": {operator: "x"}}, FIELDS.get) is None


def test_absence_can_be_asked_for() -> None:
    assert answer({"unknown": None}) is True
    assert answer({"yes": None}) is False
    assert answer({"unknown": {"exists": False}}) is True
    assert answer({"yes": {"exists": True}}) is True


def test_a_list_means_any_of_its_values() -> None:
    values = {"condition": "TCP Initialization Error: Connection refused", "list": ["C-STORE", "C-FIND"]}
    assert holds({"condition": {"contains": ["unreachable", "refused"]}}, values.get) is True
    assert holds({"condition": {"lacks": ["unreachable", "refused"]}}, values.get) is False
    assert holds({"list": {"contains": "C-FIND"}}, values.get) is True
    assert holds({"condition": {"starts": ["DUL", "TCP"]}}, values.get) is True


def test_another_field_can_be_compared_with() -> None:
    values = {"called_aet": "orthanc", "run.aet": "ORTHANC"}
    assert holds({"called_aet": {"near": "$run.aet"}}, values.get) is True
    assert holds({"called_aet": {"near": "$run.unknown"}}, values.get) is None


def test_values_of_other_types_are_no_crash() -> None:
    assert holds({"text": {"gt": 3}}, {"text": "many"}.get) is False
    assert holds({"number": {"contains": "x"}}, {"number": 3}.get) is False


@given(AET, AET)
def test_near_is_symmetric_and_never_equal(a: str, b: str) -> None:
    near = OPERATORS["near"]
    assert near(a, b) == near(b, a)
    assert not near(a, a)


@given(AET, st.data())
def test_near_finds_one_slip(aet: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(aet) - 1))
    slip = data.draw(
        st.sampled_from(
            [
                aet.lower(),
                aet[:at] + aet[at + 1 :],
                aet[:at] + "Z" + aet[at:],
                aet[:at] + "Z" + aet[at + 1 :],
                f" {aet} ",
            ]
        )
    )
    assert slip == aet or len("".join(slip.split())) < 3 or OPERATORS["near"](aet, slip)


@pytest.mark.parametrize(("a", "b"), [("PACS", "RIS"), ("CT_ROOM1", "MR_ROOM2"), ("ORTHANC", "ORTHANC2X"), ("A", "B")])
def test_near_is_not_far(a: str, b: str) -> None:
    assert not OPERATORS["near"](a, b)


@pytest.mark.parametrize(
    ("version", "limit", "before"),
    [("1.9.7", "1.10.0", True), ("1.10.0", "1.10.0", False), ("1.12.10", "1.12.9", False), ("mainline", "1.0.0", True)],
)
def test_versions_compare_by_number(version: str, limit: str, before: bool) -> None:
    assert OPERATORS["before_version"](version, limit) is before
