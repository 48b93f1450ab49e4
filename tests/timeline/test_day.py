"""A minute of a busy radiology, as three Orthancs logged it: ten clients at once, some of them under one name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.timeline.association import Outcome
from tests import knowledge

FOLDER = Path(__file__).parent
#: What was made to fail: a wrong AET, an unknown client, a syntax, an abort, destinations unknown and dead, a full peer.
CAUSED = {"LA102", "LA110", "LA115", "LA127", "LA142", "LA210", "LA218", "LA401"}


def diagnosed(version: str) -> Diagnosis:
    with (FOLDER / f"day-{version}-verbose.log.gz").open("rb") as file:
        return knowledge.diagnosed_files([("day.log.gz", file)])


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


def test_every_association_has_its_end(day: Diagnosis) -> None:
    assert not [a.id for a in day.associations if a.outcome is Outcome.OPEN]
    assert not [problem for problem in day.problems if problem.cut]
