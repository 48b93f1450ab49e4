from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from loganalyzer.cli.main import cli

SAMPLES = Path(__file__).parents[2] / "sample_logs"
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


def test_a_document_without_findings_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"schema_version": 1}')
    result = CliRunner().invoke(cli, ["diff", str(broken), OLD])
    assert result.exit_code == 1
    assert "no list of findings" in result.output
