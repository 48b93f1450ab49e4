"""Whose log it is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from loganalyzer.dialects.known import DIALECTS, dialect_of
from loganalyzer.dialects.views import ReadBy, views_of
from loganalyzer.sources.block import Block
from tests.dialects.peers import NAMES, catalogue, diagnosed, peer
from tests.knowledge import SAMPLES

ORTHANCS = sorted(SAMPLES.glob("*/orthanc.log"))
OWN = [p for p in sorted(SAMPLES.glob("*/peer*.log")) if p.stem != "peer-orthanc"]
#: What openssl's client and server write.
NOT_DICOM = ("CONNECTED(", "ACCEPT", "Can't use SSL")


@pytest.mark.parametrize("name", NAMES)
def test_a_log_is_read_as_that_of_its_program(name: str) -> None:
    (log,) = diagnosed(name).logs
    assert log.product.split(" ")[0] == peer(name).truth["product"]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_program_is_known_or_has_its_layout(name: str) -> None:
    """But for values that look like lines of Orthanc."""
    (log,) = diagnosed(name).logs
    assert [s for s in log.samples_not_understood if "(FORGED)" not in s and "StudyDescription" not in s] == []


def test_tools_tell_their_names_and_versions() -> None:
    assert diagnosed("echoscu-trace").logs[0].product == "dcmtk echoscu 3.6.7"
    assert diagnosed("getscu-healthy-get-in-1.12.7").logs[0].product == "dcmtk getscu 3.6.9"


@pytest.mark.parametrize("log", ORTHANCS, ids=lambda p: p.parent.name)
def test_orthanc_is_taken_for_nobody_else(log) -> None:  # type: ignore[no-untyped-def]
    """DCMTK speaks inside Orthanc; its dumps at level trace make no log of DCMTK's tools."""
    data = log.read_bytes()[: 1 << 20]
    assert dialect_of(data) is None
    (view,) = views_of([Block(data)], catalogue(), None)
    assert view.by is ReadBy.STAMPS or view.product == "orthanc"


@pytest.mark.parametrize("log", OWN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_logs_that_were_recorded_beside_orthanc_are_recognised(log) -> None:  # type: ignore[no-untyped-def]
    data = log.read_bytes()
    if not data.strip() or data.startswith(tuple(n.encode() for n in NOT_DICOM)) or b"SSL-Session" in data:
        assert dialect_of(data) is None
        return
    assert dialect_of(data) is not None


def test_forged_lines_in_a_data_set_do_not_make_it_a_log_of_orthanc() -> None:
    name = "pynetdicom-healthy-log-like-values-1.12.7"
    assert "Rejected association, because of a bad called AET in the request (FORGED)" in peer(name).text
    (view,) = views_of([Block(peer(name).log.read_bytes())], catalogue(), None)
    assert view.by is ReadBy.DIALECT
    assert diagnosed(name).findings == ()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.NAME)
def test_scores_are_between_nothing_and_one(dialect) -> None:  # type: ignore[no-untyped-def]
    for name in NAMES:
        assert 0 <= dialect.score(peer(name).log.read_bytes()) <= 1
    for hostile in (b"", b"\n" * 100, b"\x00" * 1000, b"A-ASSOCIATE-RQ " * 1000, bytes(range(256)) * 16):
        assert 0 <= dialect.score(hostile) <= 1


def test_a_log_is_recognised_by_its_first_lines() -> None:
    for name in NAMES:
        lines = peer(name).log.read_bytes().split(b"\n")
        if len(lines) < 40:
            continue
        found = dialect_of(b"\n".join(lines[:20]) + b"\n")
        assert found is not None
        assert peer(name).truth["product"] == found.NAME


def test_two_logs_in_one_file_are_two_views() -> None:
    """A forum's thread has Orthanc's log and the client's one behind the other."""
    sample = SAMPLES / "called-aet-mismatch-1.10.1-verbose"
    orthanc = (sample / "orthanc.log").read_bytes()
    client = next(iter(sorted(sample.glob("peer*.log")))).read_bytes()
    for first, second in pairwise((client, orthanc, client)):
        views = views_of(
            [Block(b"Here is a log:\n\n" + first + b"\nAnd the other one:\n\n" + second)], catalogue(), None
        )
        assert {v.by for v in views} == {ReadBy.TEXT, ReadBy.DIALECT}
        for view in views:
            list(view.events())
        assert {v.product.split(" ")[0] for v in views} == {"orthanc", "dcmtk"}
