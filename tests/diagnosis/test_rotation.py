"""A log that was rotated in the middle of an association names the same causes as the whole one, however it is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from loganalyzer.diagnosis.model import Severity
from loganalyzer.scan.examine import examine
from loganalyzer.scan.inputs import discover
from loganalyzer.scan.settings import Settings
from loganalyzer.scan.units import Unit
from loganalyzer.sources.options import ReadOptions
from tests.knowledge import SAMPLES, diagnosed, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from loganalyzer.diagnosis.model import Diagnosis

YEAR = 2026


def causes(diagnosis: Diagnosis) -> set[str]:
    return {f.code for f in diagnosis.findings if f.explained_by is None}


def rotated(sample: str, line: int, folder: Path) -> Path:
    lines = (SAMPLES / sample / "orthanc.log").read_bytes().splitlines(keepends=True)
    (folder / "Orthanc.log.1").write_bytes(b"".join(lines[:line]))
    (folder / "Orthanc.log").write_bytes(b"".join(lines[line:]))
    return folder


def scanned(folder: Path, table: str) -> list[dict[str, Any]]:
    found = discover([str(folder)], folder / "out")
    result = examine(Unit(tuple(found.inputs), ("one", "two")), Settings("", year=YEAR))
    return [row for rows in result.tables(table) for row in rows.to_pylist()]


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("move-out-destination-unknown-1.10.1-trace", 527),
        ("get-not-supported-out-1.12.7-trace", 1082),
        ("pacs-rejects-calling-aet-1.9.1-trace", 290),
        ("alike-in-turn-1.13.0-trace", 1058),
        ("storage-file-missing-in-query-1.13.0-verbose", 96),
    ],
)
def test_an_association_that_is_cut_is_judged_with_its_lines_in_both_logs(
    sample: str, line: int, tmp_path: Path
) -> None:
    both = diagnosed(rotated(sample, line, tmp_path))
    assert causes(both) == causes(recorded(sample))
    assert any(e.log == 1 and set(f.associations) for f in both.findings for e in f.evidence)


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("busy-with-idle-client-1.12.7-verbose", 298),
        ("client-disconnects-1.9.1-trace", 357),
        ("corrupt-dicom-received-1.9.1-trace", 363),
        ("dcmqrscp-rejects-called-1.12.7-trace", 373),
        ("move-destination-name-unknown-1.12.7-verbose", 77),
        ("move-destination-rejects-1.12.7-trace", 407),
        ("move-out-destination-not-listening-1.12.7-trace", 289),
        ("query-bad-level-1.13.0-trace", 562),
        ("remote-rejects-called-aet-1.9.1-trace", 346),
        ("scp-timeout-1.9.1-trace", 358),
        ("unknown-request-1.12.7-trace", 322),
        ("unsupported-transfer-syntax-in-1.10.1-verbose", 65),
        ("unsupported-transfer-syntax-out-1.13.0-trace", 1791),
        *(("busy-interleaved-a-1.10.1-verbose", line) for line in range(40, 180, 20)),
    ],
)
def test_a_scan_says_what_the_diagnosis_of_the_folder_says(sample: str, line: int, tmp_path: Path) -> None:
    both = diagnosed(rotated(sample, line, tmp_path), options=ReadOptions(year=YEAR))
    said, told = Counter[Any](), Counter[Any]()
    for f in both.findings:
        said[f.code, f.explained_by, str(f.severity)] += f.count
    for row in scanned(tmp_path, "findings"):
        told[row["code"], row["explained_by"], row["severity"]] += row["count"]
    assert told == said
    assert {status["status"] for status in scanned(tmp_path, "files")} == {"read"}
    assert len(scanned(tmp_path, "associations")) == len(both.associations)


def test_what_proves_a_finding_in_the_next_log_has_its_place(tmp_path: Path) -> None:
    rotated("client-disconnects-1.9.1-trace", 357, tmp_path)
    (finding,) = (row for row in scanned(tmp_path, "findings") if row["severity"] != Severity.NOTICE)
    assert finding["line"] is None
    assert finding["file"].endswith("Orthanc.log.1")
    assert finding["associations"] == 1
    found = discover([str(tmp_path)], tmp_path / "out")
    pages = examine(Unit(tuple(found.inputs), ("one", "two")), Settings("", year=YEAR)).pages
    (proof,) = (f for f in diagnosed(tmp_path).findings if f.severity is not Severity.NOTICE)
    line = next(e.line for e in proof.evidence if e.role == "primary")
    (page,) = (page.html.decode() for name, page in pages.items() if name == finding["file_id"])
    assert f'id="L-1-{line}"' in page
