"""Peels what Docker, systemd, syslog, Kubernetes and the like put around a line, and puts it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

_SYSLOG_TIME = (
    rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
)
_HOST_PREFIXES = (
    re.compile(
        rb"(?:<\d{1,3}>)?(?P<before>"
        + _SYSLOG_TIME
        + rb" )(?P<host>[A-Za-z0-9._-]+)(?P<after> [\w./@()-]+?(?:\[\d+\])?: )"
    ),
    re.compile(
        rb"(?P<before><\d{1,3}>\d "
        + _SYSLOG_TIME
        + rb" )(?P<host>[A-Za-z0-9._-]+)(?P<after> \S+ \S+ \S+ (?:-|\[.*?\]) )"
    ),
)
_PLAIN_PREFIX = re.compile(
    rb"(?:(?P<stream>[A-Za-z0-9][\w.-]{0,80}) +\| ?)?"
    rb"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) (?:(?:stdout|stderr) [FP] )?)?"
)
#: Quotes of mails, the names that kubectl puts in brackets.
_LITERAL_PREFIX = re.compile(rb"(?:> ?){1,4}|\[pod/[^\]\s]{1,200}\] ?")
_LITERAL_STARTS = frozenset({b">", b"["})
_JSON_LOG = re.compile(rb'\{"(?:log|MESSAGE|message|msg)"\s*:\s*"|\{.*?"(?:log|MESSAGE)"\s*:\s*"')
_MEMBER = re.compile(rb'"([^"\\]{1,64})"\s*:\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,}\s"\[{]+)')
_PLAIN_MEMBER = re.compile(
    rb"(?i)log|stream|@?time(?:stamp)?|ts|level|severity|logger|thread|_?_?(?:source_)?(?:realtime|monotonic)_timestamp|priority|syslog_(?:identifier|facility|pid|timestamp)|"
    rb"_pid|_uid|_gid|_comm|_transport|_systemd_(?:unit|slice|cgroup)|container_?(?:name|tag)?|pod_?name|namespace(?:_name)?|source|unit|service|_cap_effective|partial|message|msg"
)
_HOST_MEMBER = re.compile(rb"(?i)host|node|machine|server|address|^ip")
Rewrite = Callable[[bytes], bytes]


class Unwrapped(NamedTuple):
    """A line without its wrapper.

    ``stream`` names the program that wrote it where several share the log. ``is_uncertain``: the prefix may belong to
    the line, unless Orthanc has been seen to write behind the same one. ``head`` is what another program's logger put
    before the message, inside of the wrapper.
    """

    body: bytes
    prefix: bytes = b""
    host: bytes = b""
    after: bytes = b""
    suffix: bytes = b""
    stream: bytes = b""
    is_json: bool = False
    is_uncertain: bool = False
    head: bytes = b""

    def behind(self, length: int) -> Unwrapped:
        """The same, with so many bytes of the line taken for what a logger put before the message."""
        return self._replace(head=self.body[:length], body=self.body[length:]) if length else self

    def wrap(self, body: bytes, rewrite: Rewrite, rewrite_host: Rewrite, rewrite_known: Rewrite) -> bytes:
        """The line with another body; the wrapper's own text is rewritten, stamps and container names stay.

        ``body`` begins with the head, rewritten.

        ``rewrite_known`` replaces in what stays what is known to identify from elsewhere.
        """
        if self.is_json:
            # What did not change keeps its escapes.
            middle = self.after if body == self.head + self.body else _json_escaped(body)
            return _members(self.prefix, rewrite, rewrite_host) + middle + _members(self.suffix, rewrite, rewrite_host)
        host = rewrite_host(self.host) if self.host else b""
        return rewrite_known(self.prefix) + host + rewrite_known(self.after) + body + self.suffix


def unwrap(line: bytes) -> Unwrapped:
    """Take a line out of its wrapper; a line without one comes back as it is."""
    first = line[:1]
    if first == b"{" and (unwrapped := _unwrap_json(line)) is not None:
        return unwrapped
    if first.isdigit() or first.isalpha() or first == b"<":
        for pattern in _HOST_PREFIXES:
            if match := pattern.match(line):
                return Unwrapped(
                    line[match.end() :],
                    line[: match.start("host")],
                    match["host"],
                    match["after"],
                    stream=match["after"],
                )
        if (match := _PLAIN_PREFIX.match(line)) and match.end():
            return Unwrapped(
                line[match.end() :], match[0], stream=match["stream"] or b"", is_uncertain=match["stream"] is not None
            )
    elif first in _LITERAL_STARTS and (match := _LITERAL_PREFIX.match(line)):
        return Unwrapped(line[match.end() :], match[0], stream=match[0], is_uncertain=True)
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


def _members(text: bytes, rewrite: Rewrite, rewrite_host: Rewrite) -> bytes:
    """Rewrite the members of the object around a line: stamps, units and names of containers stay."""

    def rewritten(match: re.Match[bytes]) -> bytes:
        if _PLAIN_MEMBER.fullmatch(match[1]):
            return match[0]
        change = rewrite_host if _HOST_MEMBER.search(match[1]) else rewrite
        start = match.start(2) - match.start()
        return match[0][:start] + change(match[2])

    return _MEMBER.sub(rewritten, text)


def _end_of_string(line: bytes, start: int) -> int:
    position = start
    while (position := line.find(b'"', position)) >= 0:
        before = line[start:position]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return position
        position += 1
    return -1


def _json_escaped(body: bytes) -> bytes:
    return json.dumps(body.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode("utf-8", "surrogateescape")[
        1:-1
    ]
