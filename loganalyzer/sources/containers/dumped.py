"""Bytes written out as text: base64, and dumps of ``xxd``, ``hexdump``, ``od``, ``Format-Hex``, ``certutil``.

A text is taken for one only where its first rows show a log, or a compressed file; whatever else is base64 stays text.
"""

from __future__ import annotations

import binascii
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import Pieces, elapsed, now
from loganalyzer.sources.encodings import encoding_of
from loganalyzer.sources.evidence import ANY_STAMP, line_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loganalyzer.sources.containers.limits import Budget, Peekable

_CHUNK = 1 << 16
_LEAST_SHARE = 0.5
_LEAST_STAMPS = 2
_STAMPED = re.compile(rb"(?m)^(?:" + ANY_STAMP + rb")")
_LEAST_WIDTH = 32
_USUAL_WIDTH = 16
# In a mail, each row may be quoted.
_LEAD = rb"(?:[ \t]*+>)*+[ \t]*+"
_OFFSET = _LEAD + rb"([0-9A-Fa-f]{4,16})"
_PAIR = rb"(?:[0-9A-Fa-f]{2})"
# Three blanks, a bar or an angle bracket stand before the characters of a row; what else is read of them is cut off.
_GROUPS = _PAIR + rb"{1,8}(?: {1,2}" + _PAIR + rb"{1,8})*+"
_BYTES = re.compile(_OFFSET + rb"(?::[ \t]*+|[ \t]{1,4})(" + _GROUPS + rb")")
_WORDS = re.compile(_OFFSET + rb" {1,3}([0-9A-Fa-f]{4}(?: {1,4}[0-9A-Fa-f]{4})*+)\s*$")
_OCTAL = re.compile(_OFFSET + rb" ([0-7]{6}(?: [0-7]{6})*+)\s*$")
_CELL = re.compile(rb" (?:  ([ -~])| (\\[0abfnrtv])|([0-7]{3})| (\*\*)|  ([\x80-\xff]{2,4}))")
_CELLS = re.compile(_OFFSET + rb"((?: (?:  [ -~]| \\[0abfnrtv]|[0-7]{3}| \*\*|  [\x80-\xff]{2,4})){1,32} *)$")
_BASE64 = re.compile(_LEAD + rb"([0-9A-Za-z+/]++={0,2})\s*$")
_DIGITS = re.compile(_LEAD + rb"(" + _PAIR + rb"++)\s*$")
_ARRAY = re.compile(_LEAD + rb"(0x[0-9A-Fa-f]{2}(?:, *0x[0-9A-Fa-f]{2})*+),?\s*$")
_ALONE = re.compile(_OFFSET + rb"\s*$")
# What the programs themselves write above and below the rows.
_OWN = re.compile(
    rb"[>\s]*+(?:$|\*\s*$|Path:|Label:|Offset +Bytes|00 +01 +02 |-{5}[ -]*|unsigned |\};)"
)  # fmt: skip
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
_ESCAPES = {b"\\0": b"\0", b"\\a": b"\a", b"\\b": b"\b", b"\\f": b"\f", b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t",
            b"\\v": b"\v"}  # fmt: skip


def _pairs(text: bytes) -> bytes:
    return binascii.unhexlify(text.replace(b" ", b""))


def _little_words(text: bytes, base: int = 16) -> bytes:
    """``hexdump`` and ``od`` show numbers of two bytes, the lower one first, as x86 and ARM have them."""
    return b"".join(int(word, base).to_bytes(2, "little") for word in text.split())


def _octal_words(text: bytes) -> bytes:
    return _little_words(text, 8)


def _characters(text: bytes) -> bytes:
    """The cells of ``od -c``: characters, escapes, numbers."""
    return _CELL.sub(_character, text)


def _character(cell: re.Match[bytes]) -> bytes:
    plain, escape, octal, _, other = cell.groups()
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    return _ESCAPES[escape] if escape else plain or other or b""


def _numbers(text: bytes) -> bytes:
    return binascii.unhexlify(re.sub(rb"0x|[, ]", b"", text))


