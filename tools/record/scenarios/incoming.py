"""Others call Orthanc and are refused, or break off."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, CT_JPEG, CT_LARGE, PRIVATE_SOP_CLASS, WITHOUT_SERIES
from tools.record.processes import RecordingError
from tools.record.raw_client import association_request
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import STUDY
from tools.record.sop_classes import VERIFICATION

if TYPE_CHECKING:
    from tools.record.lab import Lab
    from tools.record.raw_client import RawClient

_ACCEPTED, _REJECTED = 2, 3
_CONTEXT_ITEM = b"\x20\x00"
"""Type of a presentation context item and the reserved byte after it (PS3.8 9.3.2.2)."""


def _require(got: int, wanted: int) -> None:
    if got != wanted:
        message = f"Orthanc answered the association request with PDU type {got} instead of {wanted}"
        raise RecordingError(message)


# ---- who may call, and whom


def _called_aet_mismatch(lab: Lab) -> None:
    lab.start(DicomCheckCalledAet=True)
    clients.echo(lab, aec="WRONGAET", fails=True)


def _called_aet_case(lab: Lab) -> None:
    lab.start(DicomCheckCalledAet=True, StrictAetComparison=True)
    clients.echo(lab)
    clients.echo(lab, aec="orthanc", fails=True)


def _unknown_find(lab: Lab) -> None:
    lab.start()
    clients.find(lab, aet="STRANGER", fails=None)


def _unknown_move(lab: Lab) -> None:
    lab.start()
    lab.upload(CT1)
    clients.move(lab, "STRANGER", *STUDY, aet="STRANGER")


def _unknown_store(lab: Lab) -> None:
    lab.start(DicomAlwaysAllowStore=False)
    clients.store(lab, CT1.write(lab.folder), aet="STRANGER", fails=True)


def _unknown_echo(lab: Lab) -> None:
    lab.start(DicomAlwaysAllowEcho=False)
    clients.echo(lab, "STRANGER", fails=None)


def _unknown_all(lab: Lab) -> None:
    lab.start(
        DicomAlwaysAllowEcho=False,
        DicomAlwaysAllowStore=False,
        DicomAlwaysAllowFind=False,
        DicomAlwaysAllowGet=False,
        DicomAlwaysAllowMove=False,
    )
    clients.echo(lab, "STRANGER", fails=True)
    clients.store(lab, CT1.write(lab.folder), aet="STRANGER", fails=True)


def _find_not_allowed(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port(), AllowFind=False)
    lab.start()
    clients.echo(lab)
    clients.find(lab)


def _store_not_allowed(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port(), AllowStore=False)
    lab.start(DicomAlwaysAllowStore=False)
    clients.store(lab, CT1.write(lab.folder), fails=True)


def _wrong_host(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port(), host="127.0.0.5")
    lab.start(DicomCheckModalityHost=True)
    clients.echo(lab, source="127.0.0.5")
    clients.find(lab, source="127.0.0.8")
    clients.store(lab, CT1.write(lab.folder), source="127.0.0.8", fails=None)


# ---- presentation contexts


def _transfer_syntax(lab: Lab) -> None:
    lab.start(JpegTransferSyntaxAccepted=False)
    clients.store(lab, CT_JPEG.write(lab.folder), fails=True, options=("-R", "-xy"))


def _accepted_syntaxes(lab: Lab) -> None:
    """The option of 1.9.0 that replaces the older ones."""
    lab.start(AcceptedTransferSyntaxes=[str(ImplicitVRLittleEndian)])
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian]), _ACCEPTED)
    client.abort()


def _sop_class(lab: Lab) -> None:
    lab.start(UnknownSopClassAccepted=False)
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [PRIVATE_SOP_CLASS, CTImageStorage]), _ACCEPTED)
    client.release()


def _no_context(lab: Lab) -> None:
    lab.start(UnknownSopClassAccepted=False)
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [PRIVATE_SOP_CLASS]), _ACCEPTED)
    client.abort()


def _gives_up(lab: Lab) -> None:
    """The image is JPEG, the client offers its SOP class uncompressed only, is accepted, and cannot send."""
    lab.start()
    client = lab.raw_client()
    _require(client.associate("US_ROOM3", "ORTHANC", [CTImageStorage], [ImplicitVRLittleEndian]), _ACCEPTED)
    client.release()


def _application_context(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    _require(
        client.associate(CT_ROOM, "ORTHANC", [VERIFICATION], application_context="1.2.840.10008.3.1.1.2"), _REJECTED
    )


def _repeated_contexts(lab: Lab) -> None:
    """Two presentation contexts with the same identifier."""
    lab.start()
    client = lab.raw_client()
    request = association_request(CT_ROOM, "ORTHANC", [VERIFICATION, CTImageStorage], [ImplicitVRLittleEndian])
    second = request.rindex(_CONTEXT_ITEM) + len(_CONTEXT_ITEM) + 2
    client.send(request[:second] + b"\x01" + request[second + 1 :])
    client.receive_some()
    client.abort()


# ---- what goes wrong on the way


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
    _require(client.associate(CT_ROOM, "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian]), _ACCEPTED)
    client.begin_store(CTImageStorage, CT_LARGE.instance_uid, CT_LARGE.write(lab.folder).read_bytes()[400:4400])
    time.sleep(0.5)
    return client


def _abort_after_echo(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), _ACCEPTED)
    client.echo()
    client.abort()
    time.sleep(0.5)


def _disconnect(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), _ACCEPTED)
    client.echo()
    client.close()
    time.sleep(0.5)


def _idle_client(lab: Lab) -> None:
    lab.start(DicomScpTimeout=2)
    client = lab.raw_client()
    _require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION]), _ACCEPTED)
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


_UNKNOWN_KEYS = ("DICOM authorization rejected", "Rejected ", "is not listed in")

SCENARIOS = (
    Scenario(
        "called-aet-mismatch",
        "called-aet-mismatch",
        "DicomCheckCalledAet is true, and a modality calls another AET.",
        _called_aet_mismatch,
        ("bad called AET",),
        "C-ECHO",
        "DicomAet, DicomCheckCalledAet, or the called AET at the modality",
    ),
    Scenario(
        "called-aet-case",
        "called-aet-mismatch",
        "StrictAetComparison: the called AET differs in case only.",
        _called_aet_case,
        ("bad called AET",),
        "C-ECHO",
        "StrictAetComparison, or the called AET at the modality",
    ),
    Scenario(
        "calling-aet-unknown-find",
        "calling-aet-unknown",
        "An AET that is not in DicomModalities queries.",
        _unknown_find,
        _UNKNOWN_KEYS,
        "C-FIND",
        "DicomModalities, DicomAlwaysAllowFind",
    ),
    Scenario(
        "calling-aet-unknown-move",
        "calling-aet-unknown",
        "An AET that is not in DicomModalities retrieves.",
        _unknown_move,
        _UNKNOWN_KEYS,
        "C-MOVE",
        "DicomModalities, DicomAlwaysAllowMove",
    ),
    Scenario(
        "calling-aet-unknown-store",
        "calling-aet-unknown",
        "DicomAlwaysAllowStore is false, and an AET that is not in DicomModalities stores.",
        _unknown_store,
        _UNKNOWN_KEYS,
        "C-STORE",
        "DicomModalities, DicomAlwaysAllowStore",
    ),
    Scenario(
        "calling-aet-unknown-echo",
        "calling-aet-unknown",
        "DicomAlwaysAllowEcho is false, and an AET that is not in DicomModalities echoes.",
        _unknown_echo,
        _UNKNOWN_KEYS,
        "C-ECHO",
        "DicomModalities, DicomAlwaysAllowEcho",
    ),
    Scenario(
        "calling-aet-unknown-all",
        "calling-aet-unknown",
        "Nothing is allowed to unknown AETs: their associations are rejected.",
        _unknown_all,
        _UNKNOWN_KEYS,
        "association",
        "DicomModalities, DicomAlwaysAllow…",
    ),
    Scenario(
        "modality-not-allowed-find",
        "modality-not-allowed",
        "The AET is in DicomModalities with AllowFind false.",
        _find_not_allowed,
        ("DICOM authorization rejected", "Rejected "),
        "C-FIND",
        "DicomModalities.ct.AllowFind",
    ),
    Scenario(
        "modality-not-allowed-store",
        "modality-not-allowed",
        "The AET is in DicomModalities with AllowStore false.",
        _store_not_allowed,
        ("DICOM authorization rejected", "Rejected "),
        "C-STORE",
        "DicomModalities.ct.AllowStore",
    ),
    Scenario(
        "modality-wrong-host",
        "modality-wrong-host",
        "DicomCheckModalityHost: a known AET calls from another address.",
        _wrong_host,
        ("Forbidding access from AET", "Rejected "),
        "association",
        "DicomModalities.ct (host), DicomCheckModalityHost",
    ),
    Scenario(
        "unsupported-transfer-syntax-in",
        "unsupported-transfer-syntax",
        "JPEG is switched off, and a modality offers its image in JPEG only.",
        _transfer_syntax,
        ("but no valid presentation contexts", "(Transfer Syntaxes Not Supported)", "Association Aborted"),
        "C-STORE",
        "JpegTransferSyntaxAccepted, AcceptedTransferSyntaxes",
    ),
    Scenario(
        "unsupported-transfer-syntax-accepted-list",
        "unsupported-transfer-syntax",
        "AcceptedTransferSyntaxes holds implicit VR only, and a modality offers explicit VR only.",
        _accepted_syntaxes,
        ("but no valid presentation contexts", "(Transfer Syntaxes Not Supported)", "Association Aborted"),
        "C-STORE",
        "AcceptedTransferSyntaxes",
        minimum=(1, 9, 0),
    ),
    Scenario(
        "unsupported-sop-class-in",
        "unsupported-sop-class",
        "A private SOP class beside CT; UnknownSopClassAccepted is false.",
        _sop_class,
        ("(Abstract Syntax Not Supported)",),
        "C-STORE",
        "UnknownSopClassAccepted",
    ),
    Scenario(
        "no-accepted-presentation-context",
        "no-accepted-presentation-context",
        "Only a private SOP class is proposed; UnknownSopClassAccepted is false.",
        _no_context,
        ("but no valid presentation contexts", "(Abstract Syntax Not Supported)", "Association Aborted"),
        "C-STORE",
        "UnknownSopClassAccepted",
    ),
    Scenario(
        "client-gives-up",
        "client-gives-up",
        "A client is accepted, cannot send its image in what was agreed, and leaves.",
        _gives_up,
        ("Association Release",),
        "C-STORE",
        "at the client",
    ),
    Scenario(
        "repeated-contexts",
        "too-many-contexts",
        "Two presentation contexts have the same identifier.",
        _repeated_contexts,
        ("Bad presentation context", "presentation context ID"),
        "association",
        "at the client",
    ),
    Scenario(
        "application-context-not-supported",
        "application-context-not-supported",
        "The request names another application context.",
        _application_context,
        ("Bad Application Context Name",),
        "association",
        "at the client",
    ),
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
