"""A server that is really started, as a process on a free port of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.knowledge import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOG = SAMPLES / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"
LONG_S = 60.0
#: Tests speak no TLS; a client of its own would load all certificates of the system, which takes 20 ms each time.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(slots=True)
class Server:
    """One running ``loganalyzer serve``."""

    process: subprocess.Popen[str]
    url: str
    data: Path
    errors: Path
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.Client:
        made = httpx.Client(base_url=self.url, timeout=LONG_S, verify=NO_CERTIFICATES, **options)
        self.clients.append(made)
        return made

    def upload(self, *paths: Path, **parameters: str) -> dict[str, Any]:
        files = [("file", (path.name, path.read_bytes())) for path in paths]
        answer = self.client().post("/api/v1/diagnoses", files=files, params=parameters)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def state(self, identifier: str) -> dict[str, Any]:
        return self.client().get(f"/api/v1/diagnoses/{identifier}").json()

    def wait(self, identifier: str, *statuses: str) -> dict[str, Any]:
        """The state of a diagnosis once it is in one of ``statuses``: done or failed, unless others are named."""
        end = time.monotonic() + LONG_S
        while time.monotonic() < end:
            state = self.state(identifier)
            if state["status"] in (statuses or ("done", "failed")):
                return state
            time.sleep(0.1)
        raise AssertionError(f"still {state['status']}")

    def workers(self) -> list[int]:
        """The processes that work for the server."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]

    def kill(self) -> None:
        """End the server as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LONG_S)

    def stop(self) -> int:
        """End it as systemd does; return its exit status."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(LONG_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def holds(self, text: bytes) -> list[str]:
        """The files of the data folder in which ``text`` stands."""
        return [str(path) for path in sorted(self.data.rglob("*")) if path.is_file() and text in path.read_bytes()]

    def uploads(self) -> list[str]:
        return [str(path) for path in sorted(self.data.glob("uploads/*"))]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers; each is stopped at the end."""
    started: list[Server] = []

    def begin(*options: str, data: Path | None = None, environment: dict[str, str] | None = None) -> Server:
        server = started_server(
            data or tmp_path / "data", tmp_path / f"errors-{len(started)}", *options, environment=environment
        )
        started.append(server)
        return server

    yield begin
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that do not disturb each other."""
    folder = tmp_path_factory.mktemp("serve")
    server = started_server(
        folder / "data", folder / "errors", "--rate", "6000", "--idle", "2s", "--max-upload", "20", "--queue", "1000"
    )
    yield server
    assert server.stop() == 0


def started_server(data: Path, errors: Path, *options: str, environment: dict[str, str] | None = None) -> Server:
    with errors.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "loganalyzer", "serve", "--port", "0", "--data", str(data), *options],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env=os.environ | (environment or {}),
        )
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert re.fullmatch(r"http://[0-9a-z.\[\]:]+:[0-9]+", line), errors.read_text(encoding="utf-8")
    return Server(process, line, data, errors)


def expected(path: Path) -> dict[str, Any]:
    """The diagnosis of a log by the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "loganalyzer", "diagnose", "--format", "json", path.name],
        cwd=path.parent,
        capture_output=True,
        check=False,
    )
    return json.loads(done.stdout)


def until(true: Callable[[], Any], seconds: float = LONG_S) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


@contextlib.contextmanager
def stalled(process: int) -> Iterator[None]:
    """A process that does not get on meanwhile."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)
