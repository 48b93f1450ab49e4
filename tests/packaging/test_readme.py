"""The README tells the truth: its runs, its commands, its links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.main import COMMANDS
from tools.refresh_readme import README, refreshed

ROOT = Path(__file__).resolve().parents[2]
TEXT = README.read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_the_runs_are_true() -> None:
    assert TEXT.count("<!-- run: ") == 2
    assert refreshed(TEXT) == TEXT, "run python -m tools.refresh_readme"


def test_the_first_two_commands() -> None:
    assert re.findall(r"^```sh\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[:2] == ["./try\n", "./check\n"]


def test_every_command_exists_and_every_command_is_named() -> None:
    assert set(re.findall(r"^(?:[a-z].*\| )?loganalyzer ([a-z]+)", TEXT, re.MULTILINE)) == set(COMMANDS)


def options_of(command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "loganalyzer", command, "--help"], capture_output=True, text=True, check=True
    )
    return re.findall(r"(?<![\w-])--?[a-z][a-z-]*", done.stdout)


def test_every_option_exists() -> None:
    names = set(re.findall(r"loganalyzer ([a-z]+)", TEXT)) & set(COMMANDS)
    known = {option for name in names for option in options_of(name)}
    used = set(re.findall(r"`(--[a-z-]+)", TEXT)) - {"--trace"}
    for line in re.findall(r"loganalyzer [a-z]+(.*)", TEXT):
        used |= set(re.findall(r"\s(--?[a-z-]+)\b", line))
    assert used <= known


def test_every_exit_status_stands_in_the_table() -> None:
    shown = {int(number) for number in re.findall(r"^\| (\d) \|", TEXT, re.MULTILINE)}
    assert shown == {code for code in ExitCode if code < ExitCode.FAULT}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_page_is_linked() -> None:
    for page in PAGES:
        assert page == README or f"]({page.relative_to(ROOT)})" in TEXT
