"""A pattern that takes too long on a line is out for the rest of the log, and the report says so."""

from __future__ import annotations

import io

from loganalyzer.diagnosis.build import diagnose_opened
from loganalyzer.patternbase.base import PatternBase
from loganalyzer.patternbase.types import EventPattern
from loganalyzer.sources.opening import open_files

SLOW = EventPattern(
    "slow", "", regex=r"frobnicator (a|aa)+$", literal="frobnicator ", levels="E", where="site/slow.yaml:12"
)


def test_it_is_named_and_the_diagnosis_is_incomplete() -> None:
    line = b"E1126 22:29:23.574501 MAIN main.cpp:333] frobnicator " + b"a" * 60 + b"b\n"
    found = diagnose_opened(open_files([("orthanc.log", io.BytesIO(line * 3))]), patterns=PatternBase(events=(SLOW,)))
    assert not found.complete
    assert [(p.where, "took too long" in p.what) for p in found.problems] == [("site/slow.yaml:12", True)]
