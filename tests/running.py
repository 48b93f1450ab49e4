"""Runs the program as a process, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "loganalyzer")


def run_program(
    *arguments: str | Path, given: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """What came of a call with these arguments, and ``given`` on standard input; never a traceback."""
    done = subprocess.run(
        [*COMMAND, *map(os.fspath, arguments)], input=given, capture_output=True, check=False, timeout=120,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    return done
