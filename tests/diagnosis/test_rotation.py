"""A log that was rotated in the middle of an association names the same causes as the whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.knowledge import SAMPLES, diagnosed, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from loganalyzer.diagnosis.model import Diagnosis


def causes(diagnosis: Diagnosis) -> set[str]:
    return {f.code for f in diagnosis.findings if f.explained_by is None}


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("move-out-destination-unknown-1.10.1-trace", 527),
        ("get-not-supported-out-1.12.7-trace", 1082),
        ("pacs-rejects-calling-aet-1.9.1-trace", 290),
    ],
)
def test_an_association_that_is_cut_is_judged_with_its_lines_in_both_logs(
    sample: str, line: int, tmp_path: Path
) -> None:
    lines = (SAMPLES / sample / "orthanc.log").read_bytes().splitlines(keepends=True)
    (tmp_path / "Orthanc.log.1").write_bytes(b"".join(lines[:line]))
    (tmp_path / "Orthanc.log").write_bytes(b"".join(lines[line:]))
    both = diagnosed(tmp_path)
    assert causes(both) == causes(recorded(sample))
    assert any(e.log == 1 and set(f.associations) for f in both.findings for e in f.evidence)
