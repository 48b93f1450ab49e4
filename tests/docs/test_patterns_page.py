"""The guide for authors of patterns, tried as a new user would, and the reference page made from the patterns."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.patternbase import load_patterns

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
RECORDED = ROOT / "sample_logs" / "healthy-echo-out-1.12.7-trace" / "orthanc.log"
LINE = re.search(r"--from-line '(E[^']*)'", PAGE)[1]


def fences(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return f"{result.exit_code}\n{result.output}"


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "Orthanc.log"
    path.write_bytes(RECORDED.read_bytes() + LINE.encode() + b"\n")
    return path


def test_the_steps_of_the_guide(tmp_path, log):
    told = run("patterns", "unknown", log)
    assert 'The broker {} at {}:{} refuses "{}"' in told
    folder = tmp_path / "patterns"
    folder.mkdir()
    options = ("--code", "SITE1", "--name", "broker-refuses", "--cause", "http-peer-unreachable")
    assert run("patterns", "new", *options, "--from-line", LINE, "-o", folder / "broker.yaml").startswith("0\n")
    edited = fences("yaml")[0]
    assert "broker-refuses" in edited
    for text in ((folder / "broker.yaml").read_text(), edited):
        (folder / "broker.yaml").write_text(text)
        assert run("patterns", "check", folder).startswith("0\n")
        assert run("patterns", "test", folder).startswith("0\n")
        told = run("patterns", "try", folder / "broker.yaml", log)
        assert "signature.broker-refuses: 1 of" in told
        assert "error SITE1: The" in told
    assert "The worklist broker RIS_A refuses CT ROOM 2" in told
    assert "SITE1" in run("diagnose", log, "--patterns", folder)


def test_the_user_s_folder_is_read(tmp_path, log, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    (tmp_path / "loganalyzer" / "patterns").mkdir(parents=True)
    (tmp_path / "loganalyzer" / "patterns" / "broker.yaml").write_text(fences("yaml")[0])
    assert "SITE1" in run("diagnose", log)


@pytest.mark.parametrize("number", range(1, len(fences("yaml"))))
def test_the_other_examples_load(tmp_path, number):
    """Each with what it needs from the examples before it."""
    text = fences("yaml")[number]
    content = yaml.safe_load(text)
    if "when" in content:
        event = next(f for f in fences("yaml") if f.startswith("events:"))
        signature = {
            "code": "SITE2", "name": "example", "cause": "http-error", "title": "x", "severity": "notice",
            "confidence": "certain", **content,
        }  # fmt: skip
        text = f"schema: 1\n{event}" + yaml.safe_dump({"signatures": [signature]})
    elif "schema" not in content:
        text = f"schema: 1\n{text}"
    (tmp_path / "example.yaml").write_text(text)
    load_patterns(tmp_path, strict=True)
    assert run("patterns", "check", tmp_path).startswith("0\n")


def test_the_page_names_every_key_and_operator():
    from loganalyzer.findings.conditions import OPERATORS
    from loganalyzer.patternbase import module

    for keys in (module._LINE_KEYS, module._SIGNATURE_KEYS):
        assert [k for k in keys if f"`{k}`" not in PAGE and k != "logs"] == []
    (operators,) = re.findall(r"Operators: `([^`]*)`", PAGE)
    assert set(operators.split()) == set(OPERATORS)


def test_the_reference_page_is_what_the_patterns_say():
    command = [sys.executable, "-m", "tools.generate_cause_reference", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
