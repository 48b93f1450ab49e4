"""Archives made of recorded logs, and scans of them as a person starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loganalyzer.scan.examine import examine
from loganalyzer.scan.schemas import TABLES
from tests.knowledge import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loganalyzer.scan.result import Result
    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.units import Unit

COMMAND = (sys.executable, "-m", "loganalyzer")
RECORDINGS = (
    "called-aet-mismatch-1.12.7-trace",
    "calling-aet-unknown-store-1.9.1-trace",
    "healthy-echo-in-1.12.7-trace",
    "move-destination-unknown-1.10.1-default",
    "connection-refused-echo-1.13.0-verbose",
)


class InProcess:
    """An executor that runs one unit after the other in this process, where tests can reach into it."""

    same_disk = True

    def run(self, units: Iterable[Unit], settings: Settings) -> Iterator[tuple[Unit, Result]]:
        for unit in units:
            yield unit, examine(unit, settings)


def recorded(name: str) -> Path:
    return SAMPLES / name / "orthanc.log"


def archive_in(folder: Path) -> Path:
    """Two servers with some logs each."""
    for i, name in enumerate(RECORDINGS):
        place = folder / f"server-{i % 2 + 1}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(recorded(name), place / f"{name}.log")
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return archive_in(tmp_path / "archive")


@pytest.fixture(scope="session")
def scan() -> Callable[..., subprocess.CompletedProcess[str]]:
    def scan(*arguments: str | Path, check: int | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, "scan", *map(os.fspath, arguments)],
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
            **more,
        )
        assert "Traceback" not in done.stderr
        assert check is None or done.returncode == check, done.stderr
        return done

    return scan


@pytest.fixture(scope="session")
def scanned(scan: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive and the dataset that a scan makes of it, for all tests that change neither."""
    folder = tmp_path_factory.mktemp("scanned")
    scan(archive_in(folder / "archive"), "-o", folder / "out", "--workers", "1", check=1)
    return folder


def content(folder: Path) -> dict[str, list[str]]:
    """All rows of a dataset, each as text, sorted: equal datasets are equal here, whatever parts they have."""
    from loganalyzer.scan import open_dataset

    dataset = open_dataset(folder)
    return {name: sorted(map(repr, dataset.arrow(name).to_table().to_pylist())) for name in TABLES}
