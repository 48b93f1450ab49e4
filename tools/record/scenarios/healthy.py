"""Nothing fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tools.record import clients
from tools.record.certificates import Authority
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, CT2, ROOT, write_worklist
from tools.record.processes import RecordingError
from tools.record.raw_client import ACCEPTED, require
from tools.record.scenario import HEALTHY, Scenario
from tools.record.sop_classes import VERIFICATION

if TYPE_CHECKING:
    from tools.record.lab import Lab

STUDY = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={ROOT}.1")
WORKLIST_PLUGIN = "/usr/share/orthanc/plugins/libModalityWorklists.so"


def expect(answer: tuple[int, object], status: int = 200) -> object:
    """The body of a REST answer with this HTTP status; raises RecordingError otherwise."""
    if answer[0] != status:
        message = f"REST answered {answer[0]} instead of {status}: {answer[1]}"
        raise RecordingError(message)
    return answer[1]


def _echo_in(lab: Lab) -> None:
    lab.start()
    clients.echo(lab)
    clients.echo(lab, "MR_ROOM1", source="127.0.0.21")


def _store_in(lab: Lab) -> None:
    lab.start()
    clients.store(lab, CT1.write(lab.folder), CT2.write(lab.folder))


def _find_in(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    lab.upload(CT1)
    clients.find(lab, fails=False)
    clients.find(lab, "QueryRetrieveLevel=STUDY", "PatientName=NOBODY*", fails=False)


def _move_in(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("viewer", "VIEWER", lab.exit(clients.storescp(lab, aet="VIEWER")))
    lab.start()
    lab.upload(CT1)
    lab.upload(CT2)
    clients.move(lab, "VIEWER", *STUDY, fails=False)


def _get_in(lab: Lab) -> None:
    lab.start(DicomAlwaysAllowGet=True)
    lab.upload(CT1)
    clients.get(lab, *STUDY)


def _echo_out(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start()
    expect(lab.rest.post("/modalities/pacs/echo", {}))


def _store_out(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start()
    expect(lab.rest.post("/modalities/pacs/store", [lab.upload(CT1), lab.upload(CT2)]))


def _find_out(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.query_server(lab, (CT1.write(lab.folder),))))
    lab.start()
    expect(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))


def _move_out(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.query_server(lab, (CT1.write(lab.folder),))))
    lab.start()
    retrieve(lab, 200)


def retrieve(lab: Lab, status: int) -> None:
    """Let Orthanc query ``pacs`` and retrieve the answer to itself; ``status``: of the retrieval's HTTP answer."""
    made = expect(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))
    if not isinstance(made, dict):
        message = f"the query answered {made}"
        raise RecordingError(message)
    expect(lab.rest.call("POST", f"{made['Path']}/answers/0/retrieve", b"ORTHANC"), status)


def _worklist_in(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    lab.configure(Worklists={"Enable": True, "Database": str(write_worklist(lab.folder))})
    lab.start(Plugins=[WORKLIST_PLUGIN])
    clients.find(lab, "PatientName", "AccessionNumber", model="-W", fails=False)


def _idle(lab: Lab) -> None:
    lab.start()
    expect(lab.rest.get("/system"))
    time.sleep(1)


def _tls_in(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    ours, theirs = authority.issue("orthanc"), authority.issue("modality")
    lab.start(
        DicomTlsEnabled=True,
        DicomTlsCertificate=str(ours.certificate),
        DicomTlsPrivateKey=str(ours.key),
        DicomTlsTrustedCertificates=str(authority.certificate),
    )
    lab.not_dicom = {
        "calling_aet": CT_ROOM,
        "called_aet": "ORTHANC",
        "outcome": "accepted",
        "ended": "released",
        "ended_by": "peer",
        "contexts_proposed": 1,
        "contexts_accepted": 1,
        "operations": [{"command": "C-ECHO", "requested_by": "peer", "status": "0x0000"}],
        "ok": True,
    }
    keys = ("+tls", str(theirs.key), str(theirs.certificate), "+cf", str(authority.certificate))
    client = lab.client("echoscu", "-v", "-aet", CT_ROOM, "-aec", "ORTHANC", *keys, "127.0.0.1", "{port}")
    if client.wait(60) != 0:
        message = "the TLS client failed"
        raise RecordingError(message)


def _scu_of_two(lab: Lab) -> None:
    """A modality that sends, then queries."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    clients.store(lab, CT1.write(lab.folder))
    clients.find(lab, "QueryRetrieveLevel=SERIES", "StudyInstanceUID", "SeriesInstanceUID", fails=False)


def _rejected_twice_ok(lab: Lab) -> None:
    """The same image twice: it is kept once, and the sender is told so with success."""
    lab.start()
    for _ in range(2):
        clients.store(lab, CT1.write(lab.folder))


def _query_without_answer(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.query_server(lab, (CT1.write(lab.folder),))))
    lab.start()
    expect(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "NOBODY"}}))


def _visitors(lab: Lab) -> None:
    """A load balancer checks the port, and a modality offers something in a syntax that is not accepted."""
    lab.start(AcceptedTransferSyntaxes=[str(ImplicitVRLittleEndian)])
    for _ in range(3):
        lab.raw_client("127.0.0.66").close()
        time.sleep(0.3)
    client = lab.raw_client("127.0.0.21")
    require(client.associate("MR_ROOM1", "ORTHANC", [VERIFICATION, CTImageStorage], [ExplicitVRLittleEndian]), ACCEPTED)
    client.echo()
    client.release()


def _healthy(name: str, description: str, run: object, **more: object) -> Scenario:
    return Scenario(name, HEALTHY, description, run, **more)  # type: ignore[arg-type]


SCENARIOS = (
    _healthy("healthy-idle", "Orthanc starts, serves nobody, and is stopped.", _idle),
    _healthy("healthy-echo-in", "C-ECHO from two modalities at two addresses.", _echo_in),
    _healthy("healthy-store-in", "C-STORE of two images from a modality.", _store_in),
    _healthy("healthy-find-in", "C-FIND with one match, then without any.", _find_in),
    _healthy("healthy-move-in", "C-MOVE: Orthanc sends a study to a third station.", _move_in),
    _healthy("healthy-get-in", "C-GET of a study.", _get_in),
    _healthy("healthy-worklist-in", "C-FIND on the modality worklist.", _worklist_in),
    _healthy("healthy-store-find-in", "A modality stores an image, then queries.", _scu_of_two),
    _healthy("healthy-store-twice-in", "The same image is stored twice.", _rejected_twice_ok),
    _healthy("healthy-echo-out", "C-ECHO from Orthanc to a peer.", _echo_out),
    _healthy("healthy-store-out", "C-STORE of two images from Orthanc to a peer.", _store_out),
    _healthy("healthy-find-out", "C-FIND from Orthanc to a PACS, one match.", _find_out),
    _healthy("healthy-find-out-no-match", "C-FIND from Orthanc to a PACS, no match.", _query_without_answer),
    _healthy("healthy-move-out", "Orthanc queries a PACS and retrieves the study to itself.", _move_out),
    _healthy("healthy-visitors", "A health check of the port, and a modality that offers too much.", _visitors),
    _healthy("healthy-tls-in", "C-ECHO over TLS with certificates on both sides.", _tls_in, minimum=(1, 9, 0)),
)
