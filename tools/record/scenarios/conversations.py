"""Conversations that break off or go astray at one of their states (PS3.8 9.2)."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tools.record import peers
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, ROOT
from tools.record.peers import DicomPeer
from tools.record.raw_client import ACCEPTED, association_request, require
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.outgoing import failing
from tools.record.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_MOVE, VERIFICATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record.lab import Lab
    from tools.record.raw_client import RawClient

_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_SCANNER = "127.0.0.66"


def _with_client(act: Callable[[RawClient], None], lab: Lab) -> None:
    """A client that is let in for C-ECHO, and what it does then."""
    lab.start(DicomScpTimeout=3)
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), ACCEPTED)
    time.sleep(0.2)
    act(client)
    time.sleep(0.7)


def _with_stranger(act: Callable[[RawClient], None], lab: Lab) -> None:
    """A client that connects, and what it does then."""
    lab.start(DicomScpTimeout=3)
    client = lab.raw_client(_SCANNER)
    act(client)
    time.sleep(0.7)


def _half_a_request(client: RawClient) -> None:
    client.send(association_request(CT_ROOM, "ORTHANC", [VERIFICATION], _SYNTAXES)[:60])
    time.sleep(0.2)
    client.close()


def _request_and_gone(client: RawClient) -> None:
    client.send(association_request(CT_ROOM, "ORTHANC", [VERIFICATION], _SYNTAXES))
    client.reset()


def _banner(client: RawClient) -> None:
    client.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    client.receive_all()


def _strange_context(client: RawClient) -> None:
    """A fragment on a presentation context that was never proposed."""
    client.send(bytes.fromhex("04000000000600000002630300"))
    client.receive_all()


def _second_request(client: RawClient) -> None:
    client.send(association_request(CT_ROOM, "ORTHANC", [VERIFICATION], _SYNTAXES))
    client.receive_all()


def _noise(client: RawClient) -> None:
    client.send(bytes.fromhex("2a000000000400000000"))
    client.receive_all()


def _find_on_echo(client: RawClient) -> None:
    """C-FIND on the context of C-ECHO."""
    client.command(STUDY_ROOT_FIND, 0x0020, 1, data=False)
    client.receive_all()


def _unknown_request(client: RawClient) -> None:
    """N-CREATE, which Orthanc does not serve."""
    client.command(VERIFICATION, 0x0140, 1, data=False)
    client.receive_all()


def _cancel_alone(client: RawClient) -> None:
    """C-CANCEL without a request to cancel."""
    client.command(VERIFICATION, 0x0FFF, 1, data=False)
    client.receive_all()


def _release_and_gone(client: RawClient) -> None:
    client.echo()
    client.send(bytes.fromhex("05000000000400000000"))
    client.close()


def _stalling_find(lab: Lab) -> None:
    peer = DicomPeer((STUDY_ROOT_FIND,), _SYNTAXES, stall=True)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start(DicomScuTimeout=2)
    failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))


def _leaving(lab: Lab) -> None:
    """The peer asks for release while Orthanc waits for its answer (PS3.8 9.2.3, state 6)."""
    peer = DicomPeer((CTImageStorage,), _SYNTAXES, leave=True)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start(DicomScuTimeout=5)
    failing(lab.rest.post("/modalities/pacs/store", lab.upload(CT1)))


def _dropping(requests: tuple[str, ...], lab: Lab) -> None:
    """The peer closes TCP when the request arrives."""
    peer = DicomPeer((CTImageStorage, STUDY_ROOT_FIND, STUDY_ROOT_MOVE), _SYNTAXES, drop=True)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start(DicomScuTimeout=5)
    if "store" in requests:
        failing(lab.rest.post("/modalities/pacs/store", lab.upload(CT1)))
    if "find" in requests:
        failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))
    if "move" in requests:
        wanted = {"Level": "Study", "Resources": [{"StudyInstanceUID": f"{ROOT}.1"}], "Timeout": 5}
        failing(lab.rest.post("/modalities/pacs/move", wanted))


def _short_rejection(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(lab.socket_peer(peers.answering(bytes.fromhex("0300000000020001")))))
    lab.start(DicomScuTimeout=3)
    failing(lab.rest.post("/modalities/pacs/echo", {}))


_ENDED = (
    "cannot handle command",
    "Finishing association",
    "DIMSE failure",
    "Peer aborted Association",
    "DUL ",
    "Association Aborted",
)
_BROKEN = ("occurred in routine", "Receiving Association failed", "No presentation context proposed", *_ENDED)


def _client(name: str, cause: str, description: str, act: Callable[[RawClient], None], **more: object) -> Scenario:
    return Scenario(
        name, cause, description, partial(_with_client, act), _ENDED, "association", "at the client", **more
    )  # type: ignore[arg-type]


def _stranger(name: str, cause: str, description: str, act: Callable[[RawClient], None], **more: object) -> Scenario:
    return Scenario(
        name, cause, description, partial(_with_stranger, act), _BROKEN, "association", "at the client", **more  # type: ignore[arg-type]
    )  # fmt: skip


SCENARIOS = (
    _stranger("port-scan", "not-dicom-on-dicom-port", "TCP is opened and closed at once.", lambda c: c.close()),
    _stranger(
        "half-a-request",
        "peer-connection-lost",
        "The client closes in the middle of its request.",
        _half_a_request,
        acceptable=("peer-connection-lost", "not-dicom-on-dicom-port", "peer-aborted"),
    ),
    _stranger(
        "request-and-gone",
        "peer-connection-lost",
        "The client resets TCP before it is answered.",
        _request_and_gone,
        acceptable=("peer-connection-lost", "peer-aborted", "client-gives-up"),
    ),
    _stranger("ssh-on-dicom-port", "not-dicom-on-dicom-port", "An SSH server calls the DICOM port.", _banner),
    _client(
        "client-aborts-at-once",
        "peer-aborted",
        "A client aborts before it asks anything.",
        lambda c: c.abort(),
        acceptable=("peer-aborted", "client-gives-up"),
    ),
    _client(
        "client-closes-at-once",
        "peer-connection-lost",
        "A client closes before it asks anything.",
        lambda c: c.close(),
        acceptable=("peer-connection-lost", "peer-aborted", "client-gives-up"),
    ),
    _client(
        "strange-context-id",
        "client-protocol-violation",
        "A fragment on a context that was never proposed.",
        _strange_context,
    ),
    _client(
        "second-request",
        "client-protocol-violation",
        "A second A-ASSOCIATE-RQ on the same connection.",
        _second_request,
    ),
    _client("noise-on-association", "client-protocol-violation", "A PDU of an unknown type.", _noise),
    _client("find-on-echo-context", "client-protocol-violation", "C-FIND on the context of C-ECHO.", _find_on_echo),
    _client(
        "unknown-request", "client-protocol-violation", "N-CREATE, which Orthanc does not serve.", _unknown_request
    ),
    _client("cancel-without-request", "client-protocol-violation", "C-CANCEL of nothing.", _cancel_alone),
    Scenario(
        "healthy-release-and-gone",
        HEALTHY,
        "A client asks for the release and closes without waiting for the answer.",
        partial(_with_client, _release_and_gone),
    ),
    Scenario(
        "dimse-timeout-find",
        "dimse-timeout",
        "The peer accepts and never answers the C-FIND; DicomScuTimeout is 2 s.",
        _stalling_find,
        ("No data available", "Error in the network protocol"),
        "C-FIND",
        "DicomScuTimeout, or the peer",
    ),
    *(
        Scenario(
            f"peer-closes-mid-{request}",
            "peer-connection-lost",
            f"The peer closes TCP when the C-{request.upper()} arrives.",
            partial(_dropping, (request,)),
            ("Error in the network protocol",),
            f"C-{request.upper()}",
            "at the peer",
            acceptable=("peer-connection-lost", "peer-aborted"),
        )
        for request in ("store", "find", "move")
    ),
    Scenario(
        "peer-releases-mid-store",
        "peer-connection-lost",
        "The peer asks for release instead of answering the C-STORE.",
        _leaving,
        ("DUL Peer Requested Release",),
        "C-STORE",
        "at the peer",
        acceptable=("peer-connection-lost", "peer-aborted"),
    ),
    Scenario(
        "peer-answers-nonsense",
        "peer-not-dicom",
        "The peer answers the association request with a rejection that is too short.",
        _short_rejection,
        ("Error in the network protocol",),
        "association",
        "at the peer",
        acceptable=("peer-not-dicom", "peer-closed-connection", "peer-aborted", "remote-rejects-other"),
    ),
)
