"""What all tests share: the programs of the system that some of them start, and the browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from ctypes.util import find_library
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.browsing import Visit

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one module; its event loop must not outlive them."""
    from tests.browsing import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a window of its own, with a context's options of playwright."""
    from tests.browsing import visiting

    with contextlib.ExitStack() as windows:

        def opened(address: str, **options: Any) -> Visit:
            return windows.enter_context(visiting(browser, address, **options))

        yield opened
