"""Searches a redacted log for planted values in every way of writing them; shares no code with the redaction."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ahocorasick_rs import BytesAhoCorasick

CODECS = ("utf-8", "latin-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-6", "iso8859-8", "iso8859-9", "tis-620",
          "gb18030", "iso2022_jp_2", "euc_kr")  # fmt: skip
_ESCAPES = re.compile(rb"(?:\\+u[0-9a-fA-F]{4})+")
_HEX_RUN = re.compile(rb"(?:[0-9a-fA-F]{2}(?:  | |\\x|\\|:|%)?){6,}")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_MIN = 6


class Leak(NamedTuple):
    """A planted value that is still there: where it was planted and in which reading of the log it was found."""

    value: str
    place: str
    reading: str


def parts(value: str) -> set[str]:
    """The value and its components, without those that are too short to be unique."""
    pieces = {value, *re.split(r"[\^=\\/\n ]", value)}
    latin = {
        run for piece in pieces for run in re.findall(r"[A-Za-z0-9]{7,}", piece) if not run.isdigit() or run == value
    }
    return {piece for piece in pieces if len(piece) >= _MIN} | latin


def readings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The log as it is, and with each kind of escape or encoding taken away."""
    yield "plain", data
    yield "percent", unquote_to_bytes(unquote_to_bytes(data))
    yield "json", _ESCAPES.sub(_unescaped, data)
    yield (
        "hexadecimal",
        b"\n".join(
            bytes.fromhex("".join(re.findall("[0-9a-fA-F]{2}", run.decode()))) for run in set(_HEX_RUN.findall(data))
        ),
    )
    dump = [line[5:].split() for line in data.split(b"\n") if line.startswith(b"D:   ")]
    yield (
        "dump of a PDU",
        b"".join(binascii.unhexlify(pair) for line in dump for pair in line if re.fullmatch(rb"[0-9a-f]{2}", pair)),
    )
    yield "base64", b"\n".join(_decoded(run[offset:]) for run in set(_BASE64_RUN.findall(data)) for offset in range(4))


def _unescaped(match: re.Match[bytes]) -> bytes:
    units = [int(unit, 16) for unit in re.findall(rb"u([0-9a-fA-F]{4})", match[0])]
    return b"".join(unit.to_bytes(2) for unit in units).decode("utf-16-be", "replace").encode()


def _decoded(run: bytes) -> bytes:
    run = run.replace(b"-", b"+").replace(b"_", b"/")
    return base64.b64decode(run[: len(run) // 4 * 4])


@dataclass(frozen=True)
class _Search:
    """What finds planted values: the bytes of their parts, and what each is of."""

    automaton: BytesAhoCorasick
    keys: list[bytes]
    planted: dict[bytes, tuple[str, str]]


@lru_cache(maxsize=4)
def _search(planted: tuple[tuple[str, str], ...]) -> _Search:
    patterns: dict[bytes, tuple[str, str]] = {}
    for value, place in planted:
        for part in parts(value):
            for codec in ("utf-8",) if part.isascii() else CODECS:
                try:
                    raw = part.encode(codec).lower()
                except UnicodeEncodeError:
                    continue
                if len(raw) >= _MIN:
                    patterns.setdefault(raw, (value, place))
    keys = list(patterns)
    return _Search(BytesAhoCorasick(keys), keys, patterns)


def leaks(data: bytes, planted: dict[str, str]) -> list[Leak]:
    """All planted values that are in the data."""
    search = _search(tuple(planted.items()))
    found = []
    for reading, text in readings(data):
        for index, start, end in search.automaton.find_matches_as_indexes(text.lower()):
            key = search.keys[index]
            inside = key.isdigit() and (text[start - 1 : start].isdigit() or text[end : end + 1].isdigit())
            if not inside:
                found.append(Leak(*search.planted[key], reading))
    return found
