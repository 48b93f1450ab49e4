"""The storage area and the index, and what is refused on its way there."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tools.record import clients
from tools.record.images import CT1, CT2, CT_LARGE, ROOT, write_worklist
from tools.record.processes import RecordingError
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import WORKLIST_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tools.record.lab import Lab

_SCHEMA_VERSION = 1
"""Key of the schema's version in the table GlobalProperties of Orthanc's SQLite index."""


_FIRST_ELEMENT = b"\x08\x00\x16\x00UI"
_SERIES_INSTANCE_UID = b"\x20\x00\x0e\x00UI"
"""SOP Class UID, the first element of the images, and Series Instance UID, as explicit VR little endian."""


def _earlier_run(lab: Lab) -> Path:
    """Let Orthanc make its index, with a log of its own; the index file."""
    child = lab.launch(lab.write_configuration(), lab.folder / "peer-orthanc.log", ())
    child.wait_listening([lab.http_port])
    child.stop()
    return lab.folder / "storage" / "index"


def _database_corrupt(lab: Lab) -> None:
    index = _earlier_run(lab)
    content = index.read_bytes()
    index.write_bytes(content[:100] + bytes(len(content) - 100))
    lab.start_in_vain()


def _no_database(lab: Lab) -> None:
    index = _earlier_run(lab)
    index.write_text("this is no database\n" * 200, encoding="ascii")
    lab.start_in_vain()


def _schema_too_new(lab: Lab) -> None:
    with sqlite3.connect(_earlier_run(lab)) as index:
        index.execute("UPDATE GlobalProperties SET value = '999' WHERE property = ?", (_SCHEMA_VERSION,))
    index.close()
    lab.start_in_vain()


def _file_missing(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start(MaximumStorageCacheSize=0)
    instance = lab.upload(CT1)
    files = [path for path in (lab.folder / "storage").glob("??/??/*") if path.is_file()]
    for path in files:
        path.unlink()
    status, _ = lab.rest.get(f"/instances/{instance}/file")
    if status < 400:
        message = "the file is still there"
        raise RecordingError(message)
    lab.rest.post("/modalities/pacs/store", instance)


def _file_missing_in_query(lab: Lab) -> None:
    """A C-FIND asks for a tag that only the file holds, and the file was deleted behind Orthanc's back."""
    lab.modality("ct", clients.CT_ROOM, lab.port())
    lab.start(MaximumStorageCacheSize=0)
    lab.upload(CT1)
    for path in (lab.folder / "storage").glob("??/??/*"):
        path.unlink()
    study = (f"StudyInstanceUID={ROOT}.1", f"SeriesInstanceUID={ROOT}.1.1")
    clients.find(lab, "QueryRetrieveLevel=IMAGE", *study, "SOPInstanceUID", "BitsStored")


def _table_missing(lab: Lab) -> None:
    """The index lacks a table, as after a repair that went wrong; Orthanc starts, and cannot store."""
    with sqlite3.connect(_earlier_run(lab)) as index:
        index.execute("DROP TABLE MainDicomTags")
    index.close()
    lab.start()
    clients.store(lab, CT1.write(lab.folder), fails=None)


def _full_rejects(lab: Lab) -> None:
    lab.start(MaximumStorageSize=1, MaximumStorageMode="Reject")
    for image in (CT1, CT_LARGE):
        clients.store(lab, image.write(lab.folder), fails=None)


def _recycled(lab: Lab) -> None:
    """A file that is larger than the whole quota: nothing that could be recycled makes room for it."""
    lab.start(MaximumStorageSize=1)
    clients.store(lab, CT1.write(lab.folder))
    clients.store(lab, CT_LARGE.write(lab.folder), fails=None)


