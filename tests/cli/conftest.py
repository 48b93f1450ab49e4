"""Runs the program as a process, as a person does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.knowledge import SAMPLES
from tests.running import run_program

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this shell that changes how text looks."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "LOGANALYZER_DEBUG", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(environment: None) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    return run_program


@pytest.fixture(scope="session")
def failing() -> Path:
    """A log with failures; not longer than a page."""
    return SAMPLES / "move-destination-unknown-1.10.1-default" / "orthanc.log"


@pytest.fixture(scope="session")
def healthy() -> Path:
    return SAMPLES / "healthy-echo-in-1.12.7-trace" / "orthanc.log"
