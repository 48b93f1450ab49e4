"""Values in dumps of data sets: DCMTK's ``(0010,0010) PN [DOE^JANE]     #   8, 1 PatientName`` and its relatives.

pynetdicom, dcm4che and fo-dicom write nearly the same; pydicom, which Python plugins print, has a form of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.redact.attributes import attribute_by_keyword, attribute_by_tag, context_of
from loganalyzer.redact.kinds import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int, Context]

_PLACE = "attribute in a data set dump"
#: DCMTK's tools and pynetdicom put the letter of a level before it, dcm4che marks items of sequences with ``>``.
_BEGIN = rb"^(?:[TDIWEF]: )?[ >]*\(([0-9a-fA-F]{4}, ?[0-9a-fA-F]{4})\) "
_HEAD = _BEGIN + rb"([A-Z]{2}|na|\?\?|[a-z]{2})(?: #\d+)? "
#: DCMTK ``#   8, 1 PatientName``, pynetdicom ``# 1 PatientName``, fo-dicom ``# 8, PatientName``, dcm4che the keyword.
#: Bounded everywhere: a line may be full of what looks like the beginning of one.
_TAIL = rb"\s{0,200}# {0,8}(?:\d{1,12}|u/l)(?:, {0,8}\d{1,12})?,? {0,8}([\w?]{0,200})[^\]\n]{0,1000}$"
_LINE = re.compile(_HEAD + rb"(.*?)" + _TAIL, re.DOTALL)
_BARE = re.compile(_HEAD + rb"(\[.*\])\s+([A-Z]\w+|\?)$", re.DOTALL)
#: pydicom: ``(0010,0010) Patient's Name                      PN: 'DOE^JANE'``
_PYDICOM = re.compile(_BEGIN + rb".{0,80}?\b([A-Z]{2}|OB or OW|US or (?:SS|OW)[\w ]*): (.*)$", re.DOTALL)
_OPEN = re.compile(_HEAD + rb"\[(.*)$", re.DOTALL)
_CLOSE = re.compile(rb"^(?:[TDIWEF]: )?(.*)\](?:" + _TAIL[:-1] + rb"|\s+[A-Z]\w+)$", re.DOTALL)
_NO_VALUE = (b"(", b"=")


def dump_places(text: bytes, charset: str) -> Iterator[Place]:
    """Yield the value of a line of a data set dump; nothing when the line is none, or holds no value."""
    match = _match(text)
    if match is None:
        return
    start, end = match.span(3)
    if match[3].startswith(b"["):
        start, end = start + 1, end - 1 if match[3].endswith(b"]") else end
    elif match[3].startswith(_NO_VALUE):
        return
    keyword = match[4] if match.re is not _PYDICOM else b""
    yield start, end, value_context(match[1], match[2], keyword, charset)


def _match(text: bytes) -> re.Match[bytes] | None:
    if b"(" not in text[:40]:
        return None
    return _LINE.match(text) or _BARE.match(text) or _PYDICOM.match(text)


def value_context(tag: bytes, representation: bytes, keyword: bytes, charset: str) -> Context:
    """How the value of an attribute is to be treated."""
    attribute = attribute_by_tag(tag.decode().replace(" ", "")) or attribute_by_keyword(keyword.decode("latin-1"))
    return context_of(attribute, _PLACE, representation.decode("latin-1"), charset)


def is_line(text: bytes) -> bool:
    """Whether the text is a whole line of a data set dump."""
    return _match(text) is not None


def opened_value(text: bytes, charset: str) -> tuple[int, Context] | None:
    """Where a value begins that goes on in the next line, and how it is to be treated."""
    if b") " not in text[:60] or (match := _OPEN.match(text)) is None or is_line(text):
        return None
    return match.start(3), value_context(match[1], match[2], b"", charset)


def end_of_value(text: bytes) -> int | None:
    """Where a value ends that began in an earlier line; None when it goes on."""
    match = _CLOSE.match(text)
    return match.end(1) if match is not None else None


def charset_in(text: bytes) -> str | None:
    """The Specific Character Set that a line of a dump announces; None when it is another line."""
    if b"(0008,0005) CS [" not in text:
        return None
    return text.partition(b"[")[2].rpartition(b"]")[0].decode("latin-1")
