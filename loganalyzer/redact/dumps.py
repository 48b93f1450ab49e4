"""Values in the data set dumps of DCMTK: ``(0010,0010) PN [DOE^JANE]     #   8, 1 PatientName``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.redact.attributes import attribute_by_keyword, attribute_by_tag, context_of
from loganalyzer.redact.kinds import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int, Context]

_PLACE = "attribute in a data set dump"
_HEAD = rb"^ *\(([0-9a-fA-F]{4},[0-9a-fA-F]{4})\) ([A-Za-z?]{2}) "
_TAIL = rb"\s*# *(?:\d+|u/l), *\d+ *([\w?]*)[^\]\n]*$"
_LINE = re.compile(_HEAD + rb"(.*?)" + _TAIL, re.DOTALL)
_OPEN = re.compile(_HEAD + rb"\[(.*)$", re.DOTALL)
_CLOSE = re.compile(rb"^(.*)\]" + _TAIL, re.DOTALL)
_NO_VALUE = (b"(", b"=")


def dump_places(text: bytes, charset: str) -> Iterator[Place]:
    """Yield the value of a line of a data set dump; nothing when the line is none, or holds no value."""
    if b"(" not in text[:40] or (match := _LINE.match(text)) is None:
        return
    start, end = match.span(3)
    if match[3].startswith(b"["):
        start, end = start + 1, end - 1 if match[3].endswith(b"]") else end
    elif match[3].startswith(_NO_VALUE):
        return
    yield start, end, value_context(match[1], match[2], match[4], charset)


def value_context(tag: bytes, representation: bytes, keyword: bytes, charset: str) -> Context:
    """How the value of an attribute is to be treated."""
    attribute = attribute_by_tag(tag.decode()) or attribute_by_keyword(keyword.decode("latin-1"))
    return context_of(attribute, _PLACE, representation.decode("latin-1"), charset)


def is_line(text: bytes) -> bool:
    """Whether the text is a whole line of a data set dump."""
    return b"(" in text[:40] and _LINE.match(text) is not None


def opened_value(text: bytes, charset: str) -> tuple[int, Context] | None:
    """Where a value begins that goes on in the next line, and how it is to be treated."""
    if b") " not in text[:60] or (match := _OPEN.match(text)) is None or _LINE.match(text) is not None:
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
