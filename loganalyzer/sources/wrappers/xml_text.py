"""XML with the lines in one of its elements: Windows' event log, PowerShell's ``Export-Clixml``, Splunk's results.

Sources: Microsoft's schema of events (``wevtutil qe``, the event viewer's "Save as XML"), MS-PSRP 2.2.5.3 for how
CLIXML escapes what XML cannot have, Splunk's ``output_mode=xml``. None of these products has written a file that was
tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.block import Block, lines_of
from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.inside import Inside, Names, with_line_feeds
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, apart
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

_BEGINS = re.compile(
    rb"\s*+(?:#< CLIXML\s*+)?(?:<\?xml[^>]{0,200}>\s*+(?!<(?:!doctype )?html\b)<|<(?:Events?|Objs|results)[ >])",
    re.IGNORECASE,
)
_START = re.compile(rb"<(([A-Za-z][\w:]{0,40})(?: [^<>\n]{0,200})?)>(?=" + BEGIN + rb")")
_PROVIDER = b"<Provider Name="
_IN_QUOTES = rb"['\"]([^'\"<>]{1,100})['\"]"
_TIME = re.compile(rb"['\">](" + RFC3339 + rb")['\"<]")
_ENTITIES = {b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'", b"&amp;": b"&"}
_ENTITY = re.compile(rb"&(?:lt|gt|amp|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ESCAPE = re.compile(rb"_x([0-9A-Fa-f]{4})_")
_CLIXML_END = b"_x000D__x000A_\n"
_LINE_END = re.compile(rb"\n|(?:_x000D_)?_x000A_|&#(?:xD|13);&#(?:xA|10);|&#(?:xA|10);")
_LINE_END_INSIDE = re.compile(rb"_x000A_|&#(?:xA|10);")
_MOST_TAGS = 8
_LARGEST_TEXT = 1 << 20
_LONGEST_TAG = 1 << 9


@dataclass(frozen=True, slots=True)
class _Form:
    """``lead`` finds the beginning of an element with a line, its group that of one with none.

    ``whole`` finds a whole element up to its end, and its group is its text, if it has any.
    ``escaped``: CLIXML, which has escapes of its own; ``one_line``: all lines of the log stand on one of the file.
    """

    lead: re.Pattern[bytes]
    whole: re.Pattern[bytes]
    escaped: bool = False
    one_line: bool = False

    @classmethod
    def of(cls, tags: Sequence[bytes], *, escaped: bool = False, one_line: bool = False) -> _Form:
        """The form of elements that begin with one of some tags, regular expressions of what is between the angles."""
        begin = rb"<(?:" + rb"|".join(tags) + rb")"
        lead = re.compile(begin + rb"(?:( ?/>)|>)")
        return cls(lead, re.compile(begin + rb"(?: ?/>|>([^<]*+)(?=<))"), escaped, one_line)


def _form(sample: bytes) -> _Form | None:
    """Return the form of a text; ``None`` for what is no such XML."""
    found = list(_START.finditer(sample)) if _BEGINS.match(sample) else []
    if not found:
        return None
    # Where an event has its line twice, as data and as a message, one of them is enough.
    ((name, _),) = Counter(start[2] for start in found).most_common(1)
    tags = [tag for tag, _ in Counter(start[1] for start in found if start[2] == name).most_common(_MOST_TAGS)]
    one_line = b"\n" not in sample[found[0].start() : found[-1].end()]
    return _Form.of(list(map(re.escape, tags)), escaped=b"<Objs " in sample, one_line=one_line)


_ANY = _Form.of([rb"(?:Data|S)(?: [^<>\n]{0,200})?"])


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _character(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "replace")


def _entity(entity: re.Match[bytes]) -> bytes:
    return unescape(entity[0].decode("ascii")).encode("utf-8", "replace")


def _plain(text: bytes, *, escaped: bool) -> bytes:
    """Return a text with what XML has otherwise; ``escaped``: CLIXML, too."""
    if b"&#" in text:
        text = _ENTITY.sub(_entity, text)
    elif b"&" in text:
        # The ampersand comes last: before that, no other entity can come of it.
        for entity, sign in _ENTITIES.items():
            text = text.replace(entity, sign)
    if escaped and b"_x" in text:
        text = _ESCAPE.sub(_character, text)
    return text


@dataclass(slots=True)
class _XmlPeeler:
    """Takes the texts of elements; a large one is given as far as its last line end."""

    form: _Form
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)
    _buffer: bytes = b""
    _ends: int = 0
    _entries: int = 0
    _is_inside: bool = False
    _names: Names = field(default_factory=lambda: Names(_PROVIDER, _IN_QUOTES, _as_text))

    @property
    def lines(self) -> int:
        """See ``RawPeeler``."""
        return self._ends + self._buffer.count(b"\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        data, held = with_line_feeds(self._buffer + block.data)
        at = (self._end_of_piece(data, 0) or 0) if self._is_inside else 0
        if not self._is_inside:
            yield from self._joiner.drain()
            at += yield from self._at_once(data[at:])
        # The last element is not begun before it is whole, or large.
        if not at or len(data) - at > _LARGEST_TEXT:
            at = self._one_by_one(data, at)
        self._buffer = data[at:] + held
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        at = self._one_by_one(self._buffer, 0)
        if self._is_inside:
            self._put(self._buffer[at:])
        yield from self._joiner.finish()

    def _one_by_one(self, data: bytes, at: int) -> int:
        """Take elements from a place on, and return where the last one that could be taken ends."""
        while (end := self._end_of_piece(data, at)) is not None:
            at = end
        return at

    def _at_once(self, data: bytes) -> Generator[tuple[str, Block], None, int]:
        """Yield whole elements of one line each, and return where they end: at the beginning where others are there."""
        *found, behind = self.form.whole.split(data)
        between, texts = found[0::2], [text or b"" for text in found[1::2]]
        lines = b"\n".join(texts) + b"\n"
        if self.form.escaped and lines.count(_CLIXML_END) == len(texts):
            lines = lines.replace(_CLIXML_END, b"\n")
        lines = b"" if _LINE_END_INSIDE.search(lines) else _plain(lines, escaped=self.form.escaped)
        if not texts or b"\r" in lines or b"\0" in lines or lines_of(lines) != len(texts):
            return 0
        numbers: Sequence[int] = range(self._entries + 1, self._entries + 1 + len(texts))
        if not self.form.one_line:
            numbers = list(accumulate(map(bytes.count, between, repeat(b"\n")), initial=self._ends + 1))[1:]
            self._ends = numbers[-1] - 1
        self._entries += len(texts)
        keys = self._names.keys(between)
        if len(set(keys)) == 1:
            yield keys[0], Block(lines, numbers[0], numbers, len(numbers))
        else:
            yield from apart(keys, lines.split(b"\n"), numbers)
        return len(data) - len(behind)

    def _end_of_piece(self, data: bytes, at: int) -> int | None:
        """Take the text of an element, or all up to it; ``None`` where more of it must come first."""
        if not self._is_inside:
            start = self.form.lead.search(data, at)
            if start is None:
                end = max(data.rfind(b"<", at), len(data) - _LONGEST_TAG, at)
                self._pass(data[at:end])
                return end if end > at else None
            self._pass(data[at : start.end()])
            self._is_inside = start[1] is None
            if not self._is_inside:
                self._put(b"")
            return start.end()
        end = data.find(b"<", at)
        self._is_inside = end < 0
        if self._is_inside and len(data) - at <= _LARGEST_TEXT:
            return None
        if self._is_inside:
            end = max(data.rfind(b"\n", at) + 1, data.rfind(b"_x000A_", at) + len(b"_x000A_"))
            end = end if end > at + _LARGEST_TEXT // 2 else len(data)
        self._put(data[at:end])
        return end

    def _pass(self, data: bytes) -> None:
        """Take what stands between the lines: the name of the program that the next ones are of."""
        self._ends += data.count(b"\n")
        self._names.keys([data])

    def _put(self, text: bytes) -> None:
        """Take the text of an element: a line, or several."""
        first = 0
        for end in _LINE_END.finditer(text):
            self._line(text[first : end.start()])
            self._ends += end[0].count(b"\n")
            first = end.end()
        if first < len(text) or not text:
            self._line(text[first:])

    def _line(self, text: bytes) -> None:
        self._entries += 1
        number = self._entries if self.form.one_line else self._ends + 1
        self._joiner.add(self._names.key, number, _plain(text, escaped=self.form.escaped))


class XmlText(Inside):
    """XML of events, objects or results, each of which has a line or several."""

    name: ClassVar[str] = "xml"
    found = staticmethod(_form)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _XmlPeeler(_form(b"\n".join(lines)) or _ANY)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        stamp = _TIME.search(b"\n".join(lines))
        return clock_from(stamp[1]) if stamp else None
