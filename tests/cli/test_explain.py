from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.patternbase import load_patterns
from loganalyzer.report.explanation import explanation, known_words
from loganalyzer.report.terminal import Terminal
from tests.knowledge import SAMPLES

PATTERNS = load_patterns()
LOG = str(SAMPLES / "called-aet-mismatch-1.13.0-trace" / "orthanc.log")


@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_cause_and_every_code_has_a_text(ascii_only: bool) -> None:
    terminal = Terminal(80, color=False, ascii_only=ascii_only)
    for word in known_words(PATTERNS):
        text = explanation(word, PATTERNS, terminal)
        assert text is not None
        assert "What to do" in text
        assert re.search(r"\{\w+\|", text) is None
        assert not ascii_only or text.isascii()


def test_an_unknown_word_is_guessed() -> None:
    result = CliRunner().invoke(cli, ["explain", "caled-aet-mismatch"])
    assert result.exit_code == 2
    assert "did you mean 'called-aet-mismatch'" in result.output


def test_a_code_of_a_finding_can_be_explained() -> None:
    code = next(s.code for s in PATTERNS.signatures if s.cause == "called-aet-mismatch")
    result = CliRunner().invoke(cli, ["explain", code])
    assert result.exit_code == 0
    assert "DicomCheckCalledAet" in result.output


def test_why_shows_lines_and_findings_of_an_association() -> None:
    result = CliRunner().invoke(cli, ["why", "1.1", LOG])
    assert result.exit_code == 1
    assert "Rejected association, because of a bad called AET" in result.output
    assert "called-aet-rejected" in result.output
    assert CliRunner().invoke(cli, ["why", "9.9", LOG]).exit_code == 2


def test_ask_gives_questions() -> None:
    result = CliRunner().invoke(cli, ["ask", LOG])
    assert result.exit_code == 0
    assert "1. " in result.output
