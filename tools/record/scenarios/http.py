"""The REST API is called wrongly, or calls others in vain."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING

from tools.record.certificates import Authority
from tools.record.images import CT1, ROOT
from tools.record.peers import http_answering
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


def _peer_answers(status: str, lab: Lab) -> None:
    port = lab.socket_peer(http_answering(status))
    lab.start(OrthancPeers={"central": [f"http://{LOOPBACK}:{port}/", "orthanc", "made-up-password"]})
    failing(lab.rest.post("/peers/central/store", lab.upload(CT1)))


def _authorities_missing(lab: Lab) -> None:
    missing = Authority(lab.folder, "hospital-ca").certificate.with_name("nowhere.pem")
    peers = {"central": [f"https://{LOOPBACK}:{lab.socket_peer(http_answering('400 Bad Request'))}/"]}
    lab.start(OrthancPeers=peers, HttpsVerifyPeers=True, HttpsCACertificates=str(missing))
    failing(lab.rest.post("/peers/central/store", lab.upload(CT1)))


def _dicomweb_client(status: str, lab: Lab, body: bytes = b"", *, retrieves: bool = False) -> None:
    """Orthanc is the client: STOW-RS, or WADO-RS where it retrieves."""
    port = lab.socket_peer(http_answering(status, body))
    lab.start(
        Plugins=["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        DicomWeb={"Servers": {"archive": [f"http://{LOOPBACK}:{port}/dicom-web/", "orthanc", "made-up-password"]}},
    )
    instance = lab.upload(CT1)
    call, resources = ("retrieve", [{"Study": f"{ROOT}.1"}]) if retrieves else ("stow", [instance])
    failing(lab.rest.post(f"/dicom-web/servers/archive/{call}", {"Resources": resources, "Synchronous": True}))


def _dicomweb_away(lab: Lab) -> None:
    lab.start(
        Plugins=["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        DicomWeb={"Servers": {"archive": [f"http://{LOOPBACK}:{lab.port()}/dicom-web/"]}},
    )
    failing(lab.rest.post("/dicom-web/servers/archive/retrieve", {"Resources": [{"Study": f"{ROOT}.1"}]}))


_PAGE = b"<html><body>Please log in.</body></html>"


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
        "http-peer-wants-credentials",
        "http-unauthorized",
        "An Orthanc peer answers 401: the password in OrthancPeers is wrong.",
        partial(_peer_answers, "401 Unauthorized"),
        ("received HTTP status 401",),
        "HTTP",
        "OrthancPeers.central (user, password)",
    ),
    Scenario(
        "http-peer-forbids",
        "http-forbidden",
        "An Orthanc peer answers 403.",
        partial(_peer_answers, "403 Forbidden"),
        ("received HTTP status 403",),
        "HTTP",
        "at the peer",
        acceptable=("http-forbidden", "authorization-denied"),
    ),
    Scenario(
        "http-peer-wrong-path",
        "http-peer-unreachable",
        "What listens at the URL of an Orthanc peer answers 404.",
        partial(_peer_answers, "404 Not Found"),
        ("received HTTP status 404",),
        "HTTP",
        "OrthancPeers.central (URL)",
    ),
    Scenario(
        "http-authorities-missing",
        "tls-configuration",
        "HttpsCACertificates names a file that does not exist, and a peer is called by HTTPS.",
        _authorities_missing,
        ("libCURL error", "in libcurl"),
        "HTTP",
        "HttpsCACertificates",
        acceptable=("tls-configuration", "http-peer-unreachable", "configuration-file-missing"),
    ),
    Scenario(
        "dicomweb-client-unauthorized",
        "http-unauthorized",
        "A DICOMweb server answers STOW-RS of Orthanc with 401.",
        partial(_dicomweb_client, "401 Unauthorized"),
        ("received HTTP status 401",),
        "STOW-RS",
        "DicomWeb.Servers.archive (user, password)",
    ),
    Scenario(
        "dicomweb-client-wrong-path",
        "dicomweb-failure",
        "A DICOMweb server answers STOW-RS of Orthanc with 404.",
        partial(_dicomweb_client, "404 Not Found"),
        ("received HTTP status 404",),
        "STOW-RS",
        "DicomWeb.Servers.archive (URL)",
    ),
    Scenario(
        "dicomweb-client-no-json",
        "dicomweb-failure",
        "A DICOMweb server answers STOW-RS of Orthanc with a page of HTML.",
        partial(_dicomweb_client, "200 OK", body=_PAGE),
        ("Cannot convert HTTP answer body to JSON",),
        "STOW-RS",
        "DicomWeb.Servers.archive (URL)",
    ),
    Scenario(
        "dicomweb-client-retrieves-page",
        "dicomweb-failure",
        "A DICOMweb server answers WADO-RS of Orthanc with a page of HTML.",
        partial(_dicomweb_client, "200 OK", body=_PAGE, retrieves=True),
        ("Cannot parse the Content-Type for WADO-RS",),
        "WADO-RS",
        "DicomWeb.Servers.archive (URL)",
    ),
    Scenario(
        "dicomweb-client-server-away",
        "dicomweb-failure",
        "Nothing listens where Orthanc expects a DICOMweb server, and Orthanc is to retrieve from it.",
        _dicomweb_away,
        ("connect to server", "Error in a job"),
        "WADO-RS",
        "DicomWeb.Servers.archive (URL)",
        ("http-peer-unreachable",),
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
