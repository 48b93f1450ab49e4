"""Several do the same at once, and it ends differently for each; two Orthancs that talk with each other."""

from __future__ import annotations

import json
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import ROOT, Image
from tools.record.peers import DicomPeer
from tools.record.processes import Child, free_port
from tools.record.raw_client import ACCEPTED, require
from tools.record.rest import Rest
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.healthy import STUDY, expect
from tools.record.sop_classes import STUDY_ROOT_GET, VERIFICATION
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record.lab import Lab

_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_IMAGES = tuple(Image(f"ct{number}", number) for number in range(200, 204))
_SECONDS = 20


def _at_once(*clients: Callable[[], object]) -> None:
    threads = [threading.Thread(target=client) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_SECONDS)
    time.sleep(0.5)


def _gets(lab: Lab) -> None:
    """Three stations retrieve a study: one takes all, one takes some, one takes none; a fourth one aborts."""
    lab.start(DicomAlwaysAllowGet=True)
    for image in _IMAGES:
        lab.upload(image)

    def retrieve(aet: str, source: str, *refused: int) -> None:
        numbers = iter(range(len(_IMAGES)))

        def take(event: evt.Event) -> int:
            time.sleep(0.03)
            if aet == "VIEWER4":
                event.assoc.abort()
            return 0xA700 if next(numbers) in refused else 0x0000

        entity = AE(ae_title=aet)
        for sop_class in (STUDY_ROOT_GET, CTImageStorage):
            entity.add_requested_context(sop_class, list(_SYNTAXES))
        client = entity.associate(
            LOOPBACK, lab.entrance(source), ae_title="ORTHANC", ext_neg=[build_role(CTImageStorage, scp_role=True)],
            evt_handlers=[(evt.EVT_C_STORE, take)],
        )  # fmt: skip
        wanted = Dataset()
        wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", f"{ROOT}.1"
        list(client.send_c_get(wanted, STUDY_ROOT_GET))
        if client.is_established:
            client.release()

    _at_once(
        partial(retrieve, "VIEWER1", "127.0.0.21"),
        partial(retrieve, "VIEWER2", "127.0.0.22", 1, 2),
        partial(retrieve, "VIEWER3", "127.0.0.23", *range(len(_IMAGES))),
    )
    retrieve("VIEWER4", "127.0.0.24")
    time.sleep(0.5)


def _jobs(lab: Lab) -> None:
    """Four jobs store at once, two of them to a peer that is full."""
    full = DicomPeer((CTImageStorage,), _SYNTAXES, status=0xA700, aet="FULL")
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.modality("full", "FULL", lab.exit(lab.dicom_peer(full)))
    lab.start(ConcurrentJobs=4)
    images = [lab.upload(image) for image in _IMAGES]

    def store(modality: str, *, permissive: bool) -> None:
        lab.rest.post(f"/modalities/{modality}/store", {"Resources": images, "Permissive": permissive})

    _at_once(
        partial(store, "pacs", permissive=False),
        partial(store, "full", permissive=False),
        partial(store, "full", permissive=True),
        partial(store, "pacs", permissive=False),
    )


def _broken_off(lab: Lab) -> None:
    """Three images break off while other stations echo: by an abort, a reset, and a closed connection."""
    lab.start()

    def store(number: int, how: str) -> None:
        client = lab.raw_client(f"127.0.0.{20 + number}")
        require(client.associate(f"CT{number}", "ORTHANC", [CTImageStorage], _SYNTAXES[1:]), ACCEPTED)
        client.begin_store(CTImageStorage, f"{ROOT}.9.{number}", bytes(100))
        time.sleep(0.3)
        getattr(client, how)()

    def echo(number: int) -> None:
        client = lab.raw_client(f"127.0.0.{20 + number}")
        require(client.associate(f"MR{number}", "ORTHANC", [VERIFICATION]), ACCEPTED)
        for message in range(1, 9):
            client.echo(message)
            time.sleep(0.1)
        client.release()

    ends = ("abort", "reset", "close")
    _at_once(*(partial(store, n, how) for n, how in enumerate(ends, 1)), partial(echo, 4), partial(echo, 5))


def _between_two(lab: Lab) -> None:
    """Two Orthancs: each one queries the other and retrieves from it, and a third party moves from one to the other."""
    folder, port, http = lab.folder / "second", free_port(), free_port()
    folder.mkdir()
    configuration = {
        "Name": "SECOND", "StorageDirectory": str(folder), "IndexDirectory": str(folder), "DicomAet": "SECOND",
        "DicomPort": port, "HttpPort": http, "Plugins": [],
        "DicomModalities": {"first": ["ORTHANC", LOOPBACK, lab.entrance()]},
    }  # fmt: skip
    path = lab.folder / "second.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    log = lab.folder / "peer-orthanc.log"
    second = Child((*lab.orthanc.command, *lab.options, str(path)), log, lab.folder)
    lab.stack.callback(second.stop)
    lab.modality("second", "SECOND", lab.exit(port))
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    second.wait_listening([http, port])
    for image in _IMAGES[:2]:
        lab.upload(image)

    def retrieve(rest: Rest, modality: str, to: bytes) -> None:
        made = expect(rest.post(f"/modalities/{modality}/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))
        path = made["Path"] if isinstance(made, dict) else None
        expect(rest.call("POST", f"{path}/answers/0/retrieve", to))

    retrieve(Rest(http), "first", b"SECOND")
    clients.move(lab, "SECOND", *STUDY, fails=False)
    retrieve(lab.rest, "second", b"ORTHANC")
    time.sleep(0.5)


SCENARIOS = (
    Scenario(
        "gets-partly-taken",
        "peer-store-status-failure",
        "Four stations retrieve by C-GET; one refuses some of it, one all, and one aborts.",
        _gets,
        ("C-GET SCP: Store Failed", "Store Request Failed"),
        "C-GET",
        "at the station",
        acceptable=("peer-store-status-failure", "peer-aborted", "peer-connection-lost"),
    ),
    Scenario(
        "jobs-at-once",
        "peer-store-status-failure",
        "Four jobs store at once, two of them to a peer that is full.",
        _jobs,
        ("has failed with DIMSE status",),
        "C-STORE",
        "at the peer",
    ),
    Scenario(
        "broken-off-at-once",
        "peer-aborted",
        "Three images break off at once, beside two stations that echo.",
        _broken_off,
        ("Store SCP Failed", "DIMSE failure"),
        "C-STORE",
        "at the stations",
        acceptable=("peer-aborted", "peer-connection-lost"),
    ),
    Scenario(
        "healthy-between-two", HEALTHY, "Two Orthancs query each other and retrieve from each other.", _between_two
    ),
)
