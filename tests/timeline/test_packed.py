"""Associations that are kept packed are the same as those that are not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace

from loganalyzer.timeline import packed
from loganalyzer.timeline.association import Association, association_id
from loganalyzer.timeline.packed import Associations, Packer, indexed
from tests.knowledge import SAMPLES, diagnosed

BUSY = SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log"
TRACE = SAMPLES / "busy-interleaved-a-1.10.1-trace" / "orthanc.log"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if ordinary logs had no associations."""
    monkeypatch.setattr(packed, "PLAIN", 0)


def _packed(associations: list[Association]) -> Associations:
    packer = Packer()
    for number in reversed(range(len(associations))):
        packer.put(0, number, associations[number])
    packer.close()
    return packer.associations()


@pytest.fixture
def recorded() -> list[Association]:
    """Those of a recorded log, numbered anew."""
    return [replace(a, id=association_id(0, i)) for i, a in enumerate(diagnosed(BUSY).associations)]


@pytest.mark.usefixtures("at_once")
def test_all_come_back(recorded: list[Association]) -> None:
    associations = _packed(recorded)
    assert list(associations) == recorded
    assert len(associations) == len(recorded)
    assert associations[5:200:7] == tuple(recorded[5:200:7])
    assert [associations[-1], associations[0]] == [recorded[-1], recorded[0]]
    with pytest.raises(IndexError):
        associations[len(recorded)]


@pytest.mark.usefixtures("at_once")
def test_each_is_found_by_its_id(recorded: list[Association]) -> None:
    by_id = indexed(_packed(recorded))
    assert [by_id[a.id] for a in recorded[::11]] == recorded[::11]
    assert list(by_id) == [a.id for a in recorded]
    for name in ("", "1", "1.0", "1.99999", "2.1", "x.y", "-1.2"):
        assert by_id.get(name) is None


@pytest.mark.usefixtures("at_once")
def test_those_that_are_only_counted_leave_no_gap(recorded: list[Association]) -> None:
    packer = Packer()
    for number, association in enumerate(recorded):
        packer.put(0, number, None if number % 3 else association)
    packer.close()
    assert list(packer.associations()) == recorded[::3]
    assert packer.kept == len(recorded[::3])


@pytest.mark.usefixtures("at_once")
def test_what_the_form_has_no_room_for_stays_as_it_is(recorded: list[Association]) -> None:
    odd = [replace(a, failure="\ud800", max_pdu=1 << 70) for a in recorded]
    assert list(_packed(odd)) == odd


@pytest.mark.parametrize(("log", "plain"), [(BUSY, 0), (BUSY, 40), (TRACE, 0)], ids=["all", "later", "trace"])
def test_the_diagnosis_is_the_same(log: Path, plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = diagnosed(log)
    monkeypatch.setattr(packed, "PLAIN", plain)
    found = diagnosed(log)
    assert isinstance(found.associations, Associations)
    without = [replace(a, contexts=()) for a in expected.associations]
    assert [replace(a, contexts=()) for a in found.associations] == without
    assert dataclasses.replace(found, associations=()) == dataclasses.replace(expected, associations=())


@pytest.mark.usefixtures("at_once")
def test_of_very_many_only_some_have_their_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "WITH_CONTEXTS", 0)
    diagnosis = diagnosed(TRACE)
    named = {name for finding in diagnosis.findings for name in finding.associations}
    assert named
    assert {a.id for a in diagnosis.associations if a.contexts} <= named
