"""Clients that bear one name: what tells them apart is what they ask for, in which order, and who serves them."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt

from tools.record.clients import CT_ROOM
from tools.record.images import ROOT, Image
from tools.record.peers import DicomPeer
from tools.record.scenario import HEALTHY, Scenario
from tools.record.sop_classes import STUDY_ROOT_FIND, VERIFICATION
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynetdicom.association import Association

    from tools.record.lab import Lab

_STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
_IMAGES = tuple(Image(f"ct{number}", number) for number in range(100, 120))
_WITHOUT = Image("without", 150, left_out=("StudyInstanceUID", "SeriesInstanceUID"))


def _associate(lab: Lab, aet: str, *sop_classes: str, receives: bool = False) -> Association:
    entity = AE(ae_title=aet)
    for sop_class in sop_classes:
        entity.add_requested_context(sop_class, [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
    roles = [build_role(CTImageStorage, scp_role=True)] if receives else []
    handlers = [(evt.EVT_C_STORE, _receive)] if receives else []
    return entity.associate(LOOPBACK, lab.entrance(), ae_title="ORTHANC", ext_neg=roles, evt_handlers=handlers)


def _receive(_event: evt.Event) -> int:
    time.sleep(0.05)
    return 0x0000


def _send(lab: Lab, client: Association, image: Image) -> None:
    client.send_c_store(pydicom.dcmread(image.write(lab.folder)))


def _study() -> Dataset:
    keys = Dataset()
    keys.QueryRetrieveLevel = "STUDY"
    keys.StudyInstanceUID = f"{ROOT}.1"
    return keys


def _at_once(*clients: Callable[[], None]) -> None:
    threads = [threading.Thread(target=client) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.3)


def _in_turn(lab: Lab) -> None:
    """Four clients of one AET, one request each in turn; all message ids are 1."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    both = (str(VERIFICATION), CTImageStorage, STUDY_ROOT_FIND)
    echoing, storing, finding, mixed = (_associate(lab, CT_ROOM, *both) for _ in range(4))
    for number in range(4):
        echoing.send_c_echo()
        _send(lab, storing, _IMAGES[number])
        list(finding.send_c_find(_study(), STUDY_ROOT_FIND))
        _send(lab, mixed, _IMAGES[10 + number])
        mixed.send_c_echo()
    storing.abort()
    time.sleep(0.3)
    connection = mixed.dul.socket
    if connection is not None and connection.socket is not None:
        connection.socket.shutdown(socket.SHUT_RDWR)
    time.sleep(0.3)
    echoing.release()
    finding.release()
    time.sleep(0.5)


def _gets_beside_a_store(lab: Lab) -> None:
    """Two clients retrieve, a third one of the same AET stores."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    for image in _IMAGES[:6]:
        lab.upload(image)

    def retrieve() -> None:
        client = _associate(lab, CT_ROOM, _STUDY_ROOT_GET, CTImageStorage, receives=True)
        list(client.send_c_get(_study(), _STUDY_ROOT_GET))
        client.release()

    def store() -> None:
        client = _associate(lab, CT_ROOM, CTImageStorage)
        for image in _IMAGES[10:18]:
            _send(lab, client, image)
        client.release()

    _at_once(retrieve, store, retrieve)


def _without_identifiers_at_two(lab: Lab) -> None:
    """Two modalities send the same image that lacks identifiers, between good ones."""
    lab.start()
    for image in (_WITHOUT, *_IMAGES[:4]):
        image.write(lab.folder)

    def store(aet: str, *bad: int) -> None:
        client = _associate(lab, aet, CTImageStorage)
        for number in range(4):
            _send(lab, client, _WITHOUT if number in bad else _IMAGES[number])
        client.release()

    _at_once(lambda: store("CT1", 1), lambda: store("CT1"), lambda: store("MR1", 2, 3))


def _query_then_check(lab: Lab) -> None:
    """Orthanc queries a PACS, then asks it for C-ECHO and C-FIND on one association."""
    peer = DicomPeer((STUDY_ROOT_FIND,), (ImplicitVRLittleEndian, ExplicitVRLittleEndian))
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}})
    lab.rest.post("/modalities/pacs/echo", {"CheckFind": True})
    time.sleep(0.3)


SCENARIOS = (
    Scenario(
        "healthy-query-then-check-out",
        HEALTHY,
        "Orthanc queries a PACS, then checks it by C-ECHO and C-FIND.",
        _query_then_check,
    ),
    Scenario(
        "alike-in-turn",
        "peer-aborted",
        "Four clients of one AET ask in turn; one aborts, one closes TCP.",
        _in_turn,
        ("Peer aborted Association", "DUL "),
        "association",
        "at the client",
        acceptable=("peer-aborted", "peer-connection-lost"),
    ),
    Scenario(
        "healthy-gets-beside-store",
        HEALTHY,
        "Two clients of one AET retrieve by C-GET, a third one stores.",
        _gets_beside_a_store,
    ),
    Scenario(
        "file-without-identifiers-at-two",
        "dicom-file-without-identifiers",
        "Two modalities send the same image that lacks identifiers.",
        _without_identifiers_at_two,
        ("required tags",),
        "C-STORE",
        "at the modality",
    ),
)
