"""Takes a line of a log apart: wrapper, header, message; and knows which lines belong together.

A ``LineRewriter`` is fed with lines and gives them back rewritten, in order, as soon as it knows enough: the
hexadecimal dump of a PDU and a value with line feeds in it span several lines.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.records.header import STAMP, STAMP_END
from loganalyzer.redact import dumps
from loganalyzer.redact.kinds import Context, Kind
from loganalyzer.redact.layouts import head_length, is_letter, stamp_in
from loganalyzer.redact.memory import DATED, KnownLine, LineMemory
from loganalyzer.redact.pdu import DumpLine, dump_line, rewrite_pdu
from loganalyzer.redact.wrappers import Unwrapped, ways_to_unwrap

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from loganalyzer.redact.rewrite import Rewriter, Tally

#: The prefix of a record of Orthanc 0.8 to 1.13, wherever it begins in the line: two writers may glue lines together.
_HEADER = re.compile(
    STAMP.encode()
    + rb" *(?:(?:(\S.{0,30}?) +)?(?:([\w.-]{1,64}):/)?([\w.+-]{1,80}):\d+)?\] ?((?:\|[^|\n]{1,80}(?=\|))+\| )?"
    rb"(?:\((?:generic|plugins|http|sqlite|dicom|jobs|lua)\) )?"
)
_LEVELS = frozenset({b"E", b"W", b"I", b"T", b"F"})
_MAX_PDUS = 10_000
_THREAD = re.compile(rb"[A-Z-]+(?:-\d+)?|[0-9a-f]{6,16}|\d{1,8}")
_FREE_SOURCES = (b"LuaContext", b"PluginsManager")
#: What Orthanc itself says under the plugins' name: the number of a service is the same everywhere (OrthancCPlugin.h).
_OF_ENGINE = b"Exception while invoking plugin service "
_KNOWN_PLUGINS = re.compile(
    rb"(?i)dicom-?web|worklists|postgresql-\w+|mysql-\w+|odbc-\w+|gdcm|transfers|authorization|housekeeper|serve-folders|"
    rb"delayed-deletion|orthanc-explorer-2|ohif|stone-webviewer|web-viewer|volview|advanced-storage|aws-s3-storage|"
    rb"azure-blob-storage|google-cloud-storage|multitenant-dicom|connectivity-checks|wsi|tcia|neuro|indexer|java"
)
_MAX_DUMP = 64
_MAX_VALUE_LINES = 2_000
_CORE = Context("message of Orthanc or DCMTK")
_EXCEPTION = Context("text of an exception", digits=6)
_FREE = Context("free text", free=True)
_LUA = Context("text printed by Lua", free=True)
_PLUGIN = Context("text printed by a plugin or a script", free=True)
_BODY = Context("line without prefix")
_CURL = Context("line of libcurl")
_PREFIX = Context("before the prefix")
#: In a configuration, the option whose lines each hold a name and a password, until the brace that closes it.
_USERS = Context("registered users", free=True)
_USERS_BEGIN = re.compile(rb'"RegisteredUsers"\s*:\s*(?:\{[^{}]*)?$')
_USER = re.compile(rb'"([^"]{1,200})"(\s*:\s*")([^"]{1,200})"')
_USER_NAME = Context("user in a message", value=Kind.USER)
_PASSWORD = Context("password, ticket or certificate", value=Kind.SECRET)


@dataclass(slots=True)
class _Stream:
    """What the lines so far say about the next one, for one of the programs that write into the log."""

    context: Context = _FREE
    charset: str = ""
    dump: list[tuple[int, Unwrapped, DumpLine]] = field(default_factory=list)
    value: Context | None = None
    value_lines: list[tuple[int, Unwrapped]] = field(default_factory=list)


class LineRewriter:
    """Rewrites line after line."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._plain = _Stream()
        self._streams: dict[bytes, _Stream] = {b"": self._plain}
        self._slots: deque[bytes | None] = deque()
        self._first = 0
        self._memory = LineMemory(rewriter)
        self._pdus: dict[bytes, tuple[bytes, Tally]] = {}
        self._free = ""

    @property
    def counts(self) -> Counter[tuple[Kind, str]]:
        """What was handed to the visitor, by kind and place."""
        self._memory.settle()
        return self._memory.counts

    @property
    def free_lines(self) -> Counter[str]:
        """The number of lines whose text is free, by where they come from."""
        self._memory.settle()
        return self._memory.free_lines

    def feed(self, lines: Iterable[bytes]) -> list[bytes]:
        """Take lines without their line feeds; return all lines that are done, in order."""
        done: list[bytes] = []
        memory, plain = self._memory, self._plain
        bare = memory.bare(plain.context, plain.charset)
        for line in lines:
            if not self._slots:
                if line[:1] in _LEVELS and DATED.match(line):
                    if found := memory.stamped(line[STAMP_END:]):
                        known, text = found
                        done.append(line[:STAMP_END] + text)
                        known.hits += 1
                        if plain.context is not known.context:
                            plain.context = known.context
                            bare = memory.bare(plain.context, plain.charset)
                        continue
                elif (same := bare.get(line)) is not None:
                    done.append(same.text)
                    same.hits += 1
                    continue
            self._slow(line)
            if self._slots[0] is not None:
                done += self._done()
            bare = memory.bare(plain.context, plain.charset)
        return done

    def finish(self) -> list[bytes]:
        """Return the lines that were still waiting."""
        self._rewriter.tally = []
        for stream in self._streams.values():
            self._end_dump(stream)
            self._give_up_value(stream)
        self._memory.counts.update(self._rewriter.tally)
        return self._done()

    def _slow(self, line: bytes) -> None:
        """Rewrite a line that was not met before, and remember it when nothing but itself and the context decides."""
        memory, plain = self._memory, self._plain
        alone, charset = not self._slots, plain.charset
        bare = memory.bare(plain.context, charset)
        number = self._first + len(self._slots)
        self._slots.append(None)
        unwrapped = next(filter(self._can_be, ways_to_unwrap(line)))
        unwrapped = unwrapped.behind(head_length(unwrapped.body))
        stream = self._streams.setdefault(unwrapped.stream, _Stream())
        self._free = ""
        self._rewriter.tally = []
        self._take(stream, number, unwrapped)
        text = self._slots[0] if alone else None
        tally = tuple(self._rewriter.tally)
        memory.counts.update(tally)
        if self._free:
            memory.free_lines[self._free] += 1
        stateless = text is not None and unwrapped.body is line and charset == plain.charset
        if stateless and (DATED.match(line) or bare is memory.bare(plain.context, charset)):
            memory.remember(line, KnownLine(text or b"", plain.context, tally, self._free), bare)

    def _can_be(self, unwrapped: Unwrapped) -> bool:
        """Whether a line comes from there. Where no program has written yet, what looks like a name may be anything."""
        return not unwrapped.is_uncertain or unwrapped.stream in self._streams or _is_record(unwrapped.body)

    def _done(self) -> list[bytes]:
        done: list[bytes] = []
        while self._slots and (line := self._slots[0]) is not None:
            done.append(line)
            self._slots.popleft()
        self._first += len(done)
        return done

    def _put(self, number: int, unwrapped: Unwrapped, body: bytes) -> None:
        whole = self._head(unwrapped.head) + body if unwrapped.head else body
        self._slots[number - self._first] = unwrapped.wrap(
            whole, lambda text: self._rewriter.rewrite(text, _PREFIX), self._host, self._rewriter.rewrite_known
        )

    def _head(self, head: bytes) -> bytes:
        start, end = stamp_in(head)
        rewrite = self._rewriter.rewrite
        return rewrite(head[:start], _CORE) + head[start:end] + rewrite(head[end:], _CORE)

    def _host(self, name: bytes) -> bytes:
        return self._rewriter.rewrite(name, Context("host name of a wrapper", value=Kind.HOST))

    def _take(self, stream: _Stream, number: int, unwrapped: Unwrapped) -> None:
        body = unwrapped.body
        dumped = dump_line(body, continued=bool(stream.dump))
        if dumped is not None and stream.value is None:
            stream.dump.append((number, unwrapped, dumped))
            if len(stream.dump) >= _MAX_DUMP:
                self._end_dump(stream)
            return
        self._end_dump(stream)
        if stream.value is not None:
            self._continue_value(stream, number, unwrapped)
            return
        opened = dumps.opened_value(body, stream.charset)
        if opened is not None:
            _start, context = opened
            stream.value = context if context.value else context._replace(value=Kind.TEXT)
            stream.value_lines = [(number, unwrapped)]
            return
        self._put(number, unwrapped, self._body(stream, body, has_head=bool(unwrapped.head)))

    def _end_dump(self, stream: _Stream) -> None:
        if not stream.dump:
            return
        lines, stream.dump = stream.dump, []
        made = self._pdu(b"".join(dumped.data for _, _, dumped in lines))
        position = 0
        for number, unwrapped, dumped in lines:
            end = position + len(dumped.data)
            before = self._body(stream, dumped.before) if dumped.before.strip() not in {b"", b"D:"} else dumped.before
            after = self._body(stream, dumped.after) if dumped.after.strip() else dumped.after
            self._put(number, unwrapped, before + dumped.with_data(made[position:end]) + after)
            position = end

    def _pdu(self, data: bytes) -> bytes:
        """Rewrite a PDU; peers send the same ones again and again."""
        known = self._pdus.get(data)
        if known is None:
            known = self._rewriter.tallied(lambda: rewrite_pdu(data, self._rewriter.rewrite))
            if len(self._pdus) < _MAX_PDUS:
                self._pdus[data] = known
        self._rewriter.tally.extend(known[1])
        return known[0]

    def _continue_value(self, stream: _Stream, number: int, unwrapped: Unwrapped) -> None:
        """Go on with a value that has line feeds in it, until the line that closes it."""
        stream.value_lines.append((number, unwrapped))
        end = dumps.end_of_value(unwrapped.body)
        if end is not None and not dumps.is_line(unwrapped.body):
            self._close_value(stream, end)
        elif dumps.is_line(unwrapped.body) or len(stream.value_lines) > _MAX_VALUE_LINES:
            self._give_up_value(stream)

    def _close_value(self, stream: _Stream, end: int) -> None:
        lines, context = stream.value_lines, stream.value or _FREE
        stream.value, stream.value_lines = None, []
        for rank, (number, unwrapped) in enumerate(lines):
            body = unwrapped.body
            if rank == 0:
                start, _ = dumps.opened_value(body, stream.charset) or (0, None)
                made = body[:start] + self._rewriter.rewrite(body[start:], context)
            elif rank == len(lines) - 1:
                made = self._rewriter.rewrite(body[:end], context) + body[end:]
            elif _HEADER.match(body):
                made = self._body(stream, body)
            else:
                made = self._rewriter.rewrite(body, context)
            self._put(number, unwrapped, made)

    def _give_up_value(self, stream: _Stream) -> None:
        """Treat lines as lines of their own: what looked like the beginning of a value was a torn line."""
        lines, stream.value, stream.value_lines = stream.value_lines, None, []
        for number, unwrapped in lines:
            self._put(number, unwrapped, self._body(stream, unwrapped.body, has_head=bool(unwrapped.head)))

    def _body(self, stream: _Stream, body: bytes, *, has_head: bool = False) -> bytes:
        """Rewrite a line without its wrapper; two records may be glued together in it."""
        made, position = [], 0
        for match in _HEADER.finditer(body):
            before = body[position : match.start()]
            if before:
                made.append(self._text(before, _PREFIX if position == 0 and _is_prefix(before) else stream.context))
            made.append(self._header(match))
            stream.context = _context_of(match)
            position = match.end()
        rest = body[position:]
        if position == 0:
            made.append(self._continuation(stream, rest, has_head=has_head))
        elif rest:
            made.append(self._text(rest, self._refined(stream, rest)))
        return b"".join(made)

    def _header(self, match: re.Match[bytes]) -> bytes:
        header = match[0]
        for group in (4, 3, 2, 1):
            part = match[group]
            if not part or (group == 1 and _THREAD.fullmatch(part)) or (group == 2 and _KNOWN_PLUGINS.fullmatch(part)):
                continue
            if group == 3:
                continue
            start, end = (match.start(group) - match.start(), match.end(group) - match.start())
            header = header[:start] + self._rewriter.rewrite(part, _CORE) + header[end:]
        return header

    def _refined(self, stream: _Stream, message: bytes) -> Context:
        if message.startswith(b"Lua says: "):
            stream.context = _LUA
        if stream.context.free:
            self._free = stream.context.place
        return stream.context

    def _continuation(self, stream: _Stream, line: bytes, *, has_head: bool) -> bytes:
        if not line or line.isspace():
            return line
        if (charset := dumps.charset_in(line)) is not None:
            stream.charset = charset
        if dumps.is_line(line):
            return self._rewriter.rewrite(line, Context("attribute in a data set dump", charset=stream.charset))
        if stream.context is _USERS and not is_letter(line):
            stream.context = _FREE if b"}" in line else _USERS
            return self._users(line)
        if _USERS_BEGIN.search(line):
            stream.context = _USERS
            return self._text(line, _FREE)
        if is_letter(line) or has_head:
            stream.context = _CORE
            return self._text(line, _CORE)
        if line[:2] in {b"* ", b"> ", b"< "}:
            return self._text(line, _CURL)
        if stream.context.free:
            self._free = stream.context.place
        return self._text(line, _BODY if not stream.context.free else stream.context)

    def _users(self, line: bytes) -> bytes:
        made, position = [], 0
        for m in _USER.finditer(line):
            made += [self._text(line[position : m.start(1)], _FREE), self._rewriter.rewrite(m[1], _USER_NAME)]
            made += [b'"', m[2], self._rewriter.rewrite(m[3], _PASSWORD)]
            position = m.end(3)
        return b"".join([*made, self._text(line[position:], _FREE)])

    def _text(self, text: bytes, context: Context) -> bytes:
        tail = b"\r" if text.endswith(b"\r") else b""
        return self._rewriter.rewrite(text[: len(text) - len(tail)], context) + tail


def _is_record(line: bytes) -> bool:
    return _HEADER.match(line) is not None or is_letter(line) or head_length(line) > 0


def _is_prefix(text: bytes) -> bool:
    """Whether the text before a record's header is another program's stamp, and not a torn line."""
    return len(text) < 200 and text[-1:] in {b" ", b"\t", b"|", b":", b"]", b">"}


def _context_of(match: re.Match[bytes]) -> Context:
    plugin, source = match[2], match[3] or b""
    if plugin and not _KNOWN_PLUGINS.fullmatch(plugin):
        return _PLUGIN
    if source.startswith(_FREE_SOURCES):
        if match.string.startswith(_OF_ENGINE, match.end()):
            return _EXCEPTION
        return _LUA if source.startswith(b"Lua") else _PLUGIN
    return _EXCEPTION if source.startswith(b"OrthancException") else _CORE
