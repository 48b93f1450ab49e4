"""Of what is alike and comes too often, a few are judged for all: it must not show in what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.grow import grown, recordings
from loganalyzer.diagnosis.build import diagnose
from loganalyzer.patternbase.base import PatternBase

SAMPLES = Path(__file__).parents[2] / "sample_logs"
Found = dict[tuple[str, str | None, str], int]


def found_in(log: Path, patterns: PatternBase) -> Found:
    """The findings of a log, and how often each was seen."""
    return {(f.code, f.explained_by, f.fingerprint): f.count for f in diagnose(log, patterns=patterns).findings}


@pytest.mark.parametrize(("version", "level"), [("1.12.7", "trace"), ("1.12.7", "default"), ("1.10.1", "verbose")])
def test_the_same_is_found_as_if_each_were_judged(
    version: str, level: str, tmp_path: Path, patterns: PatternBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "Orthanc.log"
    log.write_bytes(b"".join(grown(recordings(SAMPLES, version, level), 600_000 if level == "default" else 3_000_000)))
    monkeypatch.setattr("loganalyzer.findings.judge._ONE_BY_ONE", 1 << 30)
    each = found_in(log, patterns)
    monkeypatch.setattr("loganalyzer.findings.judge._ONE_BY_ONE", 20)
    monkeypatch.setattr("loganalyzer.findings.judge._FEW_ALIKE", 80)
    some = found_in(log, patterns)
    assert set(some) == set(each)
    assert sum(abs(some[finding] - each[finding]) for finding in each) <= sum(each.values()) / 10
