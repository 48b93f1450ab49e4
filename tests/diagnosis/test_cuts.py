"""A log that is cut is never healthy where the cut falls inside of what failed.

The rule stands in ``loganalyzer/diagnosis/cuts.py``. A story is the lines of an association that failed; a log that is
cut in the middle of one, at either end, still shows the failure, or that something is missing.
"""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

import pytest

from loganalyzer.diagnosis.model import Severity, Verdict
from loganalyzer.sources.options import ReadOptions
from tests import knowledge
from tests.sources.reading_back import ECHO, SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Diagnosis

STORE = next(path for path in SAMPLES if path.parent.name == "healthy-store-in-1.13.0-trace")
STARTING = next(path for path in SAMPLES if path.parent.name == "storage-parent-unwritable-1.10.1-trace")


def of(lines: Sequence[bytes]) -> Diagnosis:
    data = b"".join(line + b"\n" for line in lines)
    return knowledge.diagnosed_files([("orthanc.log", io.BytesIO(data))], options=ReadOptions(year=2024))


def stories(diagnosis: Diagnosis) -> list[tuple[int, int]]:
    """The first and the last line of each association that a finding is about."""
    found = {a.id: (a.start_line or 0, a.end_line or 0) for a in diagnosis.associations}
    roots = [f for f in diagnosis.findings if f.explained_by is None and f.severity is not Severity.NOTICE]
    return sorted({found[a] for f in roots for a in f.associations if found[a][0] < found[a][1]})


@pytest.mark.parametrize("share", range(8))
def test_a_failure_that_is_cut_is_not_healthy(share: int) -> None:
    for path in SAMPLES[share::40]:
        lines = path.read_bytes().split(b"\n")[:-1]
        random = Random(path.parent.name)
        for first, last in random.sample(told, 1) if (told := stories(of(lines))) else ():
            at = random.randrange(first, last)
            for part in (lines[:at], lines[at:]):
                assert of(part).verdict is not Verdict.HEALTHY, (path.parent.name, at)


def test_a_log_that_ends_in_a_start_does_not_tell() -> None:
    lines = STARTING.read_bytes().split(b"\n")[:-1]
    cut = of(lines[:10])
    assert cut.verdict is Verdict.CANNOT_TELL
    assert cut.complete
    assert [problem.what for problem in cut.problems] == ["the log does not show that Orthanc's start came to its end"]
    assert of(lines).problems == ()


def what_is_cut(lines: Sequence[bytes]) -> set[str]:
    return {f"{problem.where.partition(':')[2]}: {problem.what}" for problem in of(lines).problems if problem.cut}


def test_it_says_in_what_a_log_breaks_off() -> None:
    lines = STORE.read_bytes().split(b"\n")[:-1]
    at = next(n for n, line in enumerate(lines) if b"BEGIN A-ASSOCIATE-RQ" in line)
    stop = next(n for n, line in enumerate(lines) if b"END A-ASSOCIATE-AC" in line)
    assert what_is_cut(lines) == set()
    assert what_is_cut(lines[: at + 8]) == {f"{at}: the log breaks off in the dump of a message"}
    assert f"{at}: an association has no end in the log" in what_is_cut(lines[: stop + 1])
    assert what_is_cut([*lines[: at + 8], *lines[stop + 1 :]]) >= {f"{at}: the log breaks off in the dump of a message"}
    without_its_beginning = {what.partition(": ")[2] for what in what_is_cut(lines[stop + 1 :])}
    assert without_its_beginning == {"an association has no beginning in the log"}


def test_a_line_that_is_cut_is_seen() -> None:
    data = ECHO.read_bytes()
    for size in (4, 12, 30):
        last = data.rindex(b"\n", 0, -1) + 1
        assert any("middle of a line" in what for what in what_is_cut(data[: last + size].split(b"\n")))


def test_what_stands_behind_a_dump_that_was_cut_is_read() -> None:
    """The dump's own end is missing: what comes next, up to the end of another dump, is no part of it."""
    path = next(path for path in SAMPLES if path.parent.name == "called-aet-mismatch-1.10.1-trace")
    lines = path.read_bytes().split(b"\n")[:-1]
    dump = next(n for n, line in enumerate(lines) if b"BEGIN A-ASSOCIATE-RQ" in line)
    end = next(n for n, line in enumerate(lines) if b"END A-ASSOCIATE-RQ" in line)
    whole, gapped = of(lines), of([*lines[: dump + 12], *lines[end + 1 :]])
    assert {f.cause for f in gapped.findings} == {f.cause for f in whole.findings}
    assert len(gapped.associations) == len(whole.associations)
