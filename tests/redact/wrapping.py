"""Puts around a real log what Docker, systemd and others put around it."""

from __future__ import annotations

import json
from collections.abc import Callable

_TIME = b"2026-11-23T16:00:01.123456789Z"


def _prefixed(prefix: bytes) -> Callable[[bytes], bytes]:
    return lambda log: b"".join(prefix + line + b"\n" for line in log.splitlines())


def _docker_json(log: bytes) -> bytes:
    rows = ({"log": line.decode("utf-8", "replace") + "\n", "stream": "stderr", "time": _TIME.decode()} for line in log.split(b"\n"))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _journal_json(log: bytes) -> bytes:
    rows = ({"MESSAGE": line.decode("utf-8", "replace"), "_HOSTNAME": "qxhostname", "__REALTIME_TIMESTAMP": "1795450801000000",
             "SYSLOG_IDENTIFIER": "orthanc", "_PID": "1234"} for line in log.split(b"\n"))  # fmt: skip
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _json_lines(log: bytes) -> bytes:
    rows = ({"@timestamp": _TIME.decode(), "host": {"name": "qxhostname"}, "message": line.decode("utf-8", "replace")}
            for line in log.split(b"\n"))  # fmt: skip
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "docker compose": _prefixed(b"orthanc-1  | "),
    "docker json": _docker_json,
    "docker --timestamps": _prefixed(_TIME + b" "),
    "cri": _prefixed(_TIME + b" stderr F "),
    "journal": _prefixed(b"Nov 23 16:00:01 qxhostname orthanc[1234]: "),
    "journal json": _journal_json,
    "json lines": _json_lines,
    "syslog": _prefixed(b"<30>1 2026-11-23T16:00:01.003Z qxhostname orthanc 1234 - - "),
    "quoted": _prefixed(b"> "),
    "crlf": lambda log: log.replace(b"\n", b"\r\n"),
}
