"""Peers that Orthanc calls and that behave as no well-kept PACS does: pynetdicom and plain sockets."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pynetdicom import AE, evt

from tools.record.processes import free_port
from tools.record.sop_classes import VERIFICATION
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

Behaviour = Callable[[socket.socket], None]

_RELEASE_REQUEST = bytes.fromhex("05000000000400000000")
_ABORT_BY_USER = bytes.fromhex("07000000000400000000")


def rejecting(result: int, source: int, reason: int) -> Behaviour:
    """Answer with an A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(bytes([3, 0, 0, 0, 0, 4, 0, result, source, reason]))
        connection.recv(1)

    return behave


def answering(answer: bytes) -> Behaviour:
    """Take the association request and answer it with these bytes."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)
        connection.recv(1)

    return behave


def silent(connection: socket.socket) -> None:
    """Take everything, say nothing."""
    while connection.recv(65536):
        pass


def closing(connection: socket.socket) -> None:
    """Take the association request, then close."""
    connection.recv(65536)


def aborting(connection: socket.socket) -> None:
    """Answer the association request with an A-ABORT."""
    connection.recv(65536)
    connection.sendall(_ABORT_BY_USER)
    connection.recv(1)


def http_answering(status: str, body: bytes = b"") -> Behaviour:
    """Answer every request in HTTP with this status and body, a page of HTML."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head.encode() + body)
        connection.recv(65536)

    return behave


web_server = http_answering("400 Bad Request")
"""What a wrong port number makes happen."""


class SocketPeer:
    """A listener that treats every connection as ``behaviour`` says and then closes it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._open: list[socket.socket] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            with connection, contextlib.suppress(OSError):
                self._behaviour(connection)

    def close(self) -> None:
        """Stop listening and end what still stands."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(timeout=5)


class FullQueue:
    """A port whose queue of waiting connections is full: further attempts get no answer, as behind a firewall."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind((LOOPBACK, 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect((LOOPBACK, self.port))
            self._waiting.append(one)

    def close(self) -> None:
        """Stop listening and end what still stands."""
        for one in (*self._waiting, self._listener):
            one.close()


class DicomPeer:
    """A pynetdicom SCP for the given SOP classes and transfer syntaxes.

    ``status``: what every C-STORE, C-FIND and C-ECHO is answered with. ``stall``: never answer a request.
    ``drop``: close TCP when a request arrives, ``leave``: ask for release instead of answering.
    ``fail_moves``: break down inside every C-MOVE.
    """

    def __init__(
        self,
        sop_classes: tuple[str, ...],
        transfer_syntaxes: tuple[str, ...],
        *,
        status: int = 0x0000,
        stall: bool = False,
        drop: bool = False,
        leave: bool = False,
        fail_moves: bool = False,
        aet: str = "PACS",
    ) -> None:
        self._status = status
        self._stall = stall
        self._drop = drop
        self._leave = leave
        self._fail_moves = fail_moves
        self._stopping = threading.Event()
        entity = AE(ae_title=aet)
        for sop_class in (str(VERIFICATION), *sop_classes):
            entity.add_supported_context(sop_class, list(transfer_syntaxes))
        handlers: list[Any] = [
            (evt.EVT_C_ECHO, self._answer),
            (evt.EVT_C_STORE, self._answer),
            (evt.EVT_C_FIND, self._answer_find),
            (evt.EVT_C_MOVE, self._answer_move),
        ]
        port = free_port()
        entity.start_server((LOOPBACK, port), block=False, evt_handlers=handlers)
        self._entity = entity
        self.port = port

    def _answer(self, event: evt.Event) -> int:
        if self._drop:
            self._hang_up(event)
        if self._leave:
            event.assoc.dul.socket.send(_RELEASE_REQUEST)
        if self._stall or self._leave:
            self._stopping.wait(60)
        return self._status

    def _answer_find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        yield self._answer(event), None

    def _hang_up(self, event: evt.Event) -> None:
        connection = event.assoc.dul.socket
        if connection is not None and connection.socket is not None:
            connection.socket.shutdown(socket.SHUT_RDWR)

    def _answer_move(self, event: evt.Event) -> Iterator[Any]:
        if self._drop:
            self._hang_up(event)
        if self._fail_moves:
            message = "the archive is off-line"
            raise RuntimeError(message)
        yield None, None

    def close(self) -> None:
        """Stop listening and end what still stands."""
        self._stopping.set()
        self._entity.shutdown()


class _WithoutTraceback(logging.Formatter):
    """Names an exception without the stack, which would hold paths of the recording machine."""

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's own name and type
        return f"{ei[0].__name__}: {ei[1]}"


@contextlib.contextmanager
def library_log(path: Path) -> Iterator[None]:
    """Write what pynetdicom says into a file while the block runs; no file is left when it said nothing."""
    logger = logging.getLogger("pynetdicom")
    handler = logging.FileHandler(path, delay=True, encoding="utf-8")
    handler.setFormatter(_WithoutTraceback("%(levelname).1s: %(message)s"))
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
        handler.close()