@dataclass(frozen=True, slots=True)
class Form:
    """How the bytes are written: ``what`` tells people; ``row`` finds an offset, if there is one, and the bytes.

    ``unit``: so many letters make whole bytes, where a row may end anywhere. ``base`` is that of the offsets, ``width``
    how many bytes, or letters, a full row has.
    """

    what: str
    row: re.Pattern[bytes]
    read: Callable[[bytes], bytes]
    unit: int = 0
    base: int = 16
    width: int = _USUAL_WIDTH


_FORMS = (
    Form("a dump of 16-bit numbers (hexdump, od -x)", _WORDS, _little_words),
    Form("a dump of octal numbers (od)", _OCTAL, _octal_words),
    Form("a dump of characters (od -c)", _CELLS, _characters),
    Form("a hexadecimal dump (xxd, hexdump -C, od -t x1, Format-Hex)", _BYTES, _pairs),
    Form("a list of hexadecimal numbers (xxd -i)", _ARRAY, _numbers, 1),
    Form("hexadecimal digits (xxd -p)", _DIGITS, _pairs, 2),
    Form("base64", _BASE64, binascii.a2b_base64, 4),
)


def form_of(head: bytes) -> Form | None:
    """Return how a log or a compressed file is written out in a text that begins with ``head``; ``None``: it is not."""
    if line_starts(head):
        return None
    if (decode := encoding_of(head).decoder()) is not None:
        head = decode(head, False)
    lines = head.splitlines()
    lines = lines[:-1] if len(lines) > 1 else lines
    filled = sum(1 for line in lines if not _OWN.match(line))
    for form in _FORMS:
        rows = [row for line in lines if (row := form.row.match(line))]
        if rows and len(rows) >= _LEAST_SHARE * filled and (learned := _learned(form, rows)):
            reader = _RowReader(learned)
            beginning = b"".join(chain(reader.shown(lines), reader.end()))
            if (
                beginning.startswith(_COMPRESSED)
                or len(_STAMPED.findall(beginning.replace(b"\0", b""))) >= _LEAST_STAMPS
            ):
                return learned
    return None


def _learned(form: Form, rows: Sequence[re.Match[bytes]]) -> Form | None:
    """Return the form with what its rows show of it; ``None`` where they do not fit each other."""
    if form.unit:
        width = Counter(len(row[1]) for row in rows).most_common(1)[0][0]
        return Form(form.what, form.row, form.read, form.unit, 0, width) if width >= _LEAST_WIDTH else None
    widths: Counter[tuple[int, int]] = Counter()
    for one, other in pairwise(rows):
        most = len(form.read(one[2]))
        for base in (16, 10, 8):
            step = _offset(other[1], base) - _offset(one[1], base)
            if 0 < step <= most:
                widths[step, base] += 1
    if not widths:
        return form
    (width, base), _ = max(widths.items(), key=lambda found: (found[1], found[0][0]))
    return Form(form.what, form.row, form.read, 0, base, width)


def _offset(digits: bytes, base: int) -> int:
    """Return an offset; -1 for what has other digits."""
    try:
        return int(digits, base)
    except ValueError:
        return -1


