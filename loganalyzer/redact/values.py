"""Takes a value at a labelled place apart into the pieces that get pseudonyms of their own."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from loganalyzer.redact.kinds import Action, Context, Kind
from loganalyzer.redact.shapes import is_date, is_kept_address
from loganalyzer.redact.vocabulary import DEFAULT_AETS, PUBLIC_HOSTS, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Piece = tuple[int, int, Action, Kind]

#: Roots of UIDs that programs and the standard use for what is no instance: SOP classes, transfer syntaxes,
#: implementations of DCMTK, pynetdicom, dcm4che, fo-dicom, Orthanc.
_PUBLIC_UIDS = re.compile(
    rb"1\.2\.840\.10008(?:\.\d+)*|1\.2\.276\.0\.7230010\.3\.0\.3\.\d+(?:\.\d+)*|1\.2\.276\.0\.7230010\.3\.1\.0\.\d+|1\.2\.826\.0\.1\.3680043\.9\.3811(?:\.\d+){0,6}|"
    rb"1\.2\.826\.0\.1\.3680043\.8\.498\.1|1\.2\.40\.0\.13\.1\.[13](?:\.\d+)?|1\.3\.6\.1\.4\.1\.30071\.8|1\.2\.826\.0\.1\.3680043\.2\.1143(?:\.\d+){0,5}"
)
_PIECE = re.compile(
    rb"(?P<hex>(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}-){4}[0-9a-fA-F]{8}(?![0-9A-Za-z-])"
    rb"|(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"
    rb"|(?<![0-9A-Za-z:-])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![0-9A-Za-z:-]))"
    rb"|(?P<dotted>(?<![0-9A-Za-z.])\d+(?:\.\d+){3,}(?![0-9A-Za-z]))"
    rb"|(?P<ipv6>(?<![0-9A-Za-z:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:\d+\.\d+\.\d+\.\d+)?(?![0-9A-Za-z:]))"
    rb"|(?P<date>(?<![0-9A-Za-z])\d{4}(?P<sign>[-.])\d\d(?P=sign)\d\d(?!\d))"
    rb"|(?P<word>[0-9A-Za-z\x80-\xff]+)"
)
_HEX_BYTES = re.compile(rb"[0-9a-fA-F]{2}(?:\\[0-9a-fA-F]{2})*(?:\.\.\.)?")
_HEX_WORDS = re.compile(rb"[0-9a-fA-F]{4}(?:\\[0-9a-fA-F]{4})*(?:\.\.\.)?")
_EMPTY = frozenset({b"(no value available)", b"*** POTENTIAL PHI ***", b"(null)", b"null", b"true", b"false"})


#: Bytes written one by one in free text: ``51 5a``, ``51:5a``, ``51\\5a``, ``0x51, 0x5a``, ``\\x51\\x5a``.
_HEX_TEXT = re.compile(
    rb"(?<![0-9A-Za-z])(?:0x|(?<!\\)\\+x)?[0-9a-fA-F]{2}"
    rb"(?:(?:, ?|[ :-]|\\{1,4}(?=[0-9a-fA-F]))(?:0x|\\+x)?[0-9a-fA-F]{2}|\\+x[0-9a-fA-F]{2}){5,}(?![0-9A-Za-z])"
)
_HEX_PAIR = re.compile(rb"(?:0x|x)?([0-9a-fA-F]{2})")
_READABLE = re.compile(rb"[0-9A-Za-z]{4}")


def hex_texts(text: bytes) -> Iterator[tuple[int, int]]:
    """Where bytes are written one by one that can be read as text."""
    for match in _HEX_TEXT.finditer(text):
        if _READABLE.search(bytes(int(pair, 16) for pair in _HEX_PAIR.findall(match[0]))):
            yield match.span()


def rewrite_hex_text(raw: bytes, rewrite: Callable[[bytes], bytes]) -> bytes:
    """Rewrite bytes that are written one by one; all that stands between them stays."""
    pairs = list(_HEX_PAIR.finditer(raw))
    plain = bytes(int(pair[1], 16) for pair in pairs)
    made, position = [], 0
    for pair, byte in zip(pairs, rewrite(plain).ljust(len(plain), b" "), strict=False):
        made += [raw[position : pair.start(1)], f"{byte:02x}".encode() if raw.islower() else f"{byte:02X}".encode()]
        position = pair.end(1)
    return b"".join([*made, raw[position:]])


def value_tokens(value: bytes, context: Context) -> Iterator[Piece]:
    r"""Yield the pieces of a plain value; what lies between them (``^ = \\ * ? -`` and blanks) stays."""
    if value in _EMPTY:
        return
    kind = context.value or Kind.TEXT
    if kind is Kind.AET:
        yield from _aets(value)
    elif context.representation == "DT":
        yield from _date_times(value)
    else:
        for match in _PIECE.finditer(value):
            yield from _piece(match, kind, context.representation)


def _aets(value: bytes) -> Iterator[Piece]:
    position = 0
    for title in value.split(b"\\"):
        bare = title.strip(b" \0\"'")
        start = position + title.find(bare) if bare else position
        if bare and bare.decode("latin-1").upper() not in DEFAULT_AETS:
            yield start, start + len(bare), Action.AET, Kind.AET
        position += len(title) + 1


def _date_times(value: bytes) -> Iterator[Piece]:
    for match in re.finditer(rb"\d+", value):
        digits, start = match[0].decode(), match.start()
        if len(digits) >= 8 and is_date(digits[:8]):
            yield start, start + 8, Action.DATE, Kind.DATE
            if len(digits) > 8:
                yield start + 8, match.end(), Action.TIME, Kind.DATE
        else:
            yield start, match.end(), Action.NUMBER, Kind.DATE


def _piece(match: re.Match[bytes], kind: Kind, representation: str) -> Iterator[Piece]:
    form, (start, end) = match.lastgroup, match.span()
    if form == "hex":
        yield start, end, Action.HEX, Kind.RESOURCE
    elif form == "ipv6":
        if _is_address(match[0]) and not is_kept_address(match[0].decode()):
            yield start, end, Action.IP, Kind.IP
    elif form == "dotted":
        yield from _dotted(match[0], start, end)
    elif form == "date" and is_date(match[0].decode()):
        yield start, end, Action.DATE, Kind.DATE
    elif form == "word":
        yield from _word(match[0], start, end, kind, representation)
    elif form == "date":
        for part in re.finditer(rb"\d+", match[0]):
            yield start + part.start(), start + part.end(), Action.NUMBER, kind


def _dotted(digits: bytes, start: int, end: int) -> Iterator[Piece]:
    if digits.count(b".") == 3 and _is_address(digits):
        if not is_kept_address(digits.decode()):
            yield start, end, Action.IP, Kind.IP
    elif not _PUBLIC_UIDS.fullmatch(digits):
        yield start, end, Action.UID, Kind.UID


def _is_address(text: bytes) -> bool:
    try:
        ipaddress.ip_address(text.decode())
    except ValueError:
        return False
    return True


def _word(word: bytes, start: int, end: int, kind: Kind, representation: str) -> Iterator[Piece]:
    if kind is Kind.SOFTWARE and (word.isdigit() or word in vocabulary()):
        return
    if word.isdigit():
        text = word.decode()
        if representation == "TM":
            yield start, end, Action.TIME, kind
        elif is_date(text):
            yield start, end, Action.DATE, Kind.DATE
        else:
            yield start, end, Action.NUMBER, kind
    elif kind is Kind.HOST and (word.lower() in PUBLIC_HOSTS or word.lower() in _TOP_LEVEL):
        return
    else:
        yield start, end, Action.WORD, kind


_TOP_LEVEL = frozenset(b"com org net edu gov mil local lan localdomain internal invalid example test localhost".split())


def rewrite_hex_value(raw: bytes, rewrite: Callable[[bytes], bytes]) -> bytes | None:
    r"""Rewrite bytes that a data set dump prints as ``51\5a`` (OB, UN) or ``5a51`` (OW, words of two bytes).

    None when the text is no such dump. The number of bytes stays.
    """
    if _HEX_BYTES.fullmatch(raw):
        width = 1
    elif _HEX_WORDS.fullmatch(raw):
        width = 2
    else:
        return None
    tail = raw[-3:] if raw.endswith(b"...") else b""
    groups = raw[: len(raw) - len(tail)].split(b"\\")
    plain = b"".join(bytes.fromhex(group.decode())[::-1] for group in groups)
    made = rewrite(plain).ljust(len(plain), b" ")[: len(plain)]
    return b"\\".join(made[i : i + width][::-1].hex().encode() for i in range(0, len(made), width)) + tail
