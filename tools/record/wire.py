"""A TCP relay between Orthanc and a peer that notes every PDU (PS3.8 9.3) passing through."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PDU_TYPES = range(1, 8)
_HEADER = 6


@dataclass(slots=True)
class Pdu:
    """One PDU; ``data`` includes the header of six bytes."""

    time: float
    by_requestor: bool
    data: bytes

    @property
    def kind(self) -> int:
        """PDU type, 1 to 7."""
        return self.data[0]


@dataclass(slots=True)
class Connection:
    """One TCP connection: who closed it first, and what was said on it."""

    started: float
    peer_ip: str
    peer_port: int
    pdus: list[Pdu] = field(default_factory=list)
    not_dicom: bool = False
    closed_by_requestor: bool | None = None
    reset: bool = False

    def note_close(self, by_requestor: bool, reset: bool) -> None:
        """Remember the first end of data; later ones are its echo."""
        if self.closed_by_requestor is None:
            self.closed_by_requestor = by_requestor
            self.reset = reset


class PduReader:
    """Cuts the bytes of one direction into PDUs; gives up on the first byte that begins none."""

    def __init__(self, connection: Connection, by_requestor: bool) -> None:
        self._connection = connection
        self._by_requestor = by_requestor
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of this direction."""
        if self._connection.not_dicom:
            return
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            if self._buffer[0] not in _PDU_TYPES:
                self._connection.not_dicom = True
                return
            size = _HEADER + int.from_bytes(self._buffer[2:6], "big")
            if len(self._buffer) < size:
                return
            pdu, self._buffer = self._buffer[:size], self._buffer[size:]
            self._connection.pdus.append(Pdu(time.time(), self._by_requestor, pdu))


class Tap:
    """Listens on loopback and relays every connection to ``target``.

    ``source``: the loopback address from which the target sees the connections coming. A reset on one side becomes a
    reset on the other, an end of data an end of data.
    """

    def __init__(self, target: tuple[str, int], *, listen_port: int = 0, source: str = LOOPBACK) -> None:
        self.connections: list[Connection] = []
        self._target = target
        self._source = source
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server((LOOPBACK, listen_port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._spawn(self._accept)

    def close(self) -> None:
        """Stop listening and cut what still stands."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in list(self._threads):
            thread.join(timeout=5)

    def _spawn(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target, timeout=10, source_address=(self._source, 0))
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._sockets += (near, far)
            connection = Connection(time.time(), *far.getsockname()[:2])
            self.connections.append(connection)
            self._spawn(self._pump, near, far, connection, True)
            self._spawn(self._pump, far, near, connection, False)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, connection: Connection, by_requestor: bool) -> None:
        reader = PduReader(connection, by_requestor)
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                connection.note_close(by_requestor, reset=True)
                with contextlib.suppress(OSError):
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    # A blocked recv() on this socket in the other thread holds its close() back; shutdown() wakes it.
                    sink.shutdown(socket.SHUT_RD)
                    sink.close()
                return
            if not data:
                connection.note_close(by_requestor, reset=False)
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                return
            reader.feed(data)
            try:
                sink.sendall(data)
            except OSError:
                connection.note_close(not by_requestor, reset=True)
                with contextlib.suppress(OSError):
                    source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    source.close()
                return
