"""Others call Orthanc, and there is nothing that both can speak: contexts, transfer syntaxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT_JPEG, PRIVATE_SOP_CLASS
from tools.record.raw_client import ACCEPTED, REJECTED, association_request, require
from tools.record.scenario import Scenario
from tools.record.sop_classes import PERFORMED_PROCEDURE_STEP, PRINT_MANAGEMENT, VERIFICATION

if TYPE_CHECKING:
    from tools.record.lab import Lab

_CONTEXT_ITEM = b"\x20\x00"
"""Type of a presentation context item and the reserved byte after it (PS3.8 9.3.2.2)."""


def _transfer_syntax(lab: Lab) -> None:
    lab.start(JpegTransferSyntaxAccepted=False)
    clients.store(lab, CT_JPEG.write(lab.folder), fails=True, options=("-R", "-xy"))


def _accepted_syntaxes(lab: Lab) -> None:
    """The option of 1.9.0 that replaces the older ones."""
    lab.start(AcceptedTransferSyntaxes=[str(ImplicitVRLittleEndian)])
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian]), ACCEPTED)
    client.abort()


def _sop_class(lab: Lab) -> None:
    lab.start(UnknownSopClassAccepted=False)
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [PRIVATE_SOP_CLASS, CTImageStorage]), ACCEPTED)
    client.release()


def _no_context(lab: Lab) -> None:
    lab.start(UnknownSopClassAccepted=False)
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [PRIVATE_SOP_CLASS]), ACCEPTED)
    client.abort()


def _only_procedure_steps(lab: Lab) -> None:
    """A modality that reports its procedure steps (MPPS) to Orthanc."""
    lab.start()
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [PERFORMED_PROCEDURE_STEP]), ACCEPTED)
    client.abort()


def _printing(lab: Lab) -> None:
    """A print client, which leaves when it learns that Orthanc does not print."""
    lab.start()
    client = lab.raw_client()
    require(client.associate("PRINT_CLIENT", "ORTHANC", [VERIFICATION, PRINT_MANAGEMENT]), ACCEPTED)
    client.release()


def _gives_up(lab: Lab) -> None:
    """The image is JPEG, the client offers its SOP class uncompressed only, is accepted, and cannot send."""
    lab.start()
    client = lab.raw_client()
    require(client.associate("US_ROOM3", "ORTHANC", [CTImageStorage], [ImplicitVRLittleEndian]), ACCEPTED)
    client.release()


def _application_context(lab: Lab) -> None:
    lab.start()
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [VERIFICATION], application_context="1.2.840.10008.3.1.1.2"), REJECTED)


def _repeated_contexts(lab: Lab) -> None:
    """Two presentation contexts with the same identifier."""
    lab.start()
    client = lab.raw_client()
    request = association_request(CT_ROOM, "ORTHANC", [VERIFICATION, CTImageStorage], [ImplicitVRLittleEndian])
    second = request.rindex(_CONTEXT_ITEM) + len(_CONTEXT_ITEM) + 2
    client.send(request[:second] + b"\x01" + request[second + 1 :])
    client.receive_some()
    client.abort()


SCENARIOS = (
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
        "service-not-served",
        "unsupported-sop-class",
        "Only Modality Performed Procedure Step is proposed, a service that Orthanc does not offer.",
        _only_procedure_steps,
        ("but no valid presentation contexts", "(Abstract Syntax Not Supported)", "Association Aborted"),
        "N-CREATE",
        "at the modality",
        acceptable=("unsupported-sop-class", "no-accepted-presentation-context"),
    ),
    Scenario(
        "service-refused-and-left",
        "unsupported-sop-class",
        "Printing is proposed beside C-ECHO and refused; the client asks for nothing and leaves.",
        _printing,
        ("(Abstract Syntax Not Supported)", "Association Acknowledged", "Association Release"),
        "N-CREATE",
        "at the client",
        acceptable=("unsupported-sop-class", "client-gives-up"),
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
)
