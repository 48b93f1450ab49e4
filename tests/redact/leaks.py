"""Searches a redacted log for planted values in every way of writing them; shares no code with the redaction."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

from planting import ALPHABETS

CODECS = {
    "ISO_IR 6": "ascii", "ISO_IR 100": "latin-1", "ISO_IR 101": "iso8859-2", "ISO_IR 144": "iso8859-5", "ISO_IR 126": "iso8859-7",
    "ISO_IR 127": "iso8859-6", "ISO_IR 138": "iso8859-8", "ISO_IR 148": "iso8859-9", "ISO_IR 166": "tis-620", "ISO_IR 192": "utf-8",
    "GB18030": "gb18030", "ISO 2022 IR 87": "iso2022_jp_2", "ISO 2022 IR 149": "euc_kr",
}  # fmt: skip
assert CODECS.keys() == ALPHABETS.keys()


def parts(value: str) -> set[str]:
    """The value and its components, without what is too short to be unique."""
    pieces = {value, *re.split(r"[\^=\\/]", value)}
    ascii_parts = {run for piece in pieces for run in re.findall(r"[A-Za-z0-9]{7,}", piece) if not run.isdigit() or run == value}
    return {piece for piece in pieces if len(piece) >= 7} | ascii_parts


def forms(part: str) -> Iterator[bytes]:
    """All ways of writing that occur in logs."""
    texts = {part, part.upper(), part.lower(), part.capitalize()}
    for text in texts:
        for codec in set(CODECS.values()):
            try:
                raw = text.encode(codec)
            except UnicodeEncodeError:
                continue
            yield raw
            yield quote_from_bytes(raw, safe="").encode()
            for digits in (raw.hex(), raw.hex().upper()):
                pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
                for separator in ("", " ", "  ", "\\", ":", "%", "\\x"):
                    yield separator.join(pairs).encode()
        yield quote(text).encode()
        yield text.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + text.encode())
            yield encoded[(0, 2, 3)[offset] : (offset + len(text.encode())) * 8 // 6]


def leaks(data: bytes, planted: dict[str, str]) -> list[tuple[str, str, bytes]]:
    """Planted values that are in the data: value, place where it was planted, form."""
    from ahocorasick_rs import BytesAhoCorasick

    patterns: dict[bytes, tuple[str, str]] = {}
    for value, place in planted.items():
        for part in parts(value):
            for form in forms(part):
                if len(form) >= 7:
                    patterns.setdefault(form, (value, place))
    keys = list(patterns)
    # A dump of a PDU breaks values into lines of 16 bytes; joined, they are searched once more.
    dump = b"\n".join(
        b"".join(re.findall(rb"[0-9a-f]{2}", line[5:])) for line in data.split(b"\n") if line.startswith(b"D:   ")
    ).replace(b"\n", b"")
    found = []
    for text in (data, dump):
        for index, start, end in BytesAhoCorasick(keys).find_matches_as_indexes(text):
            form = keys[index]
            if form.isdigit() and (text[start - 1 : start].isdigit() or text[end : end + 1].isdigit()):
                continue
            found.append((*patterns[form], form))
    return found
