"""DCMTK's clients and servers with the options that the scenarios use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.record.processes import RecordingError, free_port
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

    from tools.record.lab import Lab

CT_ROOM = "CT_ROOM2"
_SECONDS = 90

_SERVER_CONFIGURATION = """\
NetworkTCPPort  = {port}
MaxPDUSize      = 16384
MaxAssociations = 16

HostTable BEGIN
orthanc = ({host_aet}, 127.0.0.1, {orthanc_port})
other = (OTHER, 127.0.0.1, 11113)
HostTable END

VendorTable BEGIN
VendorTable END

AETable BEGIN
{aet}  {folder}  RW  (10, 64mb)  {allowed}
AETable END
"""


def _finish(lab: Lab, program: str, arguments: tuple[str, ...], source: str, expect_failure: bool | None) -> int:
    status = lab.client(program, *arguments, source=source).wait(_SECONDS)
    if expect_failure is not None and expect_failure != (status != 0):
        message = f"{program} ended with status {status}"
        raise RecordingError(message)
    return status


def _addresses(aet: str, aec: str) -> tuple[str, ...]:
    return ("-v", "-aet", aet, "-aec", aec)


def echo(
    lab: Lab, aet: str = CT_ROOM, aec: str = "ORTHANC", *, source: str = LOOPBACK, fails: bool | None = False
) -> int:
    """C-ECHO by echoscu; ``fails`` None where its exit status does not tell."""
    return _finish(lab, "echoscu", (*_addresses(aet, aec), LOOPBACK, "{port}"), source, fails)


def store(
    lab: Lab,
    *files: Path,
    aet: str = CT_ROOM,
    aec: str = "ORTHANC",
    source: str = LOOPBACK,
    fails: bool | None = False,
    options: tuple[str, ...] = ("-R",),
) -> int:
    """C-STORE by storescu; ``-R`` proposes only the contexts that the files need."""
    arguments = (*_addresses(aet, aec), *options, LOOPBACK, "{port}", *map(str, files))
    return _finish(lab, "storescu", arguments, source, fails)


def find(
    lab: Lab,
    *keys: str,
    aet: str = CT_ROOM,
    source: str = LOOPBACK,
    model: str = "-S",
    fails: bool | None = None,
) -> int:
    """C-FIND by findscu; ``model`` ``-S`` study root, ``-P`` patient root, ``-W`` worklist."""
    wanted = keys or ("QueryRetrieveLevel=STUDY", "PatientName", "StudyInstanceUID")
    arguments = (*_addresses(aet, "ORTHANC"), model, *(x for key in wanted for x in ("-k", key)), LOOPBACK, "{port}")
    return _finish(lab, "findscu", arguments, source, fails)


def move(
    lab: Lab, destination: str, *keys: str, aet: str = CT_ROOM, source: str = LOOPBACK, fails: bool | None = None
) -> int:
    """C-MOVE by movescu; no port for incoming associations is opened."""
    arguments = (
        *_addresses(aet, "ORTHANC"),
        *("-S", "-aem", destination),
        *(x for key in keys for x in ("-k", key)),
        *(LOOPBACK, "{port}"),
    )
    return _finish(lab, "movescu", arguments, source, fails)


def get(lab: Lab, *keys: str, aet: str = CT_ROOM) -> int:
    """C-GET by getscu."""
    arguments = (*_addresses(aet, "ORTHANC"), "-S", *(x for key in keys for x in ("-k", key)), LOOPBACK, "{port}")
    return _finish(lab, "getscu", arguments, LOOPBACK, False)


def get_in_vain(lab: Lab, *keys: str, aet: str = CT_ROOM) -> int:
    """C-GET by getscu, whatever comes of it."""
    arguments = (*_addresses(aet, "ORTHANC"), "-S", *(x for key in keys for x in ("-k", key)), LOOPBACK, "{port}")
    return _finish(lab, "getscu", arguments, LOOPBACK, None)


def storescp(lab: Lab, *options: str, aet: str = "PACS", port: int | None = None) -> int:
    """A storescp; the port it listens on, a free one unless given."""
    received = lab.folder / "received"
    received.mkdir(exist_ok=True)
    tail = () if port is None else (str(port),)
    return lab.server("storescp", "-v", "-aet", aet, "-od", str(received), *options, *tail, port=port)


def query_server(
    lab: Lab, files: tuple[Path, ...], *, aet: str = "PACS", knows_orthanc: bool = True, allows: str = "ANY"
) -> int:
    """A dcmqrscp that holds ``files``; the port it listens on.

    ``knows_orthanc``: whether ORTHANC is one of its C-MOVE destinations; ``allows``: whom it serves, ``ANY``, or
    ``other`` for OTHER only.
    """
    database = lab.folder / "pacs"
    database.mkdir(exist_ok=True)
    for file in files:
        (database / file.name).write_bytes(file.read_bytes())
    port = free_port()
    configuration = lab.folder / "peer-dcmqrscp.cfg"
    configuration.write_text(
        _SERVER_CONFIGURATION.format(
            port=port,
            host_aet="ORTHANC" if knows_orthanc else "ELSEWHERE",
            orthanc_port=lab.entrance(),
            aet=aet,
            folder=database,
            allowed=allows,
        ),
        encoding="ascii",
    )
    if files:
        names = [str(database / file.name) for file in files]
        index = lab.client("dcmqridx", str(database), *names)
        if index.wait(_SECONDS) != 0:
            message = "dcmqridx failed"
            raise RecordingError(message)
    return lab.server("dcmqrscp", "-v", "-c", str(configuration), port=port)
