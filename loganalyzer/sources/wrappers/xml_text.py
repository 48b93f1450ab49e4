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
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.inside import Inside, with_line_feeds
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_BEGINS = re.compile(
    rb"\s*+(?:#< CLIXML\s*+)?(?:<\?xml[^>]{0,200}>\s*+(?!<(?:!doctype )?html\b)<|<(?:Events?|Objs|results)[ >])",
    re.IGNORECASE,
)
_START = re.compile(rb"<(([A-Za-z][\w:]{0,40})(?: [^<>\n]{0,200})?)>(?=" + BEGIN + rb")")
_SOURCE = re.compile(rb"<Provider Name=['\"]([^'\"<>]{1,100})['\"]")
_TIME = re.compile(rb"['\">](" + RFC3339 + rb")['\"<]")
_ENTITY = re.compile(rb"&(?:lt|gt|amp|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ESCAPE = re.compile(rb"_x([0-9A-Fa-f]{4})_")
_LINE_END = re.compile(rb"\n|(?:_x000D_)?_x000A_|&#(?:xD|13);&#(?:xA|10);|&#(?:xA|10);")
_MOST_TAGS = 8
_LARGEST_TEXT = 1 << 20
_LONGEST_TAG = 1 << 9


@dataclass(frozen=True, slots=True)
class _Form:
    """``lead`` finds the beginning of an element with a line, its group that of one with none.

    ``escaped``: CLIXML, which has escapes of its own; ``one_line``: all lines of the log stand on one of the file.
    """

    lead: re.Pattern[bytes]
    escaped: bool = False
    one_line: bool = False


def _form(sample: bytes) -> _Form | None:
    """Return the form of a text; ``None`` for what is no such XML."""
    found = list(_START.finditer(sample)) if _BEGINS.match(sample) else []
    if not found:
        return None
    # Where an event has its line twice, as data and as a message, one of them is enough.
    ((name, _),) = Counter(start[2] for start in found).most_common(1)
    tags = [tag for tag, _ in Counter(start[1] for start in found if start[2] == name).most_common(_MOST_TAGS)]
    lead = re.compile(rb"<(?:" + rb"|".join(map(re.escape, tags)) + rb")(?:( ?/>)|>)")
    return _Form(lead, b"<Objs " in sample, b"\n" not in sample[found[0].start() : found[-1].end()])


_ANY = _Form(re.compile(rb"<(?:Data|S)(?: [^<>\n]{0,200})?(?:( ?/>)|>)"))


def _character(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "replace")


def _entity(entity: re.Match[bytes]) -> bytes:
    return unescape(entity[0].decode("ascii")).encode("utf-8", "replace")


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
    _key: str = ONLY

    @property
    def lines(self) -> int:
        """See ``RawPeeler``."""
        return self._ends + self._buffer.count(b"\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        data, held = with_line_feeds(self._buffer + block.data)
        at = 0
        while (end := self._end_of_piece(data, at)) is not None:
            at = end
        self._buffer = data[at:] + held
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        if self._is_inside:
            self._put(self._buffer)
        yield from self._joiner.finish()

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
        for name in _SOURCE.findall(data):
            self._key = name.decode("utf-8", "replace")

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
        if b"&" in text:
            text = _ENTITY.sub(_entity, text)
        if self.form.escaped and b"_x" in text:
            text = _ESCAPE.sub(_character, text)
        self._joiner.add(self._key, self._entries if self.form.one_line else self._ends + 1, text)


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