@dataclass(slots=True)
class _RowReader:
    """Reads rows of a form. ``others``: lines that are none; ``gaps``: how often something is missing."""

    form: Form
    others: int = 0
    gaps: int = 0
    _next: int = 0
    _last: bytes = b""
    _repeated: bool = False
    _letters: bytes = b""
    _open: bool = False
    _begun: bool = False

    def shown(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what some lines show; the last row may wait for what follows."""
        for line in lines:
            row = self.form.row.match(line)
            if row is None:
                yield from self._other(line)
                continue
            try:
                yield from self._run(row[1]) if self.form.unit else self._at(row[1], row[2])
            except (ValueError, OverflowError):
                self.gaps += 1

    def end(self) -> Iterator[bytes]:
        """Yield the last row."""
        yield self._last
        self.gaps += bool(self._letters)

    def _other(self, line: bytes) -> Iterator[bytes]:
        """What is no row: a sign that the row above is repeated, the offset at the end, or nothing of the dump."""
        end = None if self.form.unit else _ALONE.match(line)
        if end is not None and self._begun:
            at = _offset(end[1], self.form.base)
            yield from self._again(at)
            # Numbers of two bytes may show one byte more than there was.
            self._last = self._last[: max(len(self._last) - max(self._next - at, 0), 0)]
        elif line.strip(b"> \t\r") == b"*":
            self._repeated = True
        elif not _OWN.match(line):
            self.others += 1
            self._open = False

    def _run(self, letters: bytes) -> Iterator[bytes]:
        """A row of letters: a full one, or the last one behind such."""
        if len(letters) < self.form.width and not self._open:
            self.others += 1
            return
        self._open = len(letters) >= self.form.width
        letters = self._letters + letters
        whole = len(letters) - len(letters) % self.form.unit
        self._letters = letters[whole:]
        yield self.form.read(letters[:whole])

    def _at(self, digits: bytes, text: bytes) -> Iterator[bytes]:
        """A row at an offset. ``Get-Content | Format-Hex`` begins each line of the log at 0 again."""
        data, at = self.form.read(text)[: self.form.width], _offset(digits, self.form.base)
        if at == 0 and self._begun:
            yield self._last + b"\n"
        else:
            yield from self._again(at)
            if self.form.read is _characters and 0 < at - self._next < self.form.width and self._begun:
                # Blanks at the end of a row are shown as blanks, which editors and mails remove.
                self._last, self._next = self._last + b" " * (at - self._next), at
            yield self._last
            self.gaps += self._begun and at != self._next
        self._begun, self._last, self._next = True, data, at + len(data)

    def _again(self, at: int) -> Iterator[bytes]:
        """Yield the last row again, up to the offset ``at``, where a ``*`` stood below it."""
        repeated, self._repeated = self._repeated and bool(self._last), False
        piece = self._last * (_CHUNK // len(self._last)) if repeated else b""
        while repeated and at - self._next >= len(self._last):
            part = piece[: (at - self._next) // len(self._last) * len(self._last)]
            self._next += len(part)
            yield part


class Dumped:
    """A source of the bytes that a text shows in a ``form``."""

    def __init__(self, source: Peekable, form: Form, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._rows = _RowReader(form)
        self._decode = encoding_of(source.peek(_CHUNK)).decoder()
        self._pieces = Pieces(self._all())
        self._taken = self._given = 0

    @property
    def is_torn(self) -> bool:
        """Whether something is missing; known when all is read."""
        return self._rows.gaps > 0

    def told(self) -> str:
        """Return what a person must know, once all is read."""
        rows = self._rows
        passed = f"; lines that are no part of it were passed over: {rows.others}" if rows.others else ""
        missing = f"; parts of it that are missing or damaged: {rows.gaps}" if rows.gaps else ""
        return f"is {rows.form.what}, and was read: line numbers are those of the log in it{passed}{missing}"

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        started = now()
        part = self._pieces.read(size)
        self._given += len(part)
        self._budget.expand(len(part), elapsed(started))
        self._budget.check_ratio(self._taken, self._given)
        return part

    def _all(self) -> Iterator[bytes]:
        """Yield the bytes, a chunk of the text at a time."""
        held = b""
        while chunk := self._source.read(_CHUNK):
            self._taken += len(chunk)
            text = held + (chunk if self._decode is None else self._decode(chunk, False))
            *lines, held = text.replace(b"\r", b"\n").split(b"\n")
            if len(held) > _CHUNK:
                # Base64 without line ends, or what is no row in any case.
                lines, held = [*lines, held], b""
            yield from _gathered(self._rows.shown(lines))
        yield from _gathered(chain(self._rows.shown([held]), self._rows.end()))


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield small pieces as large ones."""
    some, size = [], 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size > _CHUNK:
            yield b"".join(some)
            some, size = [], 0
    yield b"".join(some)
