"""Recognises UTF-8, UTF-16 and UTF-32, with and without byte order mark, and transcodes as a stream."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# UTF-32LE begins as UTF-16LE does, so it comes first.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BEGINNING = 512
_MANY = 0.4
_FEW = 0.05


@dataclass(frozen=True, slots=True)
class Encoding:
    """``name`` is Python's name of the codec, ``mark`` the byte order mark that the file begins with.

    ``latin-1`` means bytes that are no valid UTF-8: they are passed on as they are, to be decoded line by line.
    """

    name: str
    mark: bytes = b""

    def decoder(self) -> Callable[[bytes, bool], bytes] | None:
        """Return a function that turns chunks into UTF-8 (its second argument: the last one); ``None``: none needed."""
        if self.name == "utf-8-sig":
            return _without_mark(self.mark)
        if not self.name.startswith(("utf-16", "utf-32")):
            return None
        decode = codecs.getincrementaldecoder(self.name)("replace").decode
        strip = _without_mark(codecs.BOM_UTF8)
        return lambda chunk, final: strip(decode(chunk, final).encode("utf-8", "replace"), final)


def encoding_of(head: bytes) -> Encoding:
    """Return the encoding of a file that begins with ``head``."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, mark)
    # Only the very beginning tells: Windows' programs append UTF-16 to files that were not.
    even, odd = head[:_BEGINNING:2], head[1:_BEGINNING:2]
    if odd and odd.count(0) > _MANY * len(odd) and even.count(0) < _FEW * len(even):
        return Encoding("utf-16-le")
    if odd and even.count(0) > _MANY * len(even) and odd.count(0) < _FEW * len(odd):
        return Encoding("utf-16-be")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return Encoding("latin-1")
    return Encoding("utf-8")


def _without_mark(mark: bytes) -> Callable[[bytes, bool], bytes]:
    """Return a function that passes chunks on without the mark at the very beginning."""
    begun = False

    def strip(chunk: bytes, final: bool) -> bytes:  # noqa: ARG001  the interface of a decoder
        nonlocal begun
        if begun or not chunk:
            return chunk
        begun = True
        return chunk.removeprefix(mark)

    return strip


def line_text(raw: bytes) -> str:
    """A line, or some, as text; what a peer sent in another character set, Orthanc prints as it is."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
