"""The system's Orthanc; the recorder is no part of the installed package, so the checkout is put on the path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if TYPE_CHECKING:
    from tools.record.lab import Orthanc


@pytest.fixture(scope="session")
def orthanc() -> Orthanc:
    from tools.record.recording import ask_version

    return ask_version(["Orthanc"])
