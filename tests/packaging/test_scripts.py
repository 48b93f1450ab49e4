"""The scripts at the top: they say what is missing instead of failing midway."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_logs" / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"
SCRIPTS = ["try", "check", ".ci/run"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_executable_and_well_formed(name: str) -> None:
    path = ROOT / name
    assert path.stat().st_mode & stat.S_IXUSR
    shell = "bash" if "bash" in path.read_text(encoding="utf-8").splitlines()[0] else "sh"
    subprocess.run([shell, "-n", path], check=True)
    subprocess.run(["sh", "-n", ROOT / ".ci" / "environment.sh"], check=True)


def script(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """A machine with the commands of every system and nothing else, for a person who is not root."""
    programs = tmp_path / "bin"
    for name in ("sh", "basename", "dirname", "cat", "cksum", "uname", "env", "rm"):
        found = shutil.which(name)
        assert found is not None
        programs.mkdir(exist_ok=True)
        (programs / name).symlink_to(found)
    script(programs / "id", "echo 1000")
    return {"PATH": str(programs), "LOGANALYZER_VENV": str(tmp_path / "venv")}


@pytest.fixture
def ready(bare: dict[str, str]) -> dict[str, str]:
    """The same where everything is installed: in this very environment."""
    venv = Path(bare["LOGANALYZER_VENV"])
    script(venv / "bin" / "python", f'exec {sys.executable} "$@"')
    script(venv / "bin" / "loganalyzer", f'exec {sys.executable} -m loganalyzer "$@"')
    stamp = f'root={ROOT}; . "$root/.ci/environment.sh"; fingerprint >"$venv/.installed-dev"'
    subprocess.run(["sh", "-c", stamp], env=bare, check=True)
    return bare


def sourced(environment: dict[str, str], command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'root={ROOT}; . "$root/.ci/environment.sh"; {command}', "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["try", "check"])
def test_without_python(bare: dict[str, str], name: str) -> None:
    done = subprocess.run([ROOT / name], env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{name}: needs Python 3.11 or later")


def test_an_old_python_is_passed_over(bare: dict[str, str], tmp_path: Path) -> None:
    script(Path(bare["PATH"]) / "python3", "exit 1")
    script(Path(bare["PATH"]) / "python3.12", f'exec {sys.executable} "$@"')
    assert sourced(bare, "find_python").stdout.strip() == str(tmp_path / "bin" / "python3.12")
    script(tmp_path / "mine", f'exec {sys.executable} "$@"')
    assert sourced({**bare, "PYTHON": str(tmp_path / "mine")}, "find_python").stdout.strip() == str(tmp_path / "mine")


def test_programs_that_cannot_be_installed(bare: dict[str, str]) -> None:
    done = sourced(bare, "install_programs")
    assert done.returncode == 1
    assert "does not let me install them: orthanc dcmtk chromium ripgrep lnav openssl" in done.stderr
    assert "apt-get install -y orthanc dcmtk" in done.stderr


def test_programs_that_are_there(bare: dict[str, str]) -> None:
    for name in ("Orthanc", "storescu", "chromium", "rg", "lnav", "openssl"):
        script(Path(bare["PATH"]) / name, "exit 0")
    done = sourced(bare, "install_programs")
    assert (done.returncode, done.stderr) == (0, "")


def test_try_diagnoses_and_writes_a_page(ready: dict[str, str], tmp_path: Path) -> None:
    environment = {**os.environ, "LOGANALYZER_VENV": ready["LOGANALYZER_VENV"]}
    shutil.copy(SAMPLE, tmp_path / "Orthanc.log")
    done = subprocess.run(
        [ROOT / "try", "Orthanc.log"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✖ Failure: 2 of 3 associations failed.")
    assert f"{tmp_path}/report.html" in done.stdout
    assert (tmp_path / "report.html").read_bytes().lower().startswith(b"<!doctype html>")


def test_try_with_a_log_that_is_not_there(ready: dict[str, str], tmp_path: Path) -> None:
    environment = {**os.environ, "LOGANALYZER_VENV": ready["LOGANALYZER_VENV"]}
    done = subprocess.run(
        [ROOT / "try", "no.log"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "loganalyzer: no.log: cannot be opened: no such file or directory\n"
    assert list(tmp_path.glob("*.html")) == []


def test_check_hands_arguments_to_pytest(ready: dict[str, str]) -> None:
    environment = {**os.environ, "LOGANALYZER_VENV": ready["LOGANALYZER_VENV"]}
    done = subprocess.run([ROOT / "check", "--version"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("pytest ")
