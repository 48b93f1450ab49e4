"""Peels what Docker, systemd, syslog, Kubernetes and the like put around a line, and puts it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from loganalyzer.sources.wrappers.compose import Compose
from loganalyzer.sources.wrappers.json_lines import MESSAGES
from loganalyzer.sources.wrappers.kubectl import Kubectl
from loganalyzer.sources.wrappers.quote import Quote
from loganalyzer.sources.wrappers.stamps import ZONED_RFC3339
from loganalyzer.sources.wrappers.syslog import LINES

_NAMED = (Compose.form, Kubectl.form, Quote.form)
_STAMP = re.compile(ZONED_RFC3339 + rb" (?:(?:stdout|stderr) [FP] )?")
_STARTS = frozenset({b"<", b"[", b">"})
#: A program with the number of its process: hardly a part of what somebody else has written behind a stamp.
_PROGRAM = re.compile(rb" [\w./@()-]+(?:\[\d+\]:| \S+ \S+ (?:-|\[.*\])) ?")
_JSON_LOG = re.compile(rb'\{.*?"(?:' + "|".join(MESSAGES).encode() + rb')"\s*:\s*(?:"|\[(?=\d))')
_MEMBER = re.compile(rb'"([^"\\]{1,64})"\s*:\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,}\s"\[{]+)')
_PLAIN_MEMBER = re.compile(
    rb"(?i)stream|@?time(?:stamp)?|ts|level|severity|logger|thread|_?_?(?:source_)?(?:realtime|monotonic)_timestamp|priority|syslog_(?:identifier|facility|pid|timestamp)|"
    rb"_pid|_uid|_gid|_comm|_transport|_systemd_(?:unit|slice|cgroup)|container_?(?:name|tag)?|pod_?name|namespace(?:_name)?|source|unit|service|_cap_effective|partial"
)
_HOST_MEMBER = re.compile(rb"(?i)host|node|machine|server|address|^ip")
Rewrite = Callable[[bytes], bytes]


class Unwrapped(NamedTuple):
    """A line without its wrapper.

    ``stream`` names the program that wrote it where several share the log. ``is_uncertain``: the prefix may belong to
    the line, unless Orthanc has been seen to write behind the same one. ``written`` is how JSON has the line, which is
    ``after`` there. ``head`` is what another program's logger put before the message, inside of the wrapper.
    """

    body: bytes
    prefix: bytes = b""
    host: bytes = b""
    after: bytes = b""
    suffix: bytes = b""
    stream: bytes = b""
    written: Callable[[bytes], bytes] | None = None
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
        if self.written is not None:
            # What did not change keeps its escapes.
            middle = self.after if body == self.head + self.body else self.written(body)
            return _members(self.prefix, rewrite, rewrite_host) + middle + _members(self.suffix, rewrite, rewrite_host)
        host = rewrite_host(self.host) if self.host else b""
        return rewrite_known(self.prefix) + host + rewrite_known(self.after) + body + self.suffix


def ways_to_unwrap(line: bytes) -> Iterator[Unwrapped]:
    """Yield the ways to take a line out of a wrapper, likelier ones first; the last one is the line as it is."""
    first = line[:1]
    if first == b"{" and (entry := _unwrap_json(line)) is not None:
        yield entry
    if first.isalnum() or first in _STARTS:
        yield from _without_prefix(line)
    yield Unwrapped(line)


def _without_prefix(line: bytes) -> Iterator[Unwrapped]:
    for pattern in LINES:
        if match := pattern.match(line):
            before, after = line[: match.start("host")], line[match.end("host") : match.end()]
            is_uncertain = not match["host"] or _PROGRAM.fullmatch(after) is None
            yield Unwrapped(line[match.end() :], before, match["host"], after, stream=after, is_uncertain=is_uncertain)
    for form in _NAMED:
        if match := form.match(line):
            stamp = _STAMP.match(line, match.end())
            end = stamp.end() if stamp else match.end()
            yield Unwrapped(line[end:], line[:end], stream=match[0], is_uncertain=True)
    if match := _STAMP.match(line):
        yield Unwrapped(line[match.end() :], match[0])


def _unwrap_json(line: bytes) -> Unwrapped | None:
    match = _JSON_LOG.match(line)
    if match is None:
        return None
    is_string = match[0].endswith(b'"')
    end = _end_of_string(line, match.end()) if is_string else line.find(b"]", match.end())
    if end < 0:
        return None
    raw = line[match.end() : end]
    try:
        body = json.loads(b'"' + raw + b'"').encode("utf-8") if is_string else bytes(map(int, raw.split(b",")))
    except (ValueError, UnicodeError):
        return None
    # The line feed at the end of Docker's "log" belongs to the wrapper.
    tail = b"\\n" if raw.endswith(b"\\n") and body.endswith(b"\n") else b""
    if tail:
        body, raw = body[:-1], raw[:-2]
    written = _json_escaped if is_string else _as_numbers
    return Unwrapped(body, line[: match.end()], after=raw, suffix=tail + line[end:], written=written)


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


def _as_numbers(body: bytes) -> bytes:
    """Bytes as journald has a message that is no printable UTF-8."""
    return b",".join(b"%d" % byte for byte in body)


def _json_escaped(body: bytes) -> bytes:
    return json.dumps(body.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode("utf-8", "surrogateescape")[
        1:-1
    ]
