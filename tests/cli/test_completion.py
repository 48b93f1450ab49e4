"""Completion at the prompt, as the shells ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(run: Run, shell: str) -> None:
    done = run(environment={"_LOGANALYZER_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert f"{shell}_complete".encode() in done.stdout


@pytest.mark.parametrize("instruction", ["tcsh_source", "bash_else", "bash", "1"])
def test_what_no_shell_asks_for_is_refused_in_silence(run: Run, instruction: str) -> None:
    done = run(environment={"_LOGANALYZER_COMPLETE": instruction})
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("loganalyzer dia", "diagnose"),
        ("loganalyzer explain la10", "LA101"),
        ("loganalyzer explain called-", "called-aet-mismatch"),
        ("loganalyzer explain LA56", "LA560"),
        ("loganalyzer diagnose --base", "--baseline"),
        ("loganalyzer diagnose --format h", "html"),
        ("loganalyzer diagnose --input-format docker", "docker-compose"),
        ("loganalyzer diagnose Orth", "default"),
        ("loganalyzer diagnose --config conf", "default"),
    ],
)
def test_bash_completes(tmp_path: Path, words: str, expected: str) -> None:
    """bash itself, with the script that the program gives it; only ``compopt`` works nowhere but at a prompt."""
    program = tmp_path / "loganalyzer"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m loganalyzer "$@"\n')
    program.chmod(0o755)
    typed = words.split()
    script = f"""
        compopt() {{ COMPREPLY+=("$2"); }}
        eval "$(_LOGANALYZER_COMPLETE=bash_source loganalyzer)"
        COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}
        _loganalyzer_completion loganalyzer {typed[-1]} {typed[-2]}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert expected in done.stdout.splitlines(), done.stderr
