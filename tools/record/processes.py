"""Child processes of a recording: started in their own session, ended by their id, never by name."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTEN = "0A"
"""TCP_LISTEN in the kernel's table."""


class RecordingError(Exception):
    """The scenario could not be provoked as described; nothing was saved."""


def listening(port: int) -> bool:
    """Whether something listens on a port, read from the kernel's table: a probe by connection would leave a trace."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            if columns[1].endswith(wanted) and columns[3] == _LISTEN:
                return True
    return False


def free_port(preferred: int | None = None) -> int:
    """``preferred`` when nothing listens there, else any free port."""
    if preferred is not None and not listening(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


class Child:
    """One started program; standard output and error go to ``log``, appended."""

    def __init__(self, command: Sequence[str], log: Path, cwd: Path, environment: dict[str, str] | None = None) -> None:
        self.name = Path(command[0]).name
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """The exit status; raises RecordingError when it does not end in time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            message = f"{self.name} did not end within {seconds:.0f} s"
            raise RecordingError(message) from error

    def wait_listening(self, ports: Sequence[int], seconds: float = 30) -> None:
        """Return when the program listens on all ports; raises RecordingError when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not all(listening(port) for port in ports):
            if self.exit_status is not None:
                message = f"{self.name} ended with status {self.exit_status} instead of listening"
                raise RecordingError(message)
            if time.monotonic() > deadline:
                message = f"{self.name} does not listen after {seconds:.0f} s"
                raise RecordingError(message)
            time.sleep(0.02)

    def stop(self, seconds: float = 15) -> None:
        """Ask it to end, then make it end; nothing of its session is left."""
        if self.exit_status is None:
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self._kill_session()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def _kill_session(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
