from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.record.recording import find_keys
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.record", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_names_are_unique() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert len(names) > 80


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_says_what_it_needs_to(scenario: Scenario) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", scenario.name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", scenario.cause)
    assert scenario.description.endswith(".")
    assert bool(scenario.keys) == (scenario.cause != HEALTHY)
    assert bool(scenario.fix_option) == (scenario.cause != HEALTHY)
    assert scenario.name.startswith("healthy") == (scenario.cause == HEALTHY)
    assert (scenario.cause == "several") == bool(scenario.by_called_aet or scenario.by_calling_aet)


def test_every_rejection_of_the_standard_is_there() -> None:
    causes = {scenario.cause for scenario in SCENARIOS if scenario.cause.startswith("remote-rejects-")}
    assert len(causes) == 10


def test_the_list_names_every_scenario() -> None:
    done = run("--list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [scenario.name for scenario in SCENARIOS]


@pytest.mark.parametrize("arguments", [(), ("--all",), ("called-aet-mismatch",), ("--level", "loud")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.orthanc
def test_an_unknown_scenario(tmp_path: Path) -> None:
    done = run("no-such-thing", "-o", str(tmp_path))
    assert done.returncode == 2
    assert "no scenario is called no-such-thing" in done.stderr


def test_key_lines_are_the_first_of_each_key() -> None:
    lines = ["a one", "b two", "a three", "c b four", "d"]
    key_lines, evidence = find_keys(("b", "a"), lines)
    assert key_lines == [{"line": 1, "text": "a one"}, {"line": 2, "text": "b two"}]
    assert evidence == [1, 2, 3, 4]
