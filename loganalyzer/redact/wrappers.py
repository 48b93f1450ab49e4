"""Peels what Docker, systemd, syslog, Kubernetes and the like put around a line, and puts it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

_SYSLOG_TIME = rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
_HOST_PREFIXES = (
    re.compile(rb"(?:<\d{1,3}>)?(?P<before>" + _SYSLOG_TIME + rb" )(?P<host>[A-Za-z0-9._-]+)(?P<after> [\w./@()-]+?(?:\[\d+\])?: )"),
    re.compile(rb"(?P<before><\d{1,3}>\d " + _SYSLOG_TIME + rb" )(?P<host>[A-Za-z0-9._-]+)(?P<after> \S+ \S+ \S+ (?:-|\[.*?\]) )"),
)
_PLAIN_PREFIX = re.compile(
    rb"(?:(?P<stream>[A-Za-z0-9][\w.-]{0,80}) +\| ?)?"
    rb"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) (?:(?:stdout|stderr) [FP] )?)?"
)
_JSON_LOG = re.compile(rb'\{"(?:log|MESSAGE|message|msg)"\s*:\s*"|\{.*?"(?:log|MESSAGE)"\s*:\s*"')
Rewrite = Callable[[bytes], bytes]


class Unwrapped(NamedTuple):
    """A line without its wrapper; ``stream`` names the program that wrote it where several share the log."""

    body: bytes
    prefix: bytes = b""
    host: bytes = b""
    after: bytes = b""
    suffix: bytes = b""
    stream: bytes = b""
    is_json: bool = False

    def wrap(self, body: bytes, rewrite: Rewrite, rewrite_host: Rewrite) -> bytes:
        """The line with another body; the wrapper's own text is rewritten, stamps and container names stay."""
        if self.is_json:
            if body != self.body:
                body = _json_escaped(body)
                return rewrite(self.prefix) + body + rewrite(self.suffix)
            return rewrite(self.prefix) + self.after + rewrite(self.suffix)
        host = rewrite_host(self.host) if self.host else b""
        return self.prefix + host + self.after + body + self.suffix


def unwrap(line: bytes) -> Unwrapped:
    """Take a line out of its wrapper; a line without one comes back as it is."""
    first = line[:1]
    if first == b"{" and (unwrapped := _unwrap_json(line)) is not None:
        return unwrapped
    if first.isdigit() or first.isalpha() or first == b"<":
        for pattern in _HOST_PREFIXES:
            if match := pattern.match(line):
                return Unwrapped(line[match.end() :], line[: match.start("host")], match["host"], match["after"], stream=match["after"])
        if (match := _PLAIN_PREFIX.match(line)) and match.end():
            return Unwrapped(line[match.end() :], match[0], stream=match["stream"] or b"")
    return Unwrapped(line)


def _unwrap_json(line: bytes) -> Unwrapped | None:
    match = _JSON_LOG.match(line)
    if match is None:
        return None
    end = _end_of_string(line, match.end())
    if end < 0:
        return None
    raw = line[match.end() : end]
    try:
        body = json.loads(b'"' + raw + b'"').encode("utf-8")
    except (ValueError, UnicodeError):
        return None
    # The line feed at the end of Docker's "log" belongs to the wrapper.
    tail = b"\\n" if raw.endswith(b"\\n") and body.endswith(b"\n") else b""
    if tail:
        body, raw = body[:-1], raw[:-2]
    return Unwrapped(body, line[: match.end()], after=raw, suffix=tail + line[end:], is_json=True)


def _end_of_string(line: bytes, start: int) -> int:
    position = start
    while (position := line.find(b'"', position)) >= 0:
        before = line[start:position]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return position
        position += 1
    return -1


def _json_escaped(body: bytes) -> bytes:
    return json.dumps(body.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode("utf-8", "surrogateescape")[1:-1]
