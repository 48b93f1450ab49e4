"""Peers answer with a status that is not success."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from tools.record.images import CT1, CT2
from tools.record.peers import DicomPeer
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import expect
from tools.record.scenarios.outgoing import failing
from tools.record.sop_classes import STUDY_ROOT_FIND

if TYPE_CHECKING:
    from tools.record.lab import Lab

_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def _store(status: int, lab: Lab) -> None:
    peer = DicomPeer((CTImageStorage,), _SYNTAXES, status=status)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    lab.rest.post("/modalities/pacs/store", [lab.upload(CT1), lab.upload(CT2)])


def _store_warning(lab: Lab) -> None:
    peer = DicomPeer((CTImageStorage,), _SYNTAXES, status=0xB000)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    expect(lab.rest.post("/modalities/pacs/store", lab.upload(CT1)))


def _find(status: int, lab: Lab) -> None:
    peer = DicomPeer((STUDY_ROOT_FIND,), _SYNTAXES, status=status)
    lab.modality("pacs", "PACS", lab.exit(lab.dicom_peer(peer)))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {"PatientID": "P0001"}}))


_STORE = (
    ("out-of-resources", 0xA700),
    ("does-not-match", 0xA900),
    ("cannot-understand", 0xC000),
    ("not-authorised", 0x0124),
    ("sop-class-not-supported", 0x0122),
)
_FIND = (("out-of-resources", 0xA700), ("unable-to-process", 0xC001))

SCENARIOS = (
    *(
        Scenario(
            f"store-status-{name}",
            "peer-store-status-failure",
            f"The peer answers each C-STORE with 0x{status:04x}.",
            partial(_store, status),
            ("has failed with DIMSE status", f"DIMSE Status                  : 0x{status:04x}"),
            "C-STORE",
            "at the peer",
        )
        for name, status in _STORE
    ),
    Scenario(
        "store-status-warning",
        "peer-store-status-warning",
        "The peer answers each C-STORE with the warning 0xb000.",
        _store_warning,
        ("DIMSE Status                  : 0xb000",),
        "C-STORE",
        "at the peer",
    ),
    Scenario(
        "store-status-duplicate",
        "peer-store-status-warning",
        "The peer holds the images and answers each C-STORE with 0x0111; that fails no job.",
        partial(_store, 0x0111),
        ("DIMSE Status                  : 0x0111",),
        "C-STORE",
        "nowhere",
        minimum=(1, 12, 4),
    ),
    *(
        Scenario(
            f"find-status-{name}",
            "peer-find-status-failure",
            f"The peer answers the C-FIND with 0x{status:04x}.",
            partial(_find, status),
            ("has failed with DIMSE status", f"DIMSE Status                  : 0x{status:04x}"),
            "C-FIND",
            "at the peer",
        )
        for name, status in _FIND
    ),
)
