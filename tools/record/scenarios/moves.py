"""C-MOVE, which needs three parties to agree."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
)

from tools.record import clients, peers
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, CT2, ROOT
from tools.record.peers import DicomPeer
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import STUDY, retrieve
from tools.record.scenarios.outgoing import failing
from tools.record.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_MOVE
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab

_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def _destination_unknown_in(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    lab.upload(CT1)
    clients.move(lab, "NOWHERE", *STUDY)


def _destination_refused_in(lab: Lab) -> None:
    port = lab.port()
    lab.modality("ct", CT_ROOM, port)
    lab.modality("viewer", "VIEWER", port)
    lab.start()
    lab.upload(CT1)
    with lab.attempt("tcp-refused", "VIEWER", port):
        clients.move(lab, "VIEWER", *STUDY)


def _destination_rejects_in(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("viewer", "VIEWER", lab.exit(lab.socket_peer(peers.rejecting(1, 1, 3))))
    lab.start()
    lab.upload(CT1)
    clients.move(lab, "VIEWER", *STUDY)


def _suboperation_failed_in(lab: Lab) -> None:
    peer = DicomPeer((CTImageStorage,), _SYNTAXES, status=0xA700, aet="VIEWER")
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("viewer", "VIEWER", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    lab.upload(CT1)
    lab.upload(CT2)
    clients.move(lab, "VIEWER", *STUDY)


def _destination_in(host: str, lab: Lab, port: int | None = None) -> None:
    """C-MOVE to a VIEWER at this address, which nobody needs to have."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("viewer", "VIEWER", port or lab.port(), host=host)
    lab.start(DicomScuTimeout=2)
    lab.upload(CT1)
    clients.move(lab, "VIEWER", *STUDY)


def _destination_nameless_in(lab: Lab) -> None:
    with lab.attempt("name-resolution-failed", "VIEWER", lab.port()):
        _destination_in("viewer.invalid", lab)


def _destination_silent_in(lab: Lab) -> None:
    _destination_in(LOOPBACK, lab, lab.exit(lab.socket_peer(peers.silent)))


def _destination_takes_mr_in(lab: Lab) -> None:
    peer = DicomPeer((MRImageStorage,), _SYNTAXES, aet="VIEWER")
    _destination_in(LOOPBACK, lab, lab.exit(lab.dicom_peer(peer)))


def _destination_unknown_out(lab: Lab) -> None:
    port = clients.query_server(lab, (CT1.write(lab.folder),), knows_orthanc=False)
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start()
    retrieve(lab, 500)


def _turned_away_itself(lab: Lab) -> None:
    """Orthanc has got a new AET; the PACS still calls it by the old one, and Orthanc turns it away."""
    port = clients.query_server(lab, (CT1.write(lab.folder),))
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start(DicomAet="ORTHANC_NEW", DicomCheckCalledAet=True)
    retrieve(lab, 500)


def _calls_itself(lab: Lab) -> None:
    """Orthanc calls itself by an AET that is not its own, and turns itself away."""
    lab.modality("me", "ORTHANC2", lab.exit(lab.entrance()))
    lab.start(DicomCheckCalledAet=True)
    failing(lab.rest.post("/modalities/me/echo", {}))


def _peer_move_status(fail: bool, lab: Lab) -> None:
    models = (STUDY_ROOT_FIND, STUDY_ROOT_MOVE)
    peer = DicomPeer(models, _SYNTAXES, fail_moves=fail)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    failing(
        lab.rest.post(
            "/modalities/pacs/move", {"Level": "Study", "Resources": [{"StudyInstanceUID": f"{ROOT}.1"}], "Timeout": 20}
        )
    )


_KEYS = ("IMoveRequestHandler Failed", "Unknown modality for AET", "Error in the network protocol")

SCENARIOS = (
    Scenario(
        "move-destination-unknown",
        "move-destination-unknown",
        "C-MOVE to an AET that is not in DicomModalities.",
        _destination_unknown_in,
        ("Unknown modality for AET", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "DicomModalities",
    ),
    Scenario(
        "move-destination-refused-connection",
        "move-destination-refused-connection",
        "C-MOVE to a known AET whose port nobody listens on.",
        _destination_refused_in,
        _KEYS,
        "C-MOVE",
        "DicomModalities.viewer (host, port), or start the viewer",
    ),
    Scenario(
        "move-destination-rejects",
        "move-destination-rejects-association",
        "C-MOVE to an AET that rejects Orthanc's AET.",
        _destination_rejects_in,
        ("DUL Association Rejected", "Result: Rejected", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "at the destination",
    ),
    Scenario(
        "move-suboperation-failed",
        "move-suboperation-failed",
        "C-MOVE to an AET that answers each C-STORE with 0xa700.",
        _suboperation_failed_in,
        ("has failed with DIMSE status", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "at the destination",
    ),
    Scenario(
        "move-destination-name-unknown",
        "hostname-unknown",
        "C-MOVE to an AET whose host name does not resolve.",
        _destination_nameless_in,
        ("Attempt to connect to unknown host", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "DicomModalities.viewer (Host)",
    ),
    Scenario(
        "move-destination-silent",
        "association-timeout",
        "C-MOVE to an AET that never answers the association request.",
        _destination_silent_in,
        ("DUL network read timeout", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "at the destination",
    ),
    Scenario(
        "move-destination-takes-mr",
        "unsupported-sop-class",
        "C-MOVE of CT to an AET that accepts MR only.",
        _destination_takes_mr_in,
        ("No acceptable presentation context", "Cannot transcode", "IMoveRequestHandler Failed"),
        "C-MOVE",
        "at the destination",
    ),
    Scenario(
        "move-out-destination-unknown",
        "move-destination-unknown",
        "Orthanc retrieves from a dcmqrscp that does not know Orthanc as a destination.",
        _destination_unknown_out,
        ("has failed with DIMSE status", "DIMSE Status                  : 0xa801"),
        "C-MOVE",
        "at the peer: register Orthanc",
    ),
    Scenario(
        "move-out-turned-away",
        "called-aet-mismatch",
        "Orthanc retrieves from a PACS that sends to Orthanc's former AET; Orthanc rejects what it asked for.",
        _turned_away_itself,
        ("bad called AET",),
        "association",
        "at the peer: Orthanc's new AET",
    ),
    Scenario(
        "calls-itself",
        "called-aet-mismatch",
        "Orthanc calls itself by a wrong AET.",
        _calls_itself,
        ("bad called AET",),
        "association",
        "DicomModalities.me (AET)",
    ),
    Scenario(
        "move-status-destination-unknown",
        "move-destination-unknown",
        "A pynetdicom peer answers the C-MOVE with 0xa801.",
        partial(_peer_move_status, False),
        ("has failed with DIMSE status", "DIMSE Status                  : 0xa801"),
        "C-MOVE",
        "at the peer: register Orthanc",
    ),
    Scenario(
        "move-status-unable-to-process",
        "peer-move-status-failure",
        "A peer breaks down inside the C-MOVE and answers with 0xc514.",
        partial(_peer_move_status, True),
        ("has failed with DIMSE status", "DIMSE Status                  : 0xc5"),
        "C-MOVE",
        "at the peer",
    ),
)
