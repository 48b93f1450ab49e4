"""A PostgreSQL server of a recording's own: made in its folder, on a free port of loopback, ended with it."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tools.record.processes import Child, RecordingError, free_port
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from contextlib import ExitStack

_PROGRAMS = Path("/usr/lib/postgresql")
_USER = "postgres"
_SECONDS = 60

PASSWORD = "orthanc"  # noqa: S105 - of a server that lives for seconds


class PostgreSQL:
    """Serves the database ``orthanc`` of the role ``orthanc``; raises RecordingError where it is not installed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        versions = sorted(_PROGRAMS.glob("*/bin/initdb"))
        if not versions or os.geteuid() != 0:
            message = "needs PostgreSQL, and root to start it as its own user"
            raise RecordingError(message)
        self._programs = versions[-1].parent
        self.port = free_port()
        data = folder / "postgresql"
        data.mkdir()
        os.chown(data, pwd.getpwnam(_USER).pw_uid, -1)
        self._as_user("initdb", "-D", str(data), "-A", "trust")
        rules = f"local all all trust\nhost all orthanc {LOOPBACK}/32 scram-sha-256\nhost all all {LOOPBACK}/32 trust\n"
        (data / "pg_hba.conf").write_text(rules, encoding="ascii")
        server = ("setpriv", f"--reuid={_USER}", "--clear-groups", str(self._programs / "postgres"), "-D", str(data))
        options = ("-p", str(self.port), "-h", LOOPBACK, "-k", str(data), "-F")
        child = Child((*server, *options), folder / "postgresql.log", data)
        stack.callback(child.stop)
        child.wait_listening([self.port])
        self.run(f"CREATE ROLE orthanc LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE orthanc OWNER orthanc")

    def run(self, *commands: str, database: str = _USER) -> None:
        """Run SQL as the superuser; raises RecordingError when the server refuses it."""
        for command in commands:
            self._as_user("psql", "-q", "-h", LOOPBACK, "-p", str(self.port), "-d", database, "-c", command)

    def section(self, **options: object) -> dict[str, object]:
        """The section ``PostgreSQL`` of Orthanc's configuration, for its index only."""
        server = {"EnableIndex": True, "EnableStorage": False, "Host": LOOPBACK, "Port": self.port, "EnableSsl": False}
        login = {"Database": "orthanc", "Username": "orthanc", "Password": PASSWORD}
        return {**server, **login, "MaximumConnectionRetries": 1, "ConnectionRetryInterval": 1, **options}

    def _as_user(self, program: str, *arguments: str) -> None:
        command = ("setpriv", f"--reuid={_USER}", "--clear-groups", str(self._programs / program), *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS, cwd="/")
        if done.returncode != 0:
            message = f"{program} failed: {done.stderr.strip()}"
            raise RecordingError(message)
