"""Known findings, as a diagnosis or as a list of fingerprints."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.cli.process import run
from loganalyzer.comparison.baseline import accept, known_fingerprints
from loganalyzer.comparison.compare import DocumentError
from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json
from loganalyzer.report.view import causes
from tests.knowledge import SAMPLES, diagnosed, recorded

LOG = SAMPLES / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"


@pytest.fixture(scope="module")
def diagnosis() -> Diagnosis:
    found: Diagnosis = diagnosed(LOG)
    assert [f.explained_by for f in found.findings] == [None, None]
    return found


def test_a_diagnosis_accepts_itself(diagnosis: Diagnosis, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    known.write_text(to_json(diagnosis))
    result = CliRunner().invoke(cli, ["diagnose", str(LOG), "--baseline", str(known)])
    assert result.exit_code == 0
    assert "Nothing new: all 2 findings are known and accepted." in result.output
    accepted = accept(diagnosis, known_fingerprints(str(known)))
    assert {(f.known, f.severity) for f in accepted.findings} == {(True, "notice")}
    assert "known, accepted" in render_html(accepted)


def test_what_is_new_stands_first_and_fails(diagnosis: Diagnosis, tmp_path: Path) -> None:
    first, second = diagnosis.findings
    known = tmp_path / "known.txt"
    known.write_text(f"# seen in May\n\n{causes(diagnosis)[0].anchor}   # accepted by the ward\n")
    accepted = accept(diagnosis, known_fingerprints(str(known)))
    assert [(f.title, f.known) for f in accepted.findings] == [(second.title, False), (first.title, True)]
    assert accepted.verdict == "failure"
    assert second.title in accepted.headline


def test_a_baseline_of_something_else_changes_nothing(diagnosis: Diagnosis) -> None:
    assert accept(diagnosis, frozenset({"0123456789"})) == diagnosis


def test_symptoms_go_with_their_cause() -> None:
    found = recorded("busy-hundreds-1.12.7-verbose")
    roots = frozenset(f.fingerprint for f in found.findings if f.explained_by is None)
    assert len(roots) < len(found.findings)
    assert accept(found, roots).verdict == "healthy"


@pytest.mark.parametrize(
    "content", [b"no fingerprint\n", b"{}", b"\xff\x00\n", b"0123456789\nLA101\n", b"a" * (1 << 21)]
)
def test_what_is_no_baseline_is_said_in_a_sentence(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "known"
    path.write_bytes(content)
    with pytest.raises(DocumentError):
        known_fingerprints(str(path))
    assert run(["diagnose", str(LOG), "--baseline", str(path)]) == 2
    assert "is no fingerprint" in capsys.readouterr().err
    assert run(["diagnose", str(LOG), "--baseline", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err
