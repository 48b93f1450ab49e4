"""A minute of a busy radiology, as four Orthancs logged it: ten clients at once, some of them under one name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.timeline.association import Direction, Outcome
from tests import knowledge

FOLDER = Path(__file__).parent
#: What was made to fail: a wrong AET, an unknown client, a syntax, an abort, destinations unknown and dead, a full peer.
CAUSED = {"LA102", "LA110", "LA115", "LA127", "LA142", "LA210", "LA218", "LA401"}


def diagnosed(version: str) -> Diagnosis:
    return knowledge.diagnosed(FOLDER / f"day-{version}-verbose.log.gz")


@pytest.fixture(scope="module")
def day() -> Diagnosis:
    return diagnosed("1.12.7")


@pytest.mark.parametrize(("version", "refused"), [("1.10.1", "LA320"), ("1.12.7", "LA320"), ("1.13.0", "LA321")])
def test_only_what_was_made_to_fail_is_found(version: str, refused: str) -> None:
    assert {finding.code for finding in diagnosed(version).findings} == {*CAUSED, refused}


def test_what_failed_and_nothing_else(day: Diagnosis) -> None:
    """All images of the modalities were stored; CR_WARD, GUEST, XA_LAB, BACKUP, VIEWER and ARCHIVE were made to fail."""
    failed = Counter((a.peer_aet, a.outcome) for a in day.associations if a.failed)
    assert failed == {
        ("CR_WARD", Outcome.REJECTED): 14,
        ("GUEST", Outcome.ABORTED): 6,
        ("XA_LAB", Outcome.ABORTED): 6,
        ("BACKUP", Outcome.NOT_ESTABLISHED): 3,
        ("VIEWER", Outcome.RELEASED): 3,
        ("ARCHIVE", Outcome.RELEASED): 2,
    }


@pytest.fixture(scope="module")
def nameless() -> Diagnosis:
    """Orthanc 1.9.1 names nobody when an association ends."""
    return diagnosed("1.9.1")


def test_endings_without_names_go_to_those_that_do_not_go_on(nameless: Diagnosis) -> None:
    """147 associations were accepted and as many ended; XA_LAB aborted four times, Orthanc aborted GUEST five times."""
    ends = Counter(a.outcome for a in nameless.associations if a.direction is Direction.INCOMING)
    assert ends == {Outcome.RELEASED: 138, Outcome.ABORTED: 9, Outcome.REJECTED: 11}
    aborted = next(f for f in nameless.findings if f.code == "LA142")
    assert (aborted.count, aborted.values["calling_aet"]) == (4, "XA_LAB")


@pytest.mark.parametrize("version", ["1.9.1", "1.10.1"])
def test_a_c_move_without_thread_names_is_laid_at_who_asked_for_it(version: str) -> None:
    unknown = next(f for f in diagnosed(version).findings if f.code == "LA210")
    assert (unknown.count, unknown.values["calling_aet"]) == (2, "VIEWER")


def test_every_association_has_its_end(day: Diagnosis, nameless: Diagnosis) -> None:
    for diagnosis in (day, nameless):
        assert not [a.id for a in diagnosis.associations if a.outcome is Outcome.OPEN]
        assert not [problem for problem in diagnosis.problems if problem.cut]
