"""What is rarely seen, and what Orthanc then says in words that mean something else elsewhere."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, CT_LARGE, ROOT, Image, write_worklist
from tools.record.raw_client import ACCEPTED, require
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.healthy import STUDY, expect
from tools.record.scenarios.storage import WORKLIST_PLUGIN
from tools.record.sop_classes import VERIFICATION
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab

_COMMITMENT = "1.2.840.10008.1.20.1"
_WITHOUT_STUDY = Image("without-study", 10, left_out=("StudyInstanceUID",))


def _cancelled_find(lab: Lab) -> None:
    """The client cancels, as a viewer with a limit of its own does, when Orthanc has sent everything.

    Up to 1.12.7 all numbers behind that are hexadecimal, the port of the association that follows too.
    """
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start()
    for number in range(20, 32):
        lab.upload(Image(f"ct{number}", number))
    keys = ("QueryRetrieveLevel=IMAGE", f"StudyInstanceUID={ROOT}.1", f"SeriesInstanceUID={ROOT}.1.1", "SOPInstanceUID")
    chosen = [part for key in keys for part in ("-k", key)]
    names = ("-aet", CT_ROOM, "-aec", "ORTHANC", "-S", "--cancel", "3")
    lab.client("findscu", "-v", *names, *chosen, LOOPBACK, "{port}").wait(60)
    clients.echo(lab)
    expect(lab.rest.post("/modalities/pacs/echo", {}))


def _silent_beside_busy(lab: Lab) -> None:
    """Two clients fall silent while a third one goes on."""
    lab.start(DicomScpTimeout=2)
    idle = [lab.raw_client() for _ in range(2)]
    for number, client in enumerate(idle, 1):
        require(client.associate(f"SILENT{number}", "ORTHANC", [VERIFICATION]), ACCEPTED)
    busy = lab.raw_client()
    require(busy.associate("BUSY", "ORTHANC", [VERIFICATION]), ACCEPTED)
    for message in range(1, 6):
        busy.echo(message)
        time.sleep(0.7)
    busy.release()
    for client in idle:
        client.receive_all()


def _failure_beside_store(lab: Lab) -> None:
    """An image that lacks an identifier comes in while another client's image is on its way."""
    lab.start()
    slow = lab.raw_client()
    require(slow.associate("SLOW", "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian]), ACCEPTED)
    slow.begin_store(CTImageStorage, CT_LARGE.instance_uid, CT_LARGE.write(lab.folder).read_bytes()[400:4400])
    time.sleep(0.5)
    clients.store(lab, _WITHOUT_STUDY.write(lab.folder), aet="US_ROOM3", fails=None)
    time.sleep(0.5)
    slow.abort()
    time.sleep(0.5)


def _damaged_worklist_file(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port())
    folder = write_worklist(lab.folder)
    (folder / "damaged.wl").write_text("no DICOM\n", encoding="ascii")
    lab.start(Plugins=[WORKLIST_PLUGIN], Worklists={"Enable": True, "Database": str(folder)})
    clients.find(lab, "PatientName", "AccessionNumber", model="-W")
    time.sleep(0.5)


def _damaged_storage_file(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.exit(clients.storescp(lab, aet=CT_ROOM)))
    lab.start(StorageCompression=True, MaximumStorageCacheSize=0)
    lab.upload(CT1)
    for path in (lab.folder / "storage").glob("??/??/*"):
        path.write_bytes(path.read_bytes()[:60])
    clients.move(lab, CT_ROOM, *STUDY)


def _commitment_of_nothing(lab: Lab) -> None:
    """N-ACTION without ReferencedSOPSequence: Orthanc closes the connection."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    entity = AE(ae_title=CT_ROOM)
    entity.dimse_timeout = 5
    entity.add_requested_context(_COMMITMENT, [ExplicitVRLittleEndian])
    asked = entity.associate(LOOPBACK, lab.entrance(), ae_title="ORTHANC")
    information = Dataset()
    information.TransactionUID = f"{ROOT}.500.2"
    with contextlib.suppress(RuntimeError, ValueError):
        asked.send_n_action(information, 1, _COMMITMENT, f"{_COMMITMENT}.1")
    time.sleep(1)


SCENARIOS = (
    Scenario("healthy-find-cancelled", HEALTHY, "A client cancels a C-FIND that is already answered.", _cancelled_find),
    Scenario(
        "silent-beside-busy",
        "scp-timeout",
        "Two clients stay silent until DicomScpTimeout, a third one does not.",
        _silent_beside_busy,
        ("DIMSE failure",),
        "association",
        "DicomScpTimeout",
    ),
    Scenario(
        "failure-beside-store",
        "several",
        "An image without StudyInstanceUID while another image is coming in and breaks off.",
        _failure_beside_store,
        ("required tags", "Store SCP Failed"),
        "C-STORE",
        "at the modality",
        by_calling_aet={"US_ROOM3": "dicom-file-without-identifiers", "SLOW": "peer-aborted"},
    ),
    Scenario(
        "worklist-file-damaged",
        "worklist-database-missing",
        "A file in the folder of the worklists is no DICOM file.",
        _damaged_worklist_file,
        ("Cannot parse an invalid DICOM file",),
        "C-FIND",
        "Worklists.Database: remove the file",
    ),
    Scenario(
        "storage-file-damaged",
        "storage-file-corrupt",
        "A file of the storage was truncated, and a C-MOVE needs it.",
        _damaged_storage_file,
        ("Corrupted file", "beyond the end of a file"),
        "C-MOVE",
        "restore the file from a backup",
    ),
    Scenario(
        "commitment-of-nothing",
        "storage-commitment-failed",
        "A request for storage commitment names no instances.",
        _commitment_of_nothing,
        ("Missing mandatory sequence",),
        "N-ACTION",
        "at the modality",
    ),
)
