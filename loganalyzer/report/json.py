r"""The JSON document of a diagnosis (``--format json``).

The document is plain ASCII: text outside ASCII is written as ``\uXXXX``, so that it survives every terminal, locale
and mail system, and no control or direction mark of a log reaches a terminal. Lone surrogates, which stand for bytes
that no encoding explains, become U+FFFD, because many JSON readers refuse a document that holds them.

Every member of every list stands on a line of its own, so that documents can be compared line by line.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from io import StringIO
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from loganalyzer.diagnosis.model import SCHEMA_VERSION
from loganalyzer.timeline.association import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.diagnosis.model import Diagnosis

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class TextStream(Protocol):
    """Anything that takes text: an open file, ``sys.stdout``, ``io.StringIO``."""

    def write(self, text: str, /) -> object:
        """Take ``text``; what is returned is not looked at."""
        ...


def to_json(diagnosis: Diagnosis) -> str:
    """Return the JSON document of ``diagnosis``, ending with a line feed; equal diagnoses give equal text."""
    stream = StringIO()
    write_json(diagnosis, stream)
    return stream.getvalue()


def write_json(diagnosis: Diagnosis, stream: TextStream) -> None:
    """Write the JSON document of ``diagnosis`` to ``stream``, one list member at a time.

    Memory does not grow with the number of associations. Errors of the stream (``OSError``) pass through.
    """
    for chunk in _document(diagnosis):
        stream.write(chunk)


def as_data(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the JSON document of ``diagnosis`` as dictionaries and lists, for callers that add to it."""
    data: dict[str, Any] = json.loads(to_json(diagnosis))
    return data


def _document(diagnosis: Diagnosis) -> Iterator[str]:
    encode = json.JSONEncoder(
        ensure_ascii=False, check_circular=False, allow_nan=False, separators=(", ", ": "), default=_as_json_value
    ).encode
    yield f'{{\n"schema_version": {SCHEMA_VERSION}'
    for field in fields(diagnosis):
        yield f',\n"{field.name}": '
        value = getattr(diagnosis, field.name)
        if isinstance(value, tuple):
            yield from _array(encode(member) for member in value)
        else:
            yield _safe(encode(value))
    yield "\n}\n"


def _array(members: Iterable[str]) -> Iterator[str]:
    separator = "[\n"
    for member in members:
        yield separator + _safe(member)
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def _safe(encoded: str) -> str:
    """Turn encoded JSON into ASCII: outside ASCII there is only text in strings, where an escape says the same."""
    if encoded.isascii():
        return encoded
    return _NOT_ASCII.sub(_escape, _SURROGATE.sub("\ufffd", encoded))


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]


def _as_json_value(value: object) -> object:
    """Give :class:`json.JSONEncoder` what it asks for; enumerations are strings to it already."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if is_dataclass(value) and not isinstance(value, type):
        names, read = _reader(type(value))
        members: dict[str, object] = dict(zip(names, read(value), strict=True))
        if isinstance(value, Operation):
            members["suboperations"] = dict(value.suboperations)
        return members
    message = f"a diagnosis cannot hold {type(value).__name__}"
    raise TypeError(message)


@cache
def _reader(kind: type) -> tuple[tuple[str, ...], attrgetter[tuple[object, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)
