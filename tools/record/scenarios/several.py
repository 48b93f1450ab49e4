"""Several clients at once, some failing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tools.record import clients, peers
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, CT2
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.outgoing import failing
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab
    from tools.record.processes import Child

_SECONDS = 90


def _start(
    lab: Lab, program: str, aet: str, aec: str, source: str, *arguments: str, after: tuple[str, ...] = ()
) -> Child:
    return lab.client(program, "-v", "-aet", aet, "-aec", aec, *arguments, LOOPBACK, "{port}", *after, source=source)


def _interleaved(lab: Lab) -> None:
    """Six clients from six addresses at once, two of them failing, and two calls of Orthanc, one of them failing."""
    images = (str(CT1.write(lab.folder)), str(CT2.write(lab.folder)))
    lab.modality("ct", CT_ROOM, lab.port())
    lab.modality("archive", "ARCHIVE", lab.exit(lab.socket_peer(peers.rejecting(1, 1, 7))))
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start(DicomCheckCalledAet=True)
    instance = lab.upload(CT1)
    study = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName", "-k", "StudyInstanceUID")
    started = [
        _start(lab, "storescu", "CT_ROOM3", "ORTHANC", "127.0.0.31", "-R", after=images),
        _start(lab, "findscu", CT_ROOM, "ORTHANC", "127.0.0.32", *study),
        _start(lab, "echoscu", "MR_ROOM1", "ORTHANC", "127.0.0.33", "--repeat", "5"),
        _start(lab, "echoscu", "US_ROOM1", "WRONGAET", "127.0.0.34"),
        _start(lab, "findscu", "STRANGER", "ORTHANC", "127.0.0.35", *study),
        _start(lab, "storescu", "MR_ROOM2", "ORTHANC", "127.0.0.36", "-R", after=images),
    ]
    calls = [
        threading.Thread(target=lambda: failing(lab.rest.post("/modalities/archive/store", instance))),
        threading.Thread(target=lambda: lab.rest.post("/modalities/pacs/store", instance)),
    ]
    for call in calls:
        call.start()
    for client in started:
        client.wait(_SECONDS)
    for call in calls:
        call.join(_SECONDS)


def _healthy_interleaved(lab: Lab) -> None:
    """Five stations echo and store at once."""
    image = str(CT1.write(lab.folder))
    lab.start()
    started = [
        _start(lab, "storescu", f"CT_ROOM{number}", "ORTHANC", f"127.0.0.{40 + number}", "-R", after=(image,))
        for number in range(1, 4)
    ]
    started += [
        _start(lab, "echoscu", f"MR_ROOM{number}", "ORTHANC", f"127.0.0.{50 + number}", "--repeat", "3")
        for number in range(1, 3)
    ]
    for client in started:
        client.wait(_SECONDS)


def _same_aet_twice(lab: Lab) -> None:
    """Two stations share one AET and one address; one calls the wrong AET, over and over."""
    lab.start(DicomCheckCalledAet=True)
    started = []
    for _ in range(3):
        started.append(_start(lab, "echoscu", CT_ROOM, "ORTHANC", LOOPBACK))
        started.append(_start(lab, "echoscu", CT_ROOM, "ORTHANC2", LOOPBACK))
    for client in started:
        client.wait(_SECONDS)


def _crowd(lab: Lab) -> None:
    """A dozen clients with one AET and one address, more than there are threads to serve them."""
    images = (str(CT1.write(lab.folder)), str(CT2.write(lab.folder)))
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start(DicomCheckCalledAet=True, DicomThreadsCount=2)
    study = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName", "-k", "StudyInstanceUID")
    started = []
    for _ in range(3):
        started.append(_start(lab, "storescu", CT_ROOM, "ORTHANC", LOOPBACK, "-R", after=images))
        started.append(_start(lab, "echoscu", CT_ROOM, "ORTHANC", LOOPBACK, "--repeat", "3"))
        started.append(_start(lab, "findscu", CT_ROOM, "ORTHANC", LOOPBACK, *study))
        started.append(_start(lab, "storescu", "STATION", "ORTHANC", LOOPBACK, "-R", after=images[:1]))
    started.append(_start(lab, "echoscu", CT_ROOM, "WRONGAET", LOOPBACK))
    for client in started:
        client.wait(_SECONDS)


SCENARIOS = (
    Scenario(
        "interleaved-clients",
        "several",
        "Six clients at once, one with the wrong called AET, one unknown; a peer rejects Orthanc.",
        _interleaved,
        ("bad called AET", "DICOM authorization rejected", "DUL Association Rejected"),
        "several",
        "several",
        by_called_aet={"WRONGAET": "called-aet-mismatch", "ARCHIVE": "remote-rejects-called-aet"},
        by_calling_aet={"STRANGER": "calling-aet-unknown"},
    ),
    Scenario("healthy-interleaved", HEALTHY, "Five stations echo and store at once.", _healthy_interleaved),
    Scenario(
        "interleaved-same-aet",
        "called-aet-mismatch",
        "One AET calls rightly and wrongly in turn, from one address.",
        _same_aet_twice,
        ("bad called AET",),
        "C-ECHO",
        "the called AET at the modality",
    ),
    Scenario(
        "crowd-of-one-name",
        "called-aet-mismatch",
        "More clients than threads, most with one AET and one address; one calls the wrong AET.",
        _crowd,
        ("bad called AET",),
        "C-ECHO",
        "the called AET at the modality",
    ),
)
