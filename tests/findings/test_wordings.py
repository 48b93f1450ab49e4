"""One cause, many wordings: what DCMTK 3.6.0 to 3.7.0 and OpenSSL print behind Orthanc's last colon.

The texts are DCMTK's condition texts (``cond.cc``, ``dul.cc``, ``tlslayer.cc``); up to 3.6.6 they are nested and carry
their codes. No line of a log stands here: the events are as the reader would give them.
"""

from __future__ import annotations

import pytest

from loganalyzer.findings.judge import Judge
from loganalyzer.findings.sighting import Scene
from loganalyzer.patternbase import PatternBase
from tests.findings.conftest import event

ABORTED = "Peer aborted Association (or never connected)"
NESTED = f"Failed to establish association (0006:0317 {ABORTED}; 0006:031c TCP Initialization Error: "
CONNECTING = {
    "TCP Initialization Error: Connection refused": "connection-refused",
    f"{NESTED}Connection refused)": "connection-refused",
    "TCP Initialization Error: Operation now in progress": "connection-refused",
    "TCP Initialization Error: Operation now in progress (Timeout)": "connect-timeout",
    f"{NESTED}Connection timed out)": "connect-timeout",
    "TCP Initialization Error: Network is unreachable": "host-unreachable",
    f"{NESTED}No route to host)": "host-unreachable",
    "Attempt to connect to unknown host: pacs.example": "hostname-unknown",
    f"Failed to establish association (0006:0317 {ABORTED}; 0006:0320 Attempt to connect to unknown host: x)": "hostname-unknown",
    "DUL network read timeout": "association-timeout",
    ABORTED: "peer-closed-connection",
    "TCP I/O Error (Connection reset by peer) occurred in routine: sendAssociationRQTCP": "peer-closed-connection",
    "Unrecognized PDU type: 48": "peer-not-dicom",
    "Unrecognized PDU type: 53": "peer-not-dicom",
    "Unrecognized PDU type: 15": "tls-plain-client-to-tls-server",
    "DUL Association Rejected": "remote-rejects-calling-aet",
    "TLS error: wrong version number": "tls-client-to-plain-server",
    "OpenSSL I/O error (SSL_ERROR_SYSCALL)": "tls-client-to-plain-server",
    "TLS error: unexpected eof while reading": "tls-client-to-plain-server",
    "DUL secure transport layer: certificate verify failed": "tls-untrusted-certificate",
    "TLS error: certificate verify failed": "tls-untrusted-certificate",
    "X.509 certificate verification error - certificate has expired": "tls-expired-certificate",
    "TLS alert: certificate expired": "tls-expired-certificate",
    "TLS alert: unknown ca,": "tls-peer-distrusts-orthanc",
    "DUL secure transport layer: tlsv1 alert unknown ca": "tls-peer-distrusts-orthanc",
    "TLS alert: certificate required": "tls-missing-client-certificate",
    "TLS error: no shared cipher": "tls-no-common-parameters",
    "TLS alert: protocol version": "tls-no-common-parameters",
    "DUL secure transport layer: unsupported protocol": "tls-no-common-parameters",
}
STORING = {
    "DIMSE No data available (timeout in non-blocking mode)": "dimse-timeout",
    ABORTED: "peer-aborted",
    f"DIMSE Failed to receive message (0006:0317 {ABORTED})": "peer-aborted",
    "DIMSE Failed to send message (0006:031d TCP I/O Error (Connection reset by peer) occurred in routine: writeDataPDU)": "peer-connection-lost",
    "DUL network closed": "peer-connection-lost",
    "DIMSE No valid Presentation Context ID": "unsupported-sop-class",
    "DIMSE: Unexpected Response MsgId: 3 (expected: 1)": "peer-not-dicom",
    "A condition that nobody has seen": "network-protocol-error",
}
RECEIVING = {
    "Unrecognized PDU type: 47": "not-dicom-on-dicom-port",
    "Unrecognized PDU type: 16": "tls-client-to-plain-server",
    "A-ASSOCIATE PDU too large": "not-dicom-on-dicom-port",
    "DUL network closed": "not-dicom-on-dicom-port",
    "DUL Illegal associate PDU. Got 16 bytes of data. The minimum allowed size is 68.": "client-protocol-violation",
    "DUL Unsupported peer protocol 0002; expected 0001 in parseAssociate": "application-context-not-supported",
    "ASC Duplicate presentation context ID: 3": "too-many-contexts",
    "TLS error: wrong version number": "tls-plain-client-to-tls-server",
    "DUL secure transport layer: wrong version number": "tls-plain-client-to-tls-server",
    "TLS error: http request": "not-dicom-on-dicom-port",
    "TLS error: certificate verify failed": "tls-untrusted-certificate",
    "TLS error: peer did not return a certificate": "tls-missing-client-certificate",
    "DUL secure transport layer: peer did not return a certificate": "tls-missing-client-certificate",
    "DUL secure transport layer: sslv3 alert bad certificate": "tls-peer-distrusts-orthanc",
    "TLS error: no shared signature algorithms": "tls-no-common-parameters",
    "TLS error: something that OpenSSL has not said yet": "tls-no-common-parameters",
    "A condition that nobody has seen": "client-protocol-violation",
}
SERVING = {
    ABORTED: "peer-aborted",
    "DIMSE No data available (timeout in non-blocking mode)": "scp-timeout",
    "DIMSE Failed to receive message": "corrupt-dicom-received",
}


