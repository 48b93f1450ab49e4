"""The wheel carries everything and works outside the checkout; the checkout uses its own patterns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from loganalyzer.patternbase.load import patterns_folder

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_logs" / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package as the wheel has it; nothing else is taken from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", folder, wheel],
        check=True,
        capture_output=True,
    )
    return folder


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def test_it_carries_the_package(names: set[str]) -> None:
    assert {f"loganalyzer/{name}" for name in files(ROOT / "loganalyzer")} <= names
    assert "loganalyzer/py.typed" in names


def test_it_carries_the_patterns(names: set[str]) -> None:
    carried = {f"loganalyzer/patterns/{name}" for name in files(ROOT / "patterns")}
    assert len(carried) > 100
    assert carried <= names


def test_it_carries_nothing_else(names: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"loganalyzer"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".part", ".orig", "~"))]


def run(folder: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Runs Python in ``where`` with the package in ``folder`` before all others."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    environment.pop("COVERAGE_PROCESS_START", None)
    environment.pop("COVERAGE_PROCESS_CONFIG", None)
    return subprocess.run([sys.executable, *arguments], cwd=where, env=environment, capture_output=True, check=False)


def test_the_installed_package_uses_its_own_patterns(installed: Path, tmp_path: Path) -> None:
    script = "from loganalyzer.patternbase.load import patterns_folder; print(patterns_folder())"
    told = run(installed, tmp_path, "-c", script).stdout.decode().strip()
    assert Path(told) == installed / "loganalyzer" / "patterns"


def test_the_checkout_uses_its_own_patterns() -> None:
    assert patterns_folder() == ROOT / "patterns"


@pytest.mark.parametrize("form", ["text", "json", "html", "markdown"])
def test_the_installed_package_says_the_same(installed: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "Orthanc.log").write_bytes(SAMPLE.read_bytes())
    command = ("-m", "loganalyzer", "diagnose", "Orthanc.log", "--format", form, "--year", "2026")
    there, here = run(installed, tmp_path, *command), run(ROOT, tmp_path, *command)
    assert (there.returncode, there.stderr) == (1, b"")
    assert there.stdout == here.stdout
    if form == "json":
        assert json.loads(there.stdout)["findings"][0]["cause"] == "called-aet-mismatch"
