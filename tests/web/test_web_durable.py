"""Power cuts and killed processes: nothing is half visible, nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from loganalyzer.web.entry import SentFile, Work
from loganalyzer.web.job import Job
from loganalyzer.web.process import Worker
from loganalyzer.web.store import MIGRATIONS, Store, StoreError
from tests.knowledge import SAMPLES
from tests.web.conftest import LOG, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.web.conftest import Server

BUSY = SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log"


def long_upload(server: Server, times: int = 30) -> str:
    """A log that takes some seconds; returns the identifier once a worker reads it."""
    answer = server.client().post("/api/v1/diagnoses", params={"name": "long.log"}, content=BUSY.read_bytes() * times)
    identifier = answer.json()["id"]
    until(partial(reading, server, identifier))
    return identifier


def reading(server: Server, identifier: str) -> bool:
    return server.state(identifier)["progress"]["phase"] == "reading"


def gone(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as status:  # noqa: PTH123
            return status.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_server_killed_in_the_middle_of_an_upload(start: Callable[..., Server]) -> None:
    server = start()
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(
            b"POST /api/v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n"
            + b"half a log" * 300_000
        )
        until(lambda: server.holds(b"half a log"))
        server.kill()
    assert server.uploads()
    again = start(data=server.data)
    assert again.uploads() == []
    assert again.holds(b"half a log") == []


def test_server_killed_right_after_it_acknowledged(start: Callable[..., Server]) -> None:
    server = start()
    identifier = server.upload(LOG)["id"]
    server.kill()
    again = start(data=server.data)
    state = again.wait(identifier)
    assert state["status"] == "done"
    assert state["diagnosis"]["findings"][0]["cause"] == "called-aet-mismatch"


def test_server_killed_in_the_middle_of_an_analysis(start: Callable[..., Server]) -> None:
    """The worker ends with it, and the next server does the work again."""
    server = start()
    identifier = long_upload(server)
    (worker,) = server.workers()
    server.kill()
    until(lambda: gone(worker))
    again = start(data=server.data)
    assert again.state(identifier)["status"] in ("queued", "running")
    assert again.wait(identifier)["status"] == "done"
    assert not list(again.data.glob("uploads/*/result.part*"))


def test_worker_killed_in_the_middle_of_an_analysis(start: Callable[..., Server]) -> None:
    """That one diagnosis fails and says why; the server and the others go on."""
    server = start()
    identifier = long_upload(server)
    (worker,) = server.workers()
    other = server.upload(LOG)["id"]
    os.kill(worker, signal.SIGKILL)
    state = server.wait(identifier)
    assert state["status"] == "failed"
    assert "(SIGKILL)" in state["error"]["detail"]
    assert "diagnosis" not in state
    assert server.wait(other)["status"] == "done"
    page = server.client().get(f"/d/{identifier}")
    assert page.status_code == 200
    assert "The analysis broke off" in page.text


def test_a_stop_in_the_middle_loses_nothing(start: Callable[..., Server]) -> None:
    server = start("--workers", "1")
    first, second = long_upload(server), server.upload(LOG)["id"]
    assert server.stop() == 0
    again = start(data=server.data)
    assert again.wait(first)["status"] == again.wait(second)["status"] == "done"


def test_a_log_that_takes_the_server_down_is_not_tried_for_ever(start: Callable[..., Server]) -> None:
    server = start()
    identifier = long_upload(server, 60)
    for _ in range(2):
        server.kill()
        server = start(data=server.data)
        until(partial(reading, server, identifier))
    server.kill()
    state = start(data=server.data).wait(identifier)
    assert state["status"] == "failed"
    assert "died 3 times" in state["error"]["detail"]


def test_clients_take_turns(start: Callable[..., Server]) -> None:
    """Somebody who uploads one log does not wait for all those of somebody else."""
    server = start("--workers", "1", "--public-url", "http://logs.example.org")
    many, one = ({"X-Forwarded-For": address} for address in ("192.0.2.1", "192.0.2.2"))
    client = server.client()
    queued = [client.post("/api/v1/diagnoses", content=LOG.read_bytes(), headers=many).json() for _ in range(4)]
    late = client.post("/api/v1/diagnoses", content=LOG.read_bytes(), headers=one).json()
    assert late["url"].startswith("http://logs.example.org/d/")
    assert server.state(late["id"])["progress"]["ahead"] <= 1
    server.wait(late["id"])
    assert server.state(queued[-1]["id"])["status"] == "queued"


def test_everything_is_for_the_owner_only(start: Callable[..., Server]) -> None:
    server = start()
    server.wait(server.upload(LOG)["id"])
    for path in (server.data, *server.data.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_store_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store"
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(StoreError, match="later version"):
        Store(path)


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(path)


def test_a_worker_without_enough_memory(tmp_path: Path) -> None:
    """It fails by itself, whatever the system does to it, and says so."""
    (tmp_path / "0").write_bytes(LOG.read_bytes())
    files = (SentFile("orthanc.log", "0", LOG.stat().st_size),)
    failed = asyncio.run(
        Worker(Job(Work.DIAGNOSE, tmp_path, files, False, (), 90 << 20, 1 << 30), 60).run(lambda *_: None)
    )
    assert failed is not None
    assert failed.title in ("The analysis broke off", "Not enough memory")
    assert not (tmp_path / "result").exists()
    enough = asyncio.run(
        Worker(Job(Work.DIAGNOSE, tmp_path, files, False, (), 1 << 30, 1 << 30), 60).run(lambda *_: None)
    )
    assert enough is None
    assert (tmp_path / "result").is_dir()
