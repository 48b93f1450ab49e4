"""What all tests share: the programs of the system that some of them start."""

from __future__ import annotations

import os
import shutil
import sys
from ctypes.util import find_library

import pytest

PROGRAMS = {
    "browser": "chromium",
    "dcmtk": "storescu",
    "lnav": "lnav",
    "openssl": "openssl",
    "orthanc": "Orthanc",
    "ripgrep": "rg",
}
"""A mark, and the program that tests with it need."""


def _missing() -> dict[str, str]:
    missing = {mark: program for mark, program in PROGRAMS.items() if shutil.which(program) is None}
    if "browser" not in missing and sys.platform == "linux" and find_library("atomic") is None:
        missing["browser"] = "libatomic, which playwright needs,"
    return missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what cannot run on this machine; continuous integration runs everything or fails."""
    missing = _missing()
    if os.environ.get("CI"):
        if missing:
            raise pytest.UsageError(f"not installed: {', '.join(missing.values())}")
        return
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in missing)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out."""
    for mark, program in _missing().items():
        terminalreporter.write_line(f"Not run, because {program} is not installed: the tests marked {mark!r}.")
