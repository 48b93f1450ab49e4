"""The names that a program may import, and what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

import loganalyzer
from loganalyzer import Diagnosis, diagnose, load_patterns

SAMPLES = Path(__file__).resolve().parents[1] / "sample_logs"
FAILING = SAMPLES / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"
HEALTHY = SAMPLES / "healthy-echo-in-1.12.7-trace" / "orthanc.log"


def test_every_public_name_is_there() -> None:
    for name in loganalyzer.__all__:
        assert getattr(loganalyzer, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'analyse'"):
        _ = loganalyzer.analyse  # type: ignore[attr-defined]


def test_diagnose() -> None:
    diagnosis = diagnose(FAILING)
    assert isinstance(diagnosis, Diagnosis)
    assert diagnosis.verdict == "failure"
    assert diagnosis.findings[0].cause == "called-aet-mismatch"
    assert diagnosis.findings[0].evidence[0].line > 0


def test_paths_as_text_and_several_logs() -> None:
    diagnosis = diagnose(str(FAILING), HEALTHY)
    assert [Path(log.name) for log in diagnosis.logs] == [FAILING, HEALTHY]


def test_own_patterns() -> None:
    base = load_patterns()
    assert diagnose(HEALTHY, patterns=base).verdict == "healthy"


def test_nothing_is_raised_for_what_cannot_be_read(tmp_path: Path) -> None:
    diagnosis = diagnose(tmp_path / "Orthanc.log")
    assert diagnosis.verdict == "not-orthanc"
    assert not diagnosis.complete
    assert "no such file" in diagnosis.problems[0].what


def test_equal_logs_give_equal_diagnoses() -> None:
    assert diagnose(FAILING) == diagnose(FAILING)
