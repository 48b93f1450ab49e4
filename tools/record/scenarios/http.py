"""The REST API is called wrongly, or calls others in vain."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tools.record.images import CT1
from tools.record.processes import RecordingError
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import expect
from tools.record.scenarios.outgoing import failing
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab


def _unauthorized(lab: Lab) -> None:
    lab.start(AuthenticationEnabled=True, RegisteredUsers={"alice": "made-up-password"})
    expect(lab.rest.call("GET", "/system", user=("alice", "made-up-password")))
    expect(lab.rest.call("GET", "/system", user=("alice", "wrong")), 401)
    expect(lab.rest.call("GET", "/system"), 401)


def _forbidden(lab: Lab) -> None:
    """Orthanc takes nothing but 127.0.0.1 for the same machine."""
    lab.start(RemoteAccessAllowed=False)
    with socket.create_connection((LOOPBACK, lab.http_port), timeout=10, source_address=("127.0.0.5", 0)) as client:
        client.sendall(b"GET /system HTTP/1.1\r\nHost: orthanc\r\nConnection: close\r\n\r\n")
        answer = client.recv(4096)
    if b" 200 " in answer.split(b"\r\n")[0]:
        message = "the call from another address was served"
        raise RecordingError(message)


def _errors(lab: Lab) -> None:
    lab.start()
    expect(lab.rest.get("/instances/no-such-instance"), 404)
    expect(lab.rest.call("POST", "/tools/find", b'{ "Level": '), 400)
    expect(lab.rest.call("DELETE", "/system"), 405)


def _peer_unreachable(lab: Lab) -> None:
    port = lab.port()
    lab.start(OrthancPeers={"central": [f"http://{LOOPBACK}:{port}/"]})
    failing(lab.rest.post("/peers/central/store", lab.upload(CT1)))


def _dicomweb_absent(lab: Lab) -> None:
    lab.start()
    expect(lab.rest.get("/dicom-web/studies"), 404)


def _upload_of_text(lab: Lab) -> None:
    lab.start()
    expect(lab.rest.call("POST", "/instances", b"this is no DICOM file\n"), 400)


SCENARIOS = (
    Scenario(
        "http-unauthorized",
        "http-unauthorized",
        "REST calls with a wrong password and without any.",
        _unauthorized,
        ("Unauthorized",),
        "HTTP",
        "RegisteredUsers",
    ),
    Scenario(
        "http-forbidden",
        "http-forbidden",
        "A REST call from another address; RemoteAccessAllowed is false.",
        _forbidden,
        ("orbidden",),
        "HTTP",
        "RemoteAccessAllowed",
    ),
    Scenario(
        "http-errors",
        "http-error",
        "REST calls of what does not exist, with broken JSON, and with a wrong method.",
        _errors,
        ("Cannot parse JSON", "Bad JSON", "Bad request"),
        "HTTP",
        "at the client",
    ),
    Scenario(
        "http-upload-of-text",
        "corrupt-dicom-received",
        "A file that is no DICOM is uploaded.",
        _upload_of_text,
        ("Bad file format", "Cannot parse an invalid DICOM file"),
        "HTTP",
        "at the client",
    ),
    Scenario(
        "http-peer-unreachable",
        "http-peer-unreachable",
        "Nothing listens at the address of an Orthanc peer.",
        _peer_unreachable,
        ("libcurl", "libCURL"),
        "HTTP",
        "OrthancPeers.central",
    ),
    Scenario(
        "dicomweb-not-available",
        "dicomweb-not-available",
        "DICOMweb is asked for, and its plugin is not loaded.",
        _dicomweb_absent,
        ("/dicom-web/studies",),
        "HTTP",
        "Plugins",
    ),
)
