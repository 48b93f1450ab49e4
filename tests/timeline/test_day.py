"""A minute of a busy radiology, as Orthanc 1.12.7 logged it: ten clients at once, two of them under one name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.timeline.association import Outcome
from tests import knowledge

DAY = Path(__file__).with_name("day-1.12.7-verbose.log.gz")


@pytest.fixture(scope="module")
def day() -> Diagnosis:
    with DAY.open("rb") as file:
        return knowledge.diagnosed_files([("day.log.gz", file)])


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
    assert "LA204" not in {finding.code for finding in day.findings}


def test_every_association_has_its_end(day: Diagnosis) -> None:
    assert not [a.id for a in day.associations if a.outcome is Outcome.OPEN]
    assert not [problem for problem in day.problems if problem.cut]
