from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.record.wire import LOOPBACK, Connection, PduReader, Tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PDU = st.builds(
    lambda kind, body: struct.pack(">BBI", kind, 0, len(body)) + body, st.integers(1, 7), st.binary(max_size=50)
)


def connection() -> Connection:
    return Connection(0.0, LOOPBACK, 1)


@given(st.lists(PDU, max_size=6), st.lists(st.integers(1, 30), min_size=1))
def test_pdus_are_cut_wherever_the_bytes_arrive(pdus: list[bytes], sizes: list[int]) -> None:
    heard = connection()
    reader = PduReader(heard, by_requestor=True)
    data = b"".join(pdus)
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        reader.feed(data[:size])
        data = data[size:]
        turn += 1
    assert [pdu.data for pdu in heard.pdus] == pdus
    assert not heard.not_dicom


def test_what_is_no_pdu_is_noted() -> None:
    heard = connection()
    reader = PduReader(heard, by_requestor=True)
    reader.feed(b"GET / HTTP/1.1\r\n")
    reader.feed(b"\x01\x00\x00\x00\x00\x00")
    assert heard.not_dicom
    assert heard.pdus == []


@contextlib.contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with accepted:
                behave(accepted)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen")


def test_both_directions_pass_and_the_source_address_is_the_wanted_one() -> None:
    seen: list[str] = []

    def answer(accepted: socket.socket) -> None:
        seen.append(accepted.getpeername()[0])
        accepted.sendall(accepted.recv(100).upper())

    with server(answer) as port:
        tap = Tap((LOOPBACK, port), source="127.0.0.77")
        with socket.create_connection((LOOPBACK, tap.port)) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"HELLO"
            assert client.recv(100) == b""
        wait_for(lambda: tap.connections[0].closed_by_requestor is not None)
        tap.close()
    assert seen == ["127.0.0.77"]
    assert tap.connections[0].closed_by_requestor is False
    assert tap.connections[0].peer_ip == "127.0.0.77"


def test_a_reset_stays_a_reset() -> None:
    def reset(accepted: socket.socket) -> None:
        accepted.recv(100)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with server(reset) as port:
        tap = Tap((LOOPBACK, port))
        with socket.create_connection((LOOPBACK, tap.port)) as client:
            client.sendall(b"hello")
            with pytest.raises(ConnectionResetError):
                client.recv(100)
        tap.close()
    assert tap.connections[0].reset
    assert tap.connections[0].closed_by_requestor is False