def _filtered_by(answer: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        script = lab.folder / "filter.lua"
        function = f"function ReceivedInstanceFilter(dicom, origin, info)\n  return {answer}\nend\n"
        script.write_text(function, encoding="utf-8")
        lab.start(LuaScripts=[str(script)])
        clients.store(lab, CT1.write(lab.folder), CT2.write(lab.folder), fails=None)

    return run


def _corrupt_dicom(lab: Lab, *, leaves: bool = False) -> None:
    """``leaves``: without a release, as a client does that takes the failure for fatal."""
    lab.start()
    client = lab.raw_client()
    client.associate(clients.CT_ROOM, "ORTHANC", [CTImageStorage], [ExplicitVRLittleEndian])
    whole = CT1.write(lab.folder).read_bytes()
    start = whole.index(_FIRST_ELEMENT)
    inside = whole.index(_SERIES_INSTANCE_UID) + 16
    client.store(CTImageStorage, CT1.instance_uid, whole[start:inside])
    time.sleep(1)
    if leaves:
        client.close()
    else:
        client.release()


def _worklist_folder_missing(lab: Lab) -> None:
    lab.modality("ct", clients.CT_ROOM, lab.port())
    write_worklist(lab.folder)
    lab.configure(Worklists={"Enable": True, "Database": str(lab.folder / "nosuch")})
    child = lab.launch(_with_plugin(lab))
    try:
        child.wait_listening([lab.http_port, lab.dicom_port])
    except RecordingError:
        return
    clients.find(lab, "PatientName", "AccessionNumber", model="-W")
    time.sleep(0.5)


def _with_plugin(lab: Lab) -> Path:
    lab.configure(Plugins=[WORKLIST_PLUGIN])
    return lab.write_configuration()


_STOPPING = "Uncaught exception, stopping now"

SCENARIOS = (
    Scenario(
        "database-corrupt",
        "database-corrupt",
        "The index is damaged.",
        _database_corrupt,
        ("malformed", "not a database", _STOPPING),
        "startup",
        "IndexDirectory: restore a backup",
    ),
    Scenario(
        "database-is-none",
        "database-corrupt",
        "The index file is no database.",
        _no_database,
        ("not a database", _STOPPING),
        "startup",
        "IndexDirectory: restore a backup",
    ),
    Scenario(
        "database-schema-too-new",
        "database-schema-too-new",
        "The index was made by a later version.",
        _schema_too_new,
        ("Incompatible version of the Orthanc database", "version of the database", _STOPPING),
        "startup",
        "a newer Orthanc",
    ),
    Scenario(
        "storage-file-missing",
        "storage-file-missing",
        "A file was deleted behind Orthanc's back, then it is asked for.",
        _file_missing,
        ("does not point to a regular file", "Not a regular file", "An instance was removed"),
        "C-STORE",
        "StorageDirectory: restore the file",
    ),
    Scenario(
        "storage-file-missing-in-query",
        "storage-file-missing",
        "A C-FIND needs a file that was deleted behind Orthanc's back.",
        _file_missing_in_query,
        ("does not point to a regular file", "C-FIND request handler has failed"),
        "C-FIND",
        "StorageDirectory: restore the file",
    ),
    Scenario(
        "database-table-missing",
        "database-corrupt",
        "The index lacks a table, and an image comes in.",
        _table_missing,
        ("no such table", "Exception while storing DICOM", "Store failure"),
        "C-STORE",
        "IndexDirectory: restore a backup",
    ),
    Scenario(
        "storage-full-rejects",
        "storage-full-reject",
        "MaximumStorageMode is Reject, and the quota is used up.",
        _full_rejects,
        ("The file storage is full", "storage is full", "Exception while storing DICOM"),
        "C-STORE",
        "MaximumStorageSize, MaximumStorageMode",
        minimum=(1, 11, 3),
    ),
    Scenario(
        "storage-too-small",
        "storage-recycling",
        "MaximumStorageSize is smaller than one image.",
        _recycled,
        ("The file storage is full", "Exception while storing DICOM"),
        "C-STORE",
        "MaximumStorageSize",
    ),
    Scenario(
        "incoming-filter",
        "incoming-filter",
        "A Lua filter discards every image of a patient.",
        _filtered_by("dicom.PatientID ~= 'P0001'"),
        ("discarded by the filter", "has been discarded"),
        "C-STORE",
        "LuaScripts (ReceivedInstanceFilter)",
    ),
    Scenario(
        "lua-filter-answers-number",
        "lua-script-error",
        "A Lua filter of received instances answers with a number instead of true or false.",
        _filtered_by("5"),
        ("not a predicate",),
        "C-STORE",
        "LuaScripts (ReceivedInstanceFilter)",
    ),
    Scenario(
        "corrupt-dicom-received",
        "corrupt-dicom-received",
        "C-STORE of a data set that ends inside an element; Orthanc never answers it.",
        _corrupt_dicom,
        ("premature end of stream", "Store SCP Failed"),
        "C-STORE",
        "at the modality",
    ),
    Scenario(
        "corrupt-dicom-received-and-left",
        "corrupt-dicom-received",
        "C-STORE of a data set that ends inside an element; the client then closes the connection.",
        partial(_corrupt_dicom, leaves=True),
        ("premature end of stream", "Store SCP Failed"),
        "C-STORE",
        "at the modality",
    ),
    Scenario(
        "worklist-folder-missing",
        "worklist-database-missing",
        "The folder of the worklist plugin does not exist.",
        _worklist_folder_missing,
        ("Inexistent folder", "nosuch"),
        "C-FIND",
        "Worklists.Database",
    ),
)
