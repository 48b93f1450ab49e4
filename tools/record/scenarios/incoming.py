"""Others call Orthanc, are let in, and break off or ask for what cannot be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT_LARGE, WITHOUT_SERIES
from tools.record.raw_client import ACCEPTED, require
from tools.record.scenario import Scenario
from tools.record.sop_classes import VERIFICATION

if TYPE_CHECKING:
    from tools.record.lab import Lab
    from tools.record.raw_client import RawClient


def _abort_mid_store(lab: Lab) -> None:
    lab.start()
    _half_a_store(lab).abort()
    time.sleep(0.5)


def _reset_mid_store(lab: Lab) -> None:
    lab.start()
    _half_a_store(lab).reset()
    time.sleep(0.5)


def _half_a_store(lab: Lab) -> RawClient:
    client = lab.raw_client("127.0.0.21")
    require(client.associate(CT_ROOM, "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian]), ACCEPTED)
    client.begin_store(CTImageStorage, CT_LARGE.instance_uid, CT_LARGE.write(lab.folder).read_bytes()[400:4400])
    time.sleep(0.5)
    return client


def _abort_after_echo(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), ACCEPTED)
    client.echo()
    client.abort()
    time.sleep(0.5)


def _disconnect(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), ACCEPTED)
    client.echo()
    client.close()
    time.sleep(0.5)


def _idle_client(lab: Lab) -> None:
    lab.start(DicomScpTimeout=2)
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), ACCEPTED)
    client.echo()
    client.receive_all()


def _not_dicom(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client("127.0.0.66")
    client.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:4242\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n")
    client.receive_all()


def _protocol_violation(lab: Lab) -> None:
    """A data PDU before any association."""
    lab.start()
    client = lab.raw_client()
    client.send(bytes.fromhex("04000000000600000002010300"))
    client.receive_all()


def _without_identifiers(lab: Lab) -> None:
    lab.start()
    clients.store(lab, WITHOUT_SERIES.write(lab.folder), fails=None)


def _bad_level(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    clients.find(lab, "PatientName", "StudyInstanceUID")
    clients.find(lab, "QueryRetrieveLevel=EXAM", "PatientName")


def _worklist_absent(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    clients.find(lab, "PatientName", "AccessionNumber", model="-W")


def _no_match(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    clients.move(lab, CT_ROOM, "QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3.4.5")


SCENARIOS = (
    Scenario(
        "client-aborts-mid-store",
        "peer-aborted",
        "A client aborts in the middle of an image.",
        _abort_mid_store,
        ("Store SCP Failed", "DIMSE failure"),
        "C-STORE",
        "at the client",
    ),
    Scenario(
        "client-resets-mid-store",
        "peer-connection-lost",
        "TCP is reset in the middle of an image.",
        _reset_mid_store,
        ("Store SCP Failed", "DIMSE failure"),
        "C-STORE",
        "the client or the network",
    ),
    Scenario(
        "client-aborts-after-echo",
        "peer-aborted",
        "A client ends with A-ABORT instead of a release.",
        _abort_after_echo,
        ("Finishing association", "Peer aborted Association"),
        "association",
        "at the client",
    ),
    Scenario(
        "client-disconnects",
        "peer-connection-lost",
        "A client closes TCP without release or abort.",
        _disconnect,
        ("Finishing association", "Peer aborted Association"),
        "association",
        "at the client",
    ),
    Scenario(
        "scp-timeout",
        "scp-timeout",
        "A client stays silent until DicomScpTimeout.",
        _idle_client,
        ("DIMSE failure", "Finishing association"),
        "association",
        "DicomScpTimeout",
    ),
    Scenario(
        "not-dicom-on-dicom-port",
        "not-dicom-on-dicom-port",
        "A web client calls the DICOM port.",
        _not_dicom,
        ("Receiving Association failed",),
        "association",
        "the client (port)",
    ),
    Scenario(
        "client-protocol-violation",
        "client-protocol-violation",
        "The first PDU of a connection is data.",
        _protocol_violation,
        ("No presentation context proposed", "from an invalid AET", "Receiving Association failed"),
        "association",
        "at the client",
    ),
    Scenario(
        "file-without-identifiers",
        "dicom-file-without-identifiers",
        "C-STORE of an image without SeriesInstanceUID.",
        _without_identifiers,
        ("required tags", "Store has failed"),
        "C-STORE",
        "at the modality",
    ),
    Scenario(
        "query-bad-level",
        "query-bad-level",
        "C-FIND without QueryRetrieveLevel, then with an unknown one.",
        _bad_level,
        ("C-FIND request handler has failed", "IFindRequestHandler Failed", "QueryRetrieveLevel"),
        "C-FIND",
        "at the client",
    ),
    Scenario(
        "worklist-not-available",
        "worklist-not-available",
        "C-FIND on the worklist; no worklist plugin is loaded.",
        _worklist_absent,
        ("but no valid presentation contexts", "No worklist handler is installed"),
        "C-FIND",
        "Plugins, Worklists",
    ),
    Scenario(
        "query-no-match",
        "query-no-match",
        "C-MOVE of a study that is not there.",
        _no_match,
        ("matching no resource stored", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "at the client",
    ),
)
