"""The text of a formatted document (RTF 1.9.1): paragraphs and rows of tables, as lines."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import UnreadableError, elapsed, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.sources.containers.limits import Budget, Source

_CHUNK = 1 << 16
_DEEPEST = 1000
_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,9})? ?|\\'(?P<octet>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z'])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\0]+)|[\r\n\0]+|(?P<lost>\\)",
    re.DOTALL,
)
#: No token that can be cut by the end of a chunk is longer.
_LONGEST = 50
_LINE_ENDS = frozenset({b"par", b"line", b"sect", b"page", b"column"})
_WRITTEN = {
    b"tab": "\t", b"emdash": "\u2014", b"endash": "\u2013", b"bullet": "\u2022", b"lquote": "\u2018",
    b"rquote": "\u2019", b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"emspace": " ", b"enspace": " ",
    b"qmspace": " ", b"\\": "\\", b"{": "{", b"}": "}", b"~": "\u00a0", b"_": "-", b"\t": "\t", b"\n": "\n",
    b"\r": "\n",
}  # fmt: skip
#: Groups that are no text of the document; those that begin with ``\*`` are none either.
_SILENT = frozenset(
    b"author buptim colortbl comment company creatim doccomm footer footerf footerl footerr footnote header headerf "
    b"headerl headerr info keywords nonesttables nonshppict objdata operator pict pntext printim private revtim rxe "
    b"stylesheet subject tc title txe xe".split()
)
_OF_CHARSETS = {
    0: 1252, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}  # fmt: skip
_OF_THE_DOCUMENT = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}


def text_of(source: Source, budget: Budget) -> Iterator[bytes]:
    """Yield the text in pieces. Raises ``UnreadableError`` where the document does not end."""
    reader = _Reader()
    kept, chunk = b"", b"-"
    while chunk and not reader.ended:
        chunk = source.read(_CHUNK)
        started = now()
        data = kept + chunk
        kept = data[reader.take(data, at_end=not chunk) :]
        budget.expand(0, elapsed(started))
        yield reader.text()
    if not reader.ended:
        raise UnreadableError("ends too early: the document is cut off")


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds up to the end of a group: whether it is shown, the font, and how many characters stand for a code."""

    shown: bool = True
    fonts: bool = False
    font: int | None = None
    instead: int = 1


@dataclass(slots=True)
class _Reader:
    """Takes a document in parts; ``octets`` are characters in the code page ``codec`` that were not decoded yet."""

    ended: bool = False
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    codec: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    octets: bytearray = field(default_factory=bytearray)
    parts: list[str] = field(default_factory=list)
    cells: int = 0
    to_skip: int = 0
    binary: int = 0

    def text(self) -> bytes:
        """Return what was found since the last call."""
        self._decode()
        text = "".join(self.parts)
        self.parts.clear()
        if "\ud800" <= text[-1:] <= "\udbff" and not self.ended:
            self.parts.append(text[-1])
            text = text[:-1]
        # Characters beyond the first plane come as two.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()

    def take(self, data: bytes, *, at_end: bool) -> int:
        """Take what is whole of ``data``; return how much that is."""
        at, whole = 0, len(data) if at_end else len(data) - _LONGEST
        while at < len(data) and not self.ended:
            if self.binary:
                step = min(self.binary, len(data) - at)
                self.binary -= step
                at += step
                continue
            token = _TOKEN.match(data, at)
            if token is None or (at >= whole and token["text"] is None):
                break
            at = token.end()
            self._token(token)
        return at

    def _token(self, token: re.Match[bytes]) -> None:
        kind = token.lastgroup
        if kind == "text":
            self._characters(token[0])
        elif kind == "octet":
            self._characters(bytes.fromhex(token["octet"].decode()))
        elif kind == "brace":
            self._brace(token["brace"])
        elif kind == "sign":
            self._sign(token["sign"])
        elif kind in ("word", "number"):
            self._word(token["word"], None if token["number"] is None else int(token["number"]))

    def _brace(self, brace: bytes) -> None:
        self.to_skip = 0
        if brace == b"{":
            if len(self.outer) == _DEEPEST:
                raise UnreadableError(f"more than {_DEEPEST} groups of it are inside each other")
            self.outer.append(self.group)
            return
        self._decode()
        self.group = self.outer.pop() if self.outer else self.group
        self.ended = not self.outer

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.group = replace(self.group, shown=False)
        elif sign in _WRITTEN:
            self._put(_WRITTEN[sign])

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _WRITTEN:
            self._put(_WRITTEN[word])
        elif word in _LINE_ENDS:
            self._put("\n")
        elif word in (b"cell", b"nestcell"):
            self.cells += self.group.shown
        elif word in (b"row", b"nestrow") and self.group.shown:
            self.cells = max(self.cells - 1, 0)
            self._put("\n")
        elif word in _SILENT:
            self.group = replace(self.group, shown=False)
        elif word == b"deleted":
            self._decode()
            self.group = replace(self.group, shown=number == 0)
        elif word == b"bin":
            self.binary = max(number or 0, 0)
        elif word == b"u" and number is not None:
            self._put(chr(number & 0xFFFF))
            self.to_skip = self.group.instead
        elif word == b"uc":
            self.group = replace(self.group, instead=max(number or 0, 0))
        else:
            self._coding(word, number)

    def _coding(self, word: bytes, number: int | None) -> None:
        """Take words that say how characters are coded."""
        if word == b"fonttbl":
            self.group = replace(self.group, shown=False, fonts=True)
        elif word == b"fcharset" and self.group.fonts and self.group.font is not None:
            if number in _OF_CHARSETS and len(self.fonts) < 1 << 15:
                self.fonts[self.group.font] = f"cp{_OF_CHARSETS[number]}"
        elif word in (b"f", b"plain"):
            if number != self.group.font:
                self._decode()
                self.group = replace(self.group, font=number)
        elif word in _OF_THE_DOCUMENT:
            self.codec = _OF_THE_DOCUMENT[word]
        elif word == b"ansicpg" and number is not None:
            self.codec = _known(number)

    def _characters(self, octets: bytes) -> None:
        skipped = min(self.to_skip, len(octets))
        self.to_skip -= skipped
        if self.group.shown and skipped < len(octets):
            self._put("")
            self.octets += octets[skipped:]

    def _put(self, text: str) -> None:
        """Add a text behind what was found, and behind the cells of a row that end before it."""
        self.to_skip = 0
        if self.group.shown and (text or self.cells):
            self._decode()
            self.parts.append("\t" * self.cells + text)
            self.cells = 0

    def _decode(self) -> None:
        if self.octets:
            codec = self.codec if self.group.font is None else self.fonts.get(self.group.font, self.codec)
            self.parts.append(self.octets.decode(codec, "replace"))
            self.octets.clear()


def _known(page: int) -> str:
    name = "utf-8" if page == 65001 else f"cp{page}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
