"""Which conversations are rendered in the words of programs that do not run where the recordings are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.record.images import ROOT
from tools.record.wire import LOOPBACK
from tools.record_other_side import as_dcm4che, as_fodicom
from tools.record_other_side.conversations import Stage, ask_for_studies, be_stored_to, send, send_to_wrong_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.record.wire import Connection

_DCM4CHE = "dcm4che 5.34's sources"
_FO_DICOM = "fo-dicom 5.1's sources"


@dataclass(frozen=True, slots=True)
class Rendering:
    """``conversation`` is had by other programs; ``write`` renders it; ``sources`` are those of the format strings."""

    name: str
    product: str
    cause: str
    sources: str
    conversation: Callable[[Stage], None]
    write: Callable[[Sequence[Connection]], str]
    server: bool = False


def _abort(stage: Stage) -> None:
    ask_for_studies(stage, "STRANGER")


def _move(stage: Stage) -> None:
    port = stage.knowing_client()
    stage.lab.upload()
    keys = ("-S", "-aem", "NOWHERE", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={ROOT}.1")
    stage.say("movescu", "-aet", "CT_ROOM2", "-aec", "ORTHANC", *keys, LOOPBACK, str(port))


RENDERINGS = (
    Rendering("dcm4che-tool", "dcm4che", "healthy", _DCM4CHE, send, as_dcm4che.tool),
    Rendering("dcm4che-tool-called-aet", "dcm4che", "called-aet-mismatch", _DCM4CHE, send_to_wrong_title,
              as_dcm4che.tool),
    Rendering("dcm4che-tool-calling-aet", "dcm4che", "calling-aet-unknown", _DCM4CHE, _abort, as_dcm4che.tool),
    Rendering("dcm4che-tool-destination", "dcm4che", "peer-move-status-failure", _DCM4CHE, _move, as_dcm4che.tool),
    Rendering("dcm4che-wildfly", "dcm4che", "healthy", _DCM4CHE, be_stored_to, as_dcm4che.archive, server=True),
    Rendering("dcm4che2-tool-called-aet", "dcm4che", "called-aet-mismatch", "dcm4che 2.0.24's sources",
              send_to_wrong_title, as_dcm4che.old_tool),
    Rendering("fo-dicom-client", "fo-dicom", "healthy", _FO_DICOM, send, as_fodicom.client),
    Rendering("fo-dicom-client-called-aet", "fo-dicom", "called-aet-mismatch", _FO_DICOM, send_to_wrong_title,
              as_fodicom.client),
    Rendering("fo-dicom-client-calling-aet", "fo-dicom", "calling-aet-unknown", _FO_DICOM, _abort, as_fodicom.client),
    Rendering("fo-dicom-server", "fo-dicom", "healthy", _FO_DICOM, be_stored_to, as_fodicom.server, server=True),
)  # fmt: skip
