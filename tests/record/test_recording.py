"""The recorder really records: real Orthanc, real peers, free ports of loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.record.processes import RecordingError, listening
from tools.record.recording import NEUTRAL_FOLDER, Session, ask_version, record
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios import SCENARIOS

if TYPE_CHECKING:
    from tools.record.lab import Lab, Orthanc

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

pytestmark = pytest.mark.orthanc


def processes_of(folder: Path) -> list[str]:
    """Command lines of all running processes that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes()
            if str(folder).encode() in line and int(path.parent.name) != os.getpid():
                found.append(line.replace(b"\0", b" ").decode())
    return found


def recorded(name: str, orthanc: Orthanc, tmp_path: Path) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """(expected.json, orthanc.log, orthanc.json) of one recording at trace level."""
    work = tmp_path / "work"
    work.mkdir()
    session = Session(orthanc, "trace", tmp_path / "out", usual_ports=False, work=work)
    folder = record(BY_NAME[name], session)
    assert folder.name == f"{name}-{orthanc.version}-trace"
    configuration = json.loads((folder / "orthanc.json").read_text())
    assert not listening(configuration["DicomPort"])
    assert not listening(configuration["HttpPort"])
    assert processes_of(work) == []
    assert list(work.iterdir()) == []
    for path in folder.iterdir():
        assert str(tmp_path) not in path.read_text(encoding="utf-8", errors="replace")
    expected = json.loads((folder / "expected.json").read_text())
    return expected, (folder / "orthanc.log").read_text(encoding="utf-8", errors="replace"), configuration


def test_a_wrong_called_aet(orthanc: Orthanc, tmp_path: Path) -> None:
    expected, log, configuration = recorded("called-aet-mismatch", orthanc, tmp_path)
    assert configuration["StorageDirectory"] == f"{NEUTRAL_FOLDER}/storage"
    assert "bad called AET in the request (WRONGAET)" in log
    (association,) = expected["associations"]
    assert association["called_aet"] == "WRONGAET"
    assert association["outcome"] == "rejected"
    assert association["reject"] == {"by": "orthanc", "result": 1, "source": 1, "reason": 7}
    (key,) = expected["key_lines"]
    assert log.split("\n")[key["line"] - 1] == key["text"]
    assert key["text"].endswith("(WRONGAET)")


def test_a_peer_that_rejects(orthanc: Orthanc, tmp_path: Path) -> None:
    expected, log, _ = recorded("remote-rejects-congestion", orthanc, tmp_path)
    assert "Reason: Temporary Congestion" in log
    (association,) = expected["associations"]
    assert (association["direction"], association["called_aet"]) == ("outgoing", "PACS")
    assert association["reject"] == {"by": "peer", "result": 2, "source": 3, "reason": 1}


def test_a_healthy_store(orthanc: Orthanc, tmp_path: Path) -> None:
    expected, log, _ = recorded("healthy-store-in", orthanc, tmp_path)
    assert expected["cause"] == HEALTHY
    (association,) = expected["associations"]
    assert [operation["status"] for operation in association["operations"]] == ["0x0000", "0x0000"]
    assert association["ended"] == "released"
    assert association["ok"] is True
    assert log.count("Message Type                  : C-STORE RQ") == 2


def test_nothing_is_left_when_a_scenario_breaks_down(orthanc: Orthanc, tmp_path: Path) -> None:
    ports: list[int] = []

    def breaks_down(lab: Lab) -> None:
        lab.start()
        ports.extend((lab.dicom_port, lab.http_port))
        assert all(listening(port) for port in ports)
        message = "made to fail"
        raise RecordingError(message)

    work = tmp_path / "work"
    work.mkdir()
    scenario = Scenario("broken", HEALTHY, "Breaks down.", breaks_down)
    with pytest.raises(RecordingError, match="made to fail"):
        record(scenario, Session(orthanc, "default", tmp_path / "out", usual_ports=False, work=work))
    assert not any(listening(port) for port in ports)
    assert processes_of(work) == []
    assert list(work.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_after_sigterm(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-m", "tools.record", "association-timeout", "--free-ports"]
    with subprocess.Popen([*command, "--work", str(work), "-o", str(tmp_path / "out")], cwd=ROOT) as recorder:
        port = None
        while port is None or not listening(port):
            assert recorder.poll() is None
            time.sleep(0.05)
            with contextlib.suppress(StopIteration, ValueError, OSError):
                port = json.loads(next(work.glob("*/orthanc.json")).read_text())["DicomPort"]
        recorder.send_signal(signal.SIGTERM)
        assert recorder.wait(60) == 128 + signal.SIGTERM
    assert not listening(port)
    assert processes_of(work) == []
    assert list(work.iterdir()) == []


def test_an_orthanc_that_is_none() -> None:
    with pytest.raises(RecordingError, match="cannot run"):
        ask_version(["/nonexistent/Orthanc"])
    with pytest.raises(RecordingError, match="names no version"):
        ask_version(["true"])


def test_a_scenario_that_needs_a_later_version_is_left_out(tmp_path: Path) -> None:
    fake = tmp_path / "old"
    fake.write_text("#!/bin/sh\necho 'Orthanc 1.8.2'\n")
    fake.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "tools.record", "tls-plain-to-tls-peer", "--orthanc", str(fake), "-o", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "left out, needs Orthanc 1.9.0" in done.stdout
