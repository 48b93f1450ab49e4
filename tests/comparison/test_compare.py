"""What is new and what is gone between two logs, or their documents."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.cli.process import run
from tests.knowledge import SAMPLES

OLD = str(SAMPLES / "called-aet-mismatch-1.13.0-trace" / "orthanc.log")
NEW = str(SAMPLES / "move-destination-unknown-1.13.0-trace" / "orthanc.log")


def test_a_log_is_not_new_to_itself() -> None:
    result = CliRunner().invoke(cli, ["diff", OLD, OLD])
    assert result.exit_code == 0
    assert "New" not in result.output


def test_new_and_gone_findings_are_named() -> None:
    result = CliRunner().invoke(cli, ["diff", OLD, NEW])
    assert result.exit_code == 1
    assert "+ New" in result.output
    assert "move-destination-unknown" in result.output
    assert "- Gone" in result.output
    assert "called-aet-mismatch" in result.output


def test_documents_stand_for_their_logs(tmp_path: Path) -> None:
    document = tmp_path / "old.json"
    CliRunner().invoke(cli, ["diagnose", OLD, "--format", "json", "-o", str(document)])
    assert CliRunner().invoke(cli, ["diff", str(document), OLD]).exit_code == 0
    assert CliRunner().invoke(cli, ["diff", str(document), NEW, "--format", "json"]).exit_code == 1


WITHOUT_COUNT = dict.fromkeys(("fingerprint", "code", "signature", "cause", "title", "severity", "confidence"), "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "no list of findings"),
        ({"findings": [{}]}, "lacks a part"),
        ({"findings": [WITHOUT_COUNT | {"count": "many"}]}, "lacks a part"),
        ({"findings": [WITHOUT_COUNT | {"count": math.inf}]}, "lacks a part"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused(
    content: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"schema_version": 1} | content))
    assert run(["diff", str(broken), OLD]) == 2
    assert said in capsys.readouterr().err
