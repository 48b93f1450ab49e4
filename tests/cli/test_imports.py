"""What each command loads: help loads next to nothing, a diagnosis as text no library for drawing or tables."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"pandas", "numpy", "matplotlib", "pyarrow", "duckdb", "dask", "distributed", "pydicom", "pynetdicom"}
SCRIPT = """
import sys
from loganalyzer.cli.process import run
sys.stdout = open(sys.argv[1], "w", encoding="utf-8")
run(sys.argv[2:])
sys.__stdout__.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "out", *arguments], capture_output=True, text=True, check=True
    )
    assert (tmp_path / "out").stat().st_size > 0 or "-o" in arguments
    return set(done.stdout.split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("diagnose", "--help")])
def test_help(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert not loaded(tmp_path, *arguments) & (HEAVY | {"jinja2", "yaml", "ahocorasick_rs", "hyperscan", "regex"})


def test_the_package_itself() -> None:
    script = "import sys, loganalyzer; print(*[name for name in sys.modules if name.startswith('loganalyzer')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["loganalyzer"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_diagnosis(tmp_path: Path, failing: Path, form: str) -> None:
    assert not loaded(tmp_path, "diagnose", "--format", form, str(failing)) & (HEAVY | {"jinja2"})


def test_diagnosis_with_charts(tmp_path: Path, failing: Path) -> None:
    """The check above can fail: a page does load the library for drawing."""
    assert "jinja2" in loaded(tmp_path, "diagnose", "-o", str(tmp_path / "report.html"), str(failing))
