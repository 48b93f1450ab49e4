"""Orthanc calls a peer that is not there, is something else, or falls silent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
)

from tools.record import clients, peers
from tools.record.images import CT1, CT_J2K
from tools.record.peers import DicomPeer
from tools.record.processes import RecordingError
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import expect

if TYPE_CHECKING:
    from tools.record.lab import Lab

NOWHERE = "pacs..hospital.invalid"
"""An empty label: the resolver refuses it by itself, nothing goes onto the network."""


def failing(answer: tuple[int, object]) -> None:
    """Make sure that a REST call failed."""
    if answer[0] < 400:
        message = f"REST answered {answer[0]} although it should fail"
        raise RecordingError(message)


def _refused_echo(lab: Lab) -> None:
    port = lab.port()
    lab.modality("pacs", "PACS", port)
    lab.start()
    with lab.attempt("tcp-refused", "PACS", port):
        failing(lab.rest.post("/modalities/pacs/echo", {}))


def _refused_store(lab: Lab) -> None:
    port = lab.port()
    lab.modality("pacs", "PACS", port)
    lab.start()
    instance = lab.upload(CT1)
    with lab.attempt("tcp-refused", "PACS", port):
        failing(lab.rest.post("/modalities/pacs/store", instance))


def _unknown_host(lab: Lab) -> None:
    port = lab.port()
    lab.modality("pacs", "PACS", port, host=NOWHERE)
    lab.start()
    with lab.attempt("name-resolution-failed", "PACS", port, peer_ip=None):
        failing(lab.rest.post("/modalities/pacs/echo", {}))


def _connect_timeout(lab: Lab) -> None:
    port = lab.unanswering_port()
    lab.modality("pacs", "PACS", port)
    lab.start(DicomScuTimeout=2)
    with lab.attempt("tcp-timeout", "PACS", port):
        failing(lab.rest.post("/modalities/pacs/echo", {}))


def _association_timeout(lab: Lab) -> None:
    _echo_in_vain(lab, lab.socket_peer(peers.silent), DicomScuTimeout=2)


def _closes_at_once(lab: Lab) -> None:
    _echo_in_vain(lab, lab.socket_peer(peers.closing))


def _aborts_association(lab: Lab) -> None:
    _echo_in_vain(lab, lab.socket_peer(peers.aborting))


def _is_http(lab: Lab) -> None:
    lab.not_dicom = {"outcome": "no-answer"}
    _echo_in_vain(lab, lab.socket_peer(peers.web_server))


def _echo_in_vain(lab: Lab, port: int, **options: object) -> None:
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start(**options)
    failing(lab.rest.post("/modalities/pacs/echo", {}))


def _unknown_modality(lab: Lab) -> None:
    lab.start()
    failing(lab.rest.post("/modalities/archive/echo", {}))


def _stalls_echo(lab: Lab) -> None:
    peer = DicomPeer((), (ImplicitVRLittleEndian,), stall=True)
    _echo_in_vain(lab, lab.dicom_peer(peer), DicomScuTimeout=2)


def _stalls_store(lab: Lab) -> None:
    peer = DicomPeer((CTImageStorage,), (ImplicitVRLittleEndian, ExplicitVRLittleEndian), stall=True)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start(DicomScuTimeout=2)
    failing(lab.rest.post("/modalities/pacs/store", lab.upload(CT1)))


def _store_in_vain(lab: Lab, port: int) -> None:
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/store", lab.upload(CT1)))


def _aborts_store(lab: Lab) -> None:
    _store_in_vain(lab, clients.storescp(lab, "--abort-after"))


def _aborts_during_store(lab: Lab) -> None:
    _store_in_vain(lab, clients.storescp(lab, "--abort-during"))


def _sop_class(lab: Lab) -> None:
    peer = DicomPeer((MRImageStorage,), (ImplicitVRLittleEndian, ExplicitVRLittleEndian))
    _store_in_vain(lab, lab.dicom_peer(peer))


def _find_not_supported(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))


def _transfer_syntax(lab: Lab) -> None:
    """The image is JPEG 2000, which this Orthanc cannot decode; the peer takes uncompressed only."""
    peer = DicomPeer((CTImageStorage,), (ImplicitVRLittleEndian, ExplicitVRLittleEndian))
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/store", lab.upload(CT_J2K)))


def _compressed_only(lab: Lab) -> None:
    """The image is not compressed, and Orthanc offers no compression; other SOP classes are refused, too."""
    _store_in_vain(lab, lab.dicom_peer(DicomPeer((CTImageStorage,), (JPEG2000Lossless,))))


def _address_of_ipv6(lab: Lab) -> None:
    """DCMTK calls addresses of IPv6 from 3.6.9 on."""
    port = lab.port()
    lab.modality("pacs", "PACS", port, host="::1")
    lab.start()
    with lab.attempt("name-resolution-failed", "PACS", port, peer_ip=None):
        failing(lab.rest.post("/modalities/pacs/echo", {}))


def _job_resubmitted(lab: Lab) -> None:
    """A job fails because nobody listens; the peer is started and the job resubmitted."""
    port = lab.port()
    lab.modality("pacs", "PACS", port)
    lab.start()
    instance = lab.upload(CT1)
    with lab.attempt("tcp-refused", "PACS", port):
        job = expect(lab.rest.post("/modalities/pacs/store", {"Resources": [instance], "Asynchronous": True}))
        if not isinstance(job, dict):
            message = f"no job was made: {job}"
            raise RecordingError(message)
        _wait(lab, str(job["ID"]), "Failure")
    start = time.time()
    clients.storescp(lab, port=port)
    expect(lab.rest.call("POST", f"/jobs/{job['ID']}/resubmit", b"{}"))
    _wait(lab, str(job["ID"]), "Success")
    lab.declare(
        "outgoing",
        start,
        calling_aet="ORTHANC",
        called_aet="PACS",
        peer_port=port,
        outcome="accepted",
        ended="released",
        ended_by="orthanc",
        operations=[{"command": "C-STORE", "requested_by": "orthanc", "status": "0x0000", "sop_class": CTImageStorage}],
        ok=True,
    )


def _wait(lab: Lab, job: str, state: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = expect(lab.rest.get(f"/jobs/{job}"))
        if isinstance(answer, dict) and answer["State"] == state:
            return
        time.sleep(0.2)
    message = f"the job did not reach {state}"
    raise RecordingError(message)


_CONNECTING = ("Error in the network protocol", "No acceptable presentation context")
_AT_PEER = "at the peer"
_NO_CONTEXT = (
    "No acceptable presentation context",
    "No valid presentation context",
    "is not supported by the remote SCP",
    "to one of [ ]",
)

SCENARIOS = (
    Scenario(
        "connection-refused-echo",
        "connection-refused",
        "Nothing listens on the peer's port; C-ECHO.",
        _refused_echo,
        _CONNECTING,
        "C-ECHO",
        "DicomModalities.pacs (host, port), or start the peer",
    ),
    Scenario(
        "connection-refused-store",
        "connection-refused",
        "Nothing listens on the peer's port; C-STORE.",
        _refused_store,
        _CONNECTING,
        "C-STORE",
        "DicomModalities.pacs (host, port), or start the peer",
    ),
    Scenario(
        "hostname-unknown",
        "hostname-unknown",
        "The peer's host name does not resolve.",
        _unknown_host,
        _CONNECTING,
        "C-ECHO",
        "DicomModalities.pacs (host)",
    ),
    Scenario(
        "connect-timeout",
        "connect-timeout",
        "The peer's port never answers; DicomScuTimeout is 2 s.",
        _connect_timeout,
        _CONNECTING,
        "C-ECHO",
        "network, firewall, DicomModalities.pacs (host)",
    ),
    Scenario(
        "association-timeout",
        "association-timeout",
        "The peer takes the request and never answers; DicomScuTimeout is 2 s.",
        _association_timeout,
        _CONNECTING,
        "C-ECHO",
        _AT_PEER,
    ),
    Scenario(
        "peer-closes-at-once",
        "peer-closed-connection",
        "The peer closes TCP instead of answering.",
        _closes_at_once,
        _CONNECTING,
        "C-ECHO",
        _AT_PEER,
    ),
    Scenario(
        "peer-aborts-association",
        "peer-aborted",
        "The peer answers the association request with an A-ABORT.",
        _aborts_association,
        _CONNECTING,
        "C-ECHO",
        _AT_PEER,
    ),
    Scenario(
        "peer-is-http",
        "peer-not-dicom",
        "The peer's port is a web server's.",
        _is_http,
        _CONNECTING,
        "C-ECHO",
        "DicomModalities.pacs (port)",
    ),
    Scenario(
        "unknown-modality",
        "unknown-modality",
        "A REST call names a modality that is not configured.",
        _unknown_modality,
        ("No modality with symbolic name",),
        "C-ECHO",
        "DicomModalities",
    ),
    Scenario(
        "dimse-timeout-echo",
        "dimse-timeout",
        "The peer accepts and never answers the C-ECHO; DicomScuTimeout is 2 s.",
        _stalls_echo,
        _CONNECTING,
        "C-ECHO",
        _AT_PEER,
    ),
    Scenario(
        "dimse-timeout-store",
        "dimse-timeout",
        "The peer accepts and never answers the C-STORE; DicomScuTimeout is 2 s.",
        _stalls_store,
        _CONNECTING,
        "C-STORE",
        _AT_PEER,
    ),
    Scenario(
        "peer-aborts-after-store",
        "peer-aborted",
        "The peer aborts after an image.",
        _aborts_store,
        _CONNECTING,
        "C-STORE",
        _AT_PEER,
    ),
    Scenario(
        "peer-aborts-mid-store",
        "peer-aborted",
        "The peer aborts in the middle of an image.",
        _aborts_during_store,
        _CONNECTING,
        "C-STORE",
        _AT_PEER,
    ),
    Scenario(
        "unsupported-sop-class-out",
        "unsupported-sop-class",
        "The peer takes MR only, and Orthanc sends CT.",
        _sop_class,
        _NO_CONTEXT,
        "C-STORE",
        _AT_PEER,
    ),
    Scenario(
        "unsupported-sop-class-find-out",
        "unsupported-sop-class",
        "The peer does not serve C-FIND.",
        _find_not_supported,
        _NO_CONTEXT,
        "C-FIND",
        _AT_PEER,
    ),
    Scenario(
        "unsupported-transfer-syntax-out",
        "unsupported-transfer-syntax",
        "The image is JPEG 2000, which Orthanc cannot transcode; the peer takes uncompressed only.",
        _transfer_syntax,
        ("No valid presentation context", "Cannot transcode", "Error in the network protocol"),
        "C-STORE",
        "at the peer, or a plugin that transcodes",
    ),
    Scenario(
        "peer-takes-compressed-only",
        "unsupported-transfer-syntax",
        "The peer takes CT as JPEG 2000 only, and the image is not compressed.",
        _compressed_only,
        ("Unable to negotiate a presentation context",),
        "C-STORE",
        "at the peer, or DicomScuPreferredTransferSyntax",
    ),
    Scenario(
        "hostname-of-ipv6",
        "hostname-unknown",
        "The peer's host is an address of IPv6, which this Orthanc cannot call.",
        _address_of_ipv6,
        _CONNECTING,
        "C-ECHO",
        "DicomModalities.pacs (host)",
        acceptable=("hostname-unknown", "connection-refused"),
    ),
    Scenario(
        "job-resubmitted",
        "connection-refused",
        "A job fails because nobody listens; it is resubmitted and succeeds.",
        _job_resubmitted,
        _CONNECTING,
        "C-STORE",
        "start the peer, then resubmit the job",
    ),
)
