"""A running Orthanc as the source of the configuration, asked over loopback."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.config.reading import read_configuration
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json
from tests.config.samples import diagnosed, of_code, written
from tests.knowledge import SAMPLES
from tools.record.processes import Child, free_port

REFUSED = "calling-aet-unknown-store-1.12.7-trace"
PHRASE = "S3CRET:W@RD/1"
USER = {"RegisteredUsers": {"ward-clerk": PHRASE}, "AuthenticationEnabled": True}


class Running:
    """Orthanc on loopback ports of its own."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.port, self.dicom_port = free_port(), free_port()
        own = {"HttpPort": self.port, "DicomPort": self.dicom_port, "DicomAet": "ORTHANC", "Plugins": []}
        own |= {"StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db")}
        folder.mkdir(parents=True)
        file = written(folder, own | options)
        self.child = Child([shutil.which("Orthanc") or "/usr/sbin/Orthanc", str(file)], folder / "log", folder)
        self.child.wait_listening([self.port])
        self.url = f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    modalities = {"ct": ["CTSCANER9", "127.0.0.1", 104]}
    running = Running(tmp_path_factory.mktemp("live") / "open", DicomModalities=modalities)
    yield running
    running.child.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("live") / "guarded", **USER)
    yield running
    running.child.stop()


@pytest.mark.orthanc
def test_its_modalities_are_held_against_the_log_and_the_advice_can_be_run(orthanc: Running) -> None:
    diagnosis = diagnosed(REFUSED, orthanc.url)  # type: ignore[arg-type]
    found = of_code(diagnosis, "LA570")
    assert found.evidence[0].text.startswith(f"{orthanc.url}/modalities?expand:")
    assert {"LA567", "LA568", "LA575"} <= {f.code for f in diagnosis.findings}
    assert not {"LA576", "LA572", "LA574"} & {f.code for f in diagnosis.findings}
    command = shlex.split(found.actions[1].suggested or "")
    assert command[0] == "curl"
    subprocess.run(command, check=True, capture_output=True, timeout=20)
    assert not [f for f in diagnosed(REFUSED, orthanc.url).findings if f.code == "LA570"]  # type: ignore[arg-type]


@pytest.mark.orthanc
def test_it_is_held_against_the_file(orthanc: Running, tmp_path: Path) -> None:
    options = {
        "DicomAet": "ARCHIVE",
        "HttpPort": orthanc.port,
        "DicomModalities": {"ct": ["CT_ROOM2", "127.0.0.1", 104]},
    }
    diagnosis = diagnosed(REFUSED, written(tmp_path, options), orthanc.url)  # type: ignore[arg-type]
    titles = [f.title for f in diagnosis.findings if f.code == "LA569"]
    assert titles[0] == "DicomAet is ARCHIVE in orthanc.json, and ORTHANC in the running Orthanc"
    assert titles[1].startswith("ct: AET is CT_ROOM2 in orthanc.json")
    assert len(titles) == 2


@pytest.mark.orthanc
def test_a_password_is_asked_for_and_shown_nowhere(guarded: Running) -> None:
    log = str(SAMPLES / REFUSED / "orthanc.log")
    refused = CliRunner().invoke(cli, ["diagnose", log, "--config", guarded.url])
    assert refused.exit_code == 4
    assert "asks for a user and a password" in " ".join(refused.output.split())
    address = guarded.url.replace("//", "//ward-clerk@")
    told = CliRunner().invoke(cli, ["diagnose", log, "-v", "--config", address], input=PHRASE + "\n")
    assert told.exit_code == 1
    assert "LA568" in told.output
    assert "S3CRET" not in told.output
    with_both = guarded.url.replace("//", "//ward-clerk:S3CRET%3AW%40RD%2F1@")
    diagnosis = diagnosed(REFUSED, with_both)  # type: ignore[arg-type]
    assert of_code(diagnosis, "LA568")
    for report in (to_json(diagnosis), render_html(diagnosis)):
        assert "S3CRET" not in report
        assert "ward-clerk" not in report
    wrong = diagnosed(REFUSED, guarded.url.replace("//", "//ward-clerk:S3CRET@"))  # type: ignore[arg-type]
    assert "S3CRET" not in to_json(wrong)
    assert not wrong.complete


@pytest.mark.orthanc
def test_a_port_that_is_no_rest_api_is_one_sentence(orthanc: Running) -> None:
    for url in (
        f"http://127.0.0.1:{orthanc.dicom_port}",
        f"http://127.0.0.1:{free_port()}",
        "http://127.0.0.1:x",
        f"{orthanc.url}/app",
    ):
        configuration, problems = read_configuration([url])
        assert configuration.live == ()
        assert [p.where for p in problems] == [url]
        assert problems[0].incomplete


def test_without_an_address_no_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("socket.socket", forbidden)
    monkeypatch.setattr("socket.create_connection", forbidden)
    diagnosis = diagnosed(REFUSED)
    assert json.loads(to_json(diagnosis))["verdict"] == "failure"
    assert render_html(diagnosis)
