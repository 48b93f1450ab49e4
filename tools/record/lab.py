"""One scenario's surroundings: a folder, an Orthanc, peers, clients, and the relays between them."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.record.images import CT1, Image
from tools.record.peers import Behaviour, DicomPeer, FullQueue, SocketPeer
from tools.record.processes import Child, RecordingError, free_port
from tools.record.raw_client import RawClient
from tools.record.rest import Rest
from tools.record.truth import Truth, association, local_time
from tools.record.wire import LOOPBACK, Tap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LEVELS = {
    "default": (),
    "verbose": ("--verbose",),
    "trace": ("--trace",),
    "trace-dicom": ("--verbose", "--trace-dicom"),
    "verbose-nothread": ("--verbose", "--logs-no-thread"),
}

_PREFERRED = {"dicom": 4242, "http": 8042, "peer": 11112}


@dataclass(frozen=True, slots=True)
class Orthanc:
    """The Orthanc to record: its command and its version as it says it."""

    command: tuple[str, ...]
    version: str

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers that compare; empty for a development version."""
        return tuple(int(part) for part in self.version.split(".") if part.isdigit())


class Lab:
    """Used by a scenario's ``run``; everything that is started ends with ``stack``."""

    def __init__(
        self,
        orthanc: Orthanc,
        level: str,
        folder: Path,
        stack: contextlib.ExitStack,
        *,
        usual_ports: bool = True,
    ) -> None:
        self.orthanc = orthanc
        self.options = LEVELS[level]
        self.folder = folder
        self.log = folder / "orthanc.log"
        self.log.touch()
        self.stack = stack
        self._usual_ports = usual_ports
        self.dicom_port = self.port("dicom")
        self.http_port = self.port("http")
        self.rest = Rest(self.http_port)
        self.configuration: dict[str, Any] = {
            "Name": "ORTHANC",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "DicomAet": "ORTHANC",
            "DicomPort": self.dicom_port,
            "HttpPort": self.http_port,
            "Plugins": [],
            "DicomModalities": {},
        }
        self.declared: list[Truth] = []
        self.not_dicom: Truth = {}
        self._taps: list[tuple[Tap, str, int | None]] = []
        self._entrances: dict[str, Tap] = {}
        self._clients = 0
        self._servers: list[Child] = []

    # ---- ports and relays

    def port(self, purpose: str = "peer") -> int:
        """A free port; the usual one of its purpose when that is free and wanted."""
        return free_port(_PREFERRED[purpose] if self._usual_ports else None)

    def entrance(self, source: str = LOOPBACK) -> int:
        """The port through which clients reach Orthanc; Orthanc sees them at the address ``source``."""
        if source not in self._entrances:
            self._entrances[source] = self._tap(Tap((LOOPBACK, self.dicom_port), source=source), "incoming")
        return self._entrances[source].port

    def exit(self, target_port: int) -> int:
        """The port through which Orthanc reaches a peer that listens on ``target_port``."""
        port = self.port()
        return self._tap(Tap((LOOPBACK, target_port), listen_port=port), "outgoing", port).port

    def _tap(self, tap: Tap, direction: str, port: int | None = None) -> Tap:
        self.stack.callback(tap.close)
        self._taps.append((tap, direction, port))
        return tap

    def truths(self) -> list[Truth]:
        """All associations and attempts in time order."""
        found = list(self.declared)
        for tap, direction, port in self._taps:
            for connection in tap.connections:
                truth = association(connection, direction, port)
                found.append({**truth, **self.not_dicom} if connection.not_dicom else truth)
        return sorted(found, key=lambda truth: float(truth["start"]))

    @contextlib.contextmanager
    def attempt(self, outcome: str, called: str, port: int, **more: Any) -> Iterator[None]:  # noqa: ANN401
        """Declare one outgoing attempt, made inside the block, that no relay can see."""
        start = time.time()
        yield
        self.declare(
            "outgoing", start, calling_aet="ORTHANC", called_aet=called, peer_port=port, outcome=outcome, **more
        )

    def declare(self, direction: str, start: float, **more: Any) -> None:  # noqa: ANN401
        """Add an association that no relay can read; ``more`` are fields of ``expected.json``."""
        blank: Truth = {
            "direction": direction,
            "calling_aet": None,
            "called_aet": None,
            "peer_ip": LOOPBACK,
            "peer_port": None,
            "outcome": "no-association",
            "reject": None,
            "contexts_proposed": None,
            "contexts_accepted": None,
            "operations": [],
            "ended": more.get("outcome"),
            "ended_by": None,
            "start": round(start, 6),
            "start_local": local_time(start),
            "ok": False,
        }
        self.declared.append({**blank, **more})

    # ---- Orthanc

    def configure(self, **options: Any) -> None:  # noqa: ANN401
        """Set options of Orthanc's configuration."""
        self.configuration.update(options)

    def modality(self, symbolic: str, aet: str, port: int, host: str = LOOPBACK, **options: Any) -> None:  # noqa: ANN401
        """Add an entry of ``DicomModalities``, in the long form when it has options."""
        entry: Any = {"AET": aet, "Host": host, "Port": port, **options} if options else [aet, host, port]
        self.configuration["DicomModalities"][symbolic] = entry

    def write_configuration(self) -> Path:
        """Write the configuration as it now is."""
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps(self.configuration, indent=1) + "\n", encoding="utf-8")
        return path

    def launch(self, configuration: Path, log: Path | None = None, options: Sequence[str] | None = None) -> Child:
        """Start Orthanc and return at once."""
        chosen = self.options if options is None else options
        child = Child((*self.orthanc.command, *chosen, str(configuration)), log or self.log, self.folder)
        self.stack.callback(child.stop)
        return child

    def start(self, **options: Any) -> Child:  # noqa: ANN401
        """Start Orthanc with these options added and wait until it serves."""
        self.configure(**options)
        child = self.launch(self.write_configuration())
        ports = [self.http_port]
        if self.configuration.get("DicomServerEnabled", True):
            ports.append(self.dicom_port)
        child.wait_listening(ports)
        return child

    def start_in_vain(self, configuration: Path | None = None) -> None:
        """Start Orthanc and wait until it gave up; raises RecordingError when it did not."""
        child = self.launch(configuration or self.write_configuration())
        if child.wait(60) == 0:
            message = "Orthanc started although it should not"
            raise RecordingError(message)

    def upload(self, image: Image = CT1) -> str:
        """Store an image by REST; Orthanc's identifier of it."""
        return self.rest.upload(image.write(self.folder))

    # ---- the other side

    def client(self, program: str, *arguments: str, source: str = LOOPBACK) -> Child:
        """Start a client of DCMTK against Orthanc; ``{port}`` in the arguments is the port to call."""
        self._clients += 1
        port = str(self.entrance(source))
        command = [program, *(port if one == "{port}" else one for one in arguments)]
        child = Child(command, self.folder / f"peer-{self._clients}-{program}.log", self.folder)
        self.stack.callback(child.stop)
        return child

    def raw_client(self, source: str = LOOPBACK) -> RawClient:
        """A client under the scenario's full control, connected to Orthanc."""
        client = RawClient(self.entrance(source))
        self.stack.callback(client.close)
        return client

    def server(self, program: str, *arguments: str, port: int | None = None) -> int:
        """Start a server of DCMTK on a free port, appended to its arguments unless given; the port."""
        chosen = port or free_port()
        tail = () if port else (str(chosen),)
        child = Child((program, *arguments, *tail), self.folder / f"peer-{program}.log", self.folder)
        self.stack.callback(child.stop)
        child.wait_listening([chosen])
        self._servers.append(child)
        return chosen

    def socket_peer(self, behaviour: Behaviour) -> int:
        """Start a peer of plain sockets; its port."""
        peer = SocketPeer(behaviour)
        self.stack.callback(peer.close)
        return peer.port

    def dicom_peer(self, peer: DicomPeer) -> int:
        """Take over a started peer; its port."""
        self.stack.callback(peer.close)
        return peer.port

    def unanswering_port(self) -> int:
        """A port on which no connection comes about, without being refused."""
        queue = FullQueue()
        self.stack.callback(queue.close)
        return queue.port
