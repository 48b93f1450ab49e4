"""The ways a value can be written, and the way back: percent and JSON escapes, character sets, hexadecimal bytes.

A ``View`` shows the plain text (UTF-8) of some raw bytes and knows which raw bytes every byte of it came from, so that
the text can be rewritten in parts and all that is kept is kept as it was written.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}|(?<!\\)\\+u[0-9A-Fa-f]{4}(?:\\+u[dD][c-fC-F][0-9A-Fa-f]{2})?")
_HIGH_SURROGATE = range(0xD800, 0xDC00)
#: Defined terms of Specific Character Set (PS3.3 Section C.12.1.1.2) and Python's codecs for them.
_CODECS = {
    "ISO_IR 100": "latin-1", "ISO_IR 101": "iso8859-2", "ISO_IR 109": "iso8859-3", "ISO_IR 110": "iso8859-4",
    "ISO_IR 144": "iso8859-5", "ISO_IR 127": "iso8859-6", "ISO_IR 126": "iso8859-7", "ISO_IR 138": "iso8859-8",
    "ISO_IR 148": "iso8859-9", "ISO_IR 203": "iso8859-15", "ISO_IR 13": "shift_jis", "ISO_IR 166": "tis-620",
    "ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gbk",
    "ISO 2022 IR 87": "iso2022_jp_2", "ISO 2022 IR 159": "iso2022_jp_2", "ISO 2022 IR 13": "shift_jis",
    "ISO 2022 IR 149": "euc_kr", "ISO 2022 IR 58": "gb2312",
}  # fmt: skip
_OF_ONE_BYTE = frozenset(name for name in _CODECS.values() if name.startswith(("latin", "iso8859", "tis")))
#: Designations of 8-bit sets that Python's codecs do not know; the bytes after them say the same without them.
_DESIGNATION = re.compile(rb"\x1b(?:\$\)[A-C]|[-.][A-Z]|\)[A-Z])")


class View(NamedTuple):
    """Plain text in UTF-8, and for each of its bytes the raw bytes that it stands for (empty inside a character)."""

    text: bytes
    slices: list[bytes]

    def raw(self, start: int, end: int) -> bytes:
        """The raw bytes of a part of the text."""
        return b"".join(self.slices[start:end])


def _view(characters: list[tuple[bytes, bytes]]) -> View:
    slices: list[bytes] = []
    for plain, raw in characters:
        slices.append(raw)
        slices.extend([b""] * (len(plain) - 1))
    return View(b"".join(plain for plain, _ in characters), slices)


def has_escapes(raw: bytes) -> bool:
    """Whether there is a percent or JSON escape in the bytes."""
    return (b"%" in raw or b"u" in raw) and _ESCAPE.search(raw) is not None


def unescape(raw: bytes) -> View:
    r"""Read ``%E4`` and ``\u00e4``, the latter also with a doubled backslash, as they come from JSON inside JSON."""
    characters: list[tuple[bytes, bytes]] = []
    position = 0
    for match in _ESCAPE.finditer(raw):
        characters += [(raw[i : i + 1], raw[i : i + 1]) for i in range(position, match.start())]
        characters.append((_escaped(match[0]), match[0]))
        position = match.end()
    characters += [(raw[i : i + 1], raw[i : i + 1]) for i in range(position, len(raw))]
    return _view(characters)


def _escaped(escape: bytes) -> bytes:
    if escape.startswith(b"%"):
        return bytes([int(escape[1:], 16)])
    units = [int(unit, 16) for unit in re.findall(rb"u([0-9A-Fa-f]{4})", escape)]
    if len(units) > 1 and units[0] in _HIGH_SURROGATE:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00).encode("utf-8", "replace")
    return "".join(map(chr, units)).encode("utf-8", "replace")


def is_plain(raw: bytes) -> bool:
    """Whether the bytes are ASCII without escape sequences, which all character sets read alike."""
    return raw.isascii() and b"\x1b" not in raw


def decode(raw: bytes, charset: str) -> View:
    """Read a value in its Specific Character Set; several values of it are joined by a backslash.

    What is no text in that set is read as UTF-8, and else as ISO 8859-1, in which everything is text.
    """
    terms = [term.strip() for term in charset.split("\\")]
    names = [
        _CODECS.get(term, _CODECS.get(term.replace("2022 IR", "IR").replace("ISO IR", "ISO_IR"))) for term in terms
    ]
    candidates = [name for name in reversed(names) if name]
    # The log of a toolkit may be in UTF-8 whatever its data sets are in; texts in sets of one byte hardly ever are.
    if any(name in _OF_ONE_BYTE for name in candidates):
        candidates.insert(0, "utf-8")
    for name in (*candidates, "utf-8"):
        view = _decoded(_DESIGNATION.sub(b"", raw) if b"\x1b" in raw else raw, name)
        if view is not None:
            return view
    return _decoded(raw, "latin-1") or View(b"", [])


def _decoded(raw: bytes, codec: str) -> View | None:
    decoder = codecs.getincrementaldecoder(codec)()
    characters: list[tuple[bytes, bytes]] = []
    pending = b""
    try:
        for i in range(len(raw)):
            pending += raw[i : i + 1]
            text = decoder.decode(raw[i : i + 1], final=i == len(raw) - 1)
            if text:
                characters.append((text.encode("utf-8"), pending))
                pending = b""
    except (UnicodeError, ValueError):
        return None
    if pending and characters:
        plain, last = characters.pop()
        characters.append((plain, last + pending))
    return _view(characters) if characters else None


def text_of(word: bytes) -> str:
    """A word as text: UTF-8 where it is that, else ISO 8859-1."""
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        return word.decode("latin-1")
