"""Every committed sample is what its name says, is understood by its own expectation, and names no machine."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.knowledge import SAMPLES

PEERS = SAMPLES / "peers"  # logs of the other side, which tests/dialects reads
FOLDERS = sorted(path for path in SAMPLES.iterdir() if path.is_dir() and path != PEERS)
LEVELS = ("default", "verbose", "trace", "trace-dicom", "verbose-nothread")
FOREIGN = re.compile(rb"/(?:tmp|home|root|work|var/tmp|Users)/")


def expectation(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return loaded


def logs(folder: Path) -> list[Path]:
    return [folder / name for name in ("orthanc.log", *expectation(folder).get("log_files", []))]


def test_there_are_enough_of_every_kind() -> None:
    expectations = [expectation(folder) for folder in FOLDERS]
    assert {one["orthanc_version"] for one in expectations} >= {"1.9.1", "1.10.1", "1.12.7", "1.13.0"}
    assert {one["log_level"] for one in expectations} >= {"trace", "verbose", "default"}
    assert sum(one["cause"].startswith("healthy") for one in expectations) >= 15
    assert len({one["cause"] for one in expectations}) >= 50
    assert sum(path.stat().st_size for folder in FOLDERS for path in folder.iterdir()) < 20_000_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_sample(folder: Path) -> None:
    expected = expectation(folder)
    assert expected["log_level"] in LEVELS
    assert folder.name == f"{expected['scenario']}-{expected['orthanc_version']}-{expected['log_level']}"
    assert all(path.stat().st_size for path in logs(folder))
    configuration = folder / "orthanc.json"
    if expected["cause"] == "configuration-file-missing":
        return
    try:
        assert json.loads(configuration.read_text(encoding="utf-8"))["HttpPort"]
    except json.JSONDecodeError:
        assert expected["cause"] == "configuration-syntax-error"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_key_lines_stand_where_they_are_said_to(folder: Path) -> None:
    lines = (folder / "orthanc.log").read_text(encoding="utf-8", errors="replace").split("\n")
    for key in expectation(folder)["key_lines"]:
        assert lines[key["line"] - 1].rstrip("\r") == key["text"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_sample_names_the_machine_it_was_recorded_on(folder: Path) -> None:
    host = re.compile(rb"\b" + re.escape(socket.gethostname().encode()) + rb"\b")
    for path in folder.iterdir():
        data = path.read_bytes()
        assert FOREIGN.search(data) is None, path.name
        assert len(socket.gethostname()) < 5 or host.search(data) is None, path.name
