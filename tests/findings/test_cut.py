"""A log that is cut says less, never something else."""

from __future__ import annotations

import io

import pytest

from loganalyzer.diagnosis.model import Diagnosis, Severity
from tests.knowledge import SAMPLES, diagnosed_files

_PIECES = 12


def diagnosis(data: bytes) -> Diagnosis:
    return diagnosed_files([("orthanc.log", io.BytesIO(data))])


def causes(found: Diagnosis) -> set[str]:
    """What is named; a reason for a rejection that is said to be unseen counts as none."""
    return {
        f.cause for f in found.findings if f.severity is not Severity.NOTICE and f.signature != "peer-rejects-unseen"
    }


@pytest.mark.parametrize(
    "sample",
    [
        "unsupported-sop-class-in-1.12.7-trace", "remote-rejects-congestion-1.12.7-trace", "healthy-find-in-1.13.0-trace",
        "client-aborts-mid-store-1.9.1-trace", "calling-aet-unknown-find-1.10.1-verbose",
    ],
)  # fmt: skip
def test_no_cut_names_another_cause(sample: str) -> None:
    lines = (SAMPLES / sample / "orthanc.log").read_bytes().splitlines(keepends=True)
    whole = diagnosis(b"".join(lines))
    known = {f.cause for f in whole.findings}
    step = max(1, len(lines) // _PIECES)
    for at in range(step, len(lines), step):
        for part in (lines[:at], lines[at:]):
            assert causes(diagnosis(b"".join(part))) <= known


def test_a_negotiation_that_is_cut_is_undecided() -> None:
    lines = (SAMPLES / "unsupported-sop-class-in-1.12.7-trace" / "orthanc.log").read_bytes().splitlines(keepends=True)
    answer = next(i for i, line in enumerate(lines) if b"BEGIN A-ASSOCIATE-AC" in line)
    refused = next(i for i, line in enumerate(lines) if i > answer and b"Abstract Syntax Not Supported" in line)
    cut = diagnosis(b"".join(lines[: refused + 2]))
    assert [a.contexts_accepted for a in cut.associations] == [None]
    assert causes(cut) == set()
