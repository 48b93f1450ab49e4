"""The API as other programs rely on it, asked of a running server."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import jsonschema
import pytest

from loganalyzer.report.schema import schema
from tests.knowledge import SAMPLES
from tests.web.conftest import LOG, expected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.web.conftest import Server


def test_upload_ask_read_delete(server: Server) -> None:
    answer = server.upload(LOG)
    assert answer["status"] in ("queued", "running")
    state = server.wait(answer["id"])
    assert state["status"] == "done"
    assert state["progress"] == {
        "phase": "finished",
        "bytes": LOG.stat().st_size,
        "total": LOG.stat().st_size,
        "ahead": 0,
    }
    jsonschema.validate(state["diagnosis"], schema())
    client = server.client()
    page = client.get(urljoin(server.url, answer["url"]))
    assert page.status_code == 200
    assert "WRONGAET" in page.text
    assert client.delete(f"/api/v1/diagnoses/{answer['id']}").status_code == 204
    assert client.get(f"/api/v1/diagnoses/{answer['id']}").status_code == 404
    assert client.get(answer["url"]).status_code == 404


def test_it_says_what_the_command_line_says(server: Server) -> None:
    """But for the year: the command line takes it from the time of the file, which an upload does not have."""
    shown = server.wait(server.upload(LOG)["id"])["diagnosis"]
    told = expected(LOG)
    for diagnosis in (shown, told):
        assert diagnosis["findings"]
    assert [(f["code"], f["count"], [e["line"] for e in f["evidence"]]) for f in shown["findings"]] == [
        (f["code"], f["count"], [e["line"] for e in f["evidence"]]) for f in told["findings"]
    ]
    assert shown["logs"][0]["name"] == told["logs"][0]["name"]
    assert shown["logs"][0]["sha256"] == told["logs"][0]["sha256"]


def test_raw_body(server: Server) -> None:
    answer = server.client().post(
        "/api/v1/diagnoses", params={"name": "Orthanc.log.gz"}, content=gzip.compress(LOG.read_bytes())
    )
    assert answer.status_code == 202
    state = server.wait(answer.json()["id"])
    assert state["diagnosis"]["verdict"] == "failure"
    assert state["diagnosis"]["logs"][0]["name"] == "Orthanc.log.gz"


def test_both_sides_and_the_configuration(server: Server, tmp_path: Path) -> None:
    folder = SAMPLES / "unsupported-sop-class-out-1.12.7-trace"
    configuration = tmp_path / "orthanc.json"
    configuration.write_text(
        '{\n  // ours\n  "DicomAet": "ORTHANC",\n  "DicomServerEnabled": true,\n  "DicomPrt": 4242\n}\n'
    )
    answer = server.upload(folder / "orthanc.log", folder / "peer.log", configuration)
    diagnosis = server.wait(answer["id"])["diagnosis"]
    assert [log["name"] for log in diagnosis["logs"]] == ["orthanc.log", "peer.log"]
    assert "DicomPrt" in json.dumps(diagnosis["findings"])
    assert "orthanc.json" in json.dumps(diagnosis["findings"])


def test_forms_of_the_answer(server: Server) -> None:
    identifier = server.upload(LOG)["id"]
    server.wait(identifier)
    client = server.client()
    address = f"/api/v1/diagnoses/{identifier}"
    for parameters, headers, kind, begin in (
        ({"format": "html"}, {}, "text/html", "<!DOCTYPE html>"),
        ({"format": "markdown"}, {}, "text/markdown", "# Failure"),
        ({}, {"Accept": "text/html"}, "text/html", "<!DOCTYPE html>"),
        ({}, {"Accept": "text/markdown"}, "text/markdown", "# Failure"),
        ({"format": "json"}, {"Accept": "text/html"}, "application/json", '{"id"'),
    ):
        answer = client.get(address, params=parameters, headers=headers)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.text.startswith(begin)
    refused = client.get(address, params={"format": "pdf"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert client.get(f"{address}/reply").text.startswith("Hello")


def test_events_until_it_is_done(server: Server) -> None:
    identifier = server.upload(SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log")["id"]
    seen = []
    with server.client().stream("GET", f"/api/v1/diagnoses/{identifier}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen += [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: ")]
    assert seen[-1]["status"] == "done"
    read = [state["progress"]["bytes"] for state in seen if state["progress"]["phase"] == "reading"]
    assert read == sorted(read)
    assert max(read) <= seen[-1]["progress"]["total"]


def test_the_redacted_log(server: Server, tmp_path: Path) -> None:
    identifier = server.upload(LOG)["id"]
    server.wait(identifier)
    client = server.client()
    address = f"/api/v1/diagnoses/{identifier}/redacted"
    answer = client.get(address)
    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"
    while answer.status_code == 202:
        answer = client.get(address)
    assert answer.status_code == 200
    assert "MODALITY1" not in answer.text
    assert answer.text.count("\n") == LOG.read_text().count("\n")
    assert answer.headers["content-disposition"] == 'attachment; filename="redacted.log"'


def test_redacted_before_anything_else(server: Server) -> None:
    identifier = server.upload(LOG, redact="true")["id"]
    state = server.wait(identifier)
    assert state["diagnosis"]["verdict"] == "failure"
    assert "MODALITY1" not in json.dumps(state["diagnosis"])
    assert server.client().get(f"/api/v1/diagnoses/{identifier}/redacted").status_code == 200
    assert server.client().delete(f"/api/v1/diagnoses/{identifier}").status_code == 204


def test_it_says_its_address_and_stops_with_success(start: Callable[..., Server]) -> None:
    server = start()
    assert server.client().get("/healthz").json()["status"] == "ok"
    assert server.stop() == 0


def test_one_server_for_one_folder(start: Callable[..., Server]) -> None:
    server = start()
    command = [sys.executable, "-m", "loganalyzer", "serve", "--port", "0", "--data", str(server.data)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout) == (2, "")
    assert "another loganalyzer serve uses the data folder" in second.stderr


def test_a_folder_that_holds_other_things(start: Callable[..., Server], tmp_path: Path) -> None:
    """Its rights are not changed, and where others can write, nothing is kept."""
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o755)
    (folder / "notes.txt").write_text("other things")
    start(data=folder).stop()
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "uploads").stat().st_mode & 0o777 == 0o700
    folder.chmod(0o1777)
    command = [sys.executable, "-m", "loganalyzer", "serve", "--port", "0", "--data", str(folder)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "others can write into the data folder" in refused.stderr


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "python_multipart", "prometheus_client"])
def test_without_its_packages(package: str, tmp_path: Path) -> None:
    script = "import sys; sys.modules[sys.argv[1]] = None; from loganalyzer.cli.process import run; sys.exit(run(sys.argv[2:]))"
    command = [sys.executable, "-c", script, package, "serve", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"serve needs the package {package}" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "70000"], "'--port'"),
        (["--retention", "soon"], "'soon' is no time"),
        (["--token", " "], "it is empty"),
        (["--public-url", "logs.example.org"], "is no address such as"),
        (["--host", "192.0.2.77", "--port", "0"], "cannot listen on 192.0.2.77, port 0"),
        (["--data", "/dev/null/x"], "the data folder /dev/null/x cannot be used"),
        (["--patterns", "/nowhere"], "the patterns cannot be used"),
    ],
)
def test_wrong_usage_is_one_sentence(options: list[str], said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loganalyzer", "serve", "--data", str(tmp_path / "data"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
