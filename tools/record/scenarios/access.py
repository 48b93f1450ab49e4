"""Others call Orthanc, and it does not want them: AETs, addresses, permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT1
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import STUDY

if TYPE_CHECKING:
    from tools.record.lab import Lab


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
)