def causes(patterns: PatternBase, kind: str, **fields: str) -> list[str]:
    """What is found, and not explained by something else, when nothing but this event is in a log."""
    judge = Judge(patterns)
    judge.observe(event(kind, 1, **fields), 0, 1, None)
    return [h.signature.cause for h in judge.hits(Scene({}))[0] if h.explained_by is None]


@pytest.mark.parametrize(("condition", "cause"), CONNECTING.items())
def test_orthanc_cannot_connect(patterns: PatternBase, condition: str, cause: str) -> None:
    assert causes(patterns, "scu.failed", command="connecting", called_aet="PACS", condition=condition) == [cause]


@pytest.mark.parametrize(("condition", "cause"), STORING.items())
def test_an_association_of_orthanc_breaks(patterns: PatternBase, condition: str, cause: str) -> None:
    assert causes(patterns, "scu.failed", command="C-STORE", called_aet="PACS", condition=condition) == [cause]


@pytest.mark.parametrize(("condition", "cause"), RECEIVING.items())
def test_a_request_cannot_be_received(patterns: PatternBase, condition: str, cause: str) -> None:
    assert causes(patterns, "association.receiving-failed", condition=condition) == [cause]


@pytest.mark.parametrize(("condition", "cause"), SERVING.items())
def test_a_store_cannot_be_received(patterns: PatternBase, condition: str, cause: str) -> None:
    assert causes(patterns, "operation.failed.C-STORE", condition=condition) == [cause]


@pytest.mark.parametrize("version", ["1.0.0", "1.5.3"])
def test_before_1_5_5_the_command_is_not_printed(patterns: PatternBase, version: str) -> None:
    assert causes(patterns, "scu.failed", condition=f"{NESTED}Connection refused)") == ["connection-refused"]
    assert causes(patterns, "scu.failed", condition=ABORTED) == ["peer-aborted"], version


@pytest.mark.parametrize(
    ("status", "command", "cause"),
    [
        ("A801", "C-MOVE", "move-destination-unknown"),
        ("A702", "C-MOVE", "peer-move-status-failure"),
        ("B000", "C-MOVE", "move-suboperation-failed"),
        ("C002", "C-MOVE", "peer-move-status-failure"),
        ("A700", "C-FIND", "peer-find-status-failure"),
        ("A701", "C-GET", "peer-move-status-failure"),
    ],
)
def test_statuses(patterns: PatternBase, status: str, command: str, cause: str) -> None:
    assert causes(patterns, "scu.status", command=command, called_aet="PACS", status=status) == [cause]


def test_a_health_check_is_no_failure(patterns: PatternBase) -> None:
    judge = Judge(patterns)
    for n in range(20):
        judge.observe(event("association.without-context", n, seconds=10 * n, thread="DICOM-SERVER"), 0, 1, None)
    hits = judge.hits(Scene({}))[0]
    assert {h.signature.severity for h in hits} == {"notice"}
