r"""The JSON document of a diagnosis (``--format json``).

The document is plain ASCII: text outside ASCII is written as ``\uXXXX``, so that it survives every terminal, locale
and mail system, and no control or direction mark of a log reaches a terminal. Lone surrogates, which stand for bytes
that no encoding explains, become U+FFFD, because many JSON readers refuse a document that holds them.

Every member of every list stands on a line of its own, so that documents can be compared line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from io import StringIO
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from loganalyzer.diagnosis.model import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
    yield f'{{\n"schema_version": {SCHEMA_VERSION}'
    for field in fields(diagnosis):
        yield f',\n"{field.name}": '
        value = getattr(diagnosis, field.name)
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield from _array(value)
        else:
            yield _encoded(value)
    yield "\n}\n"


def _array(members: Iterable[object]) -> Iterator[str]:
    encode = msgspec.json.Encoder().encode
    separator = "[\n"
    for member in members:
        yield separator + _encoded(member, encode)
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def _encoded(value: object, encode: Callable[[object], bytes] = msgspec.json.encode) -> str:
    """The JSON text of a value in ASCII: outside ASCII there is only text in strings, where an escape says the same."""
    try:
        encoded = encode(value)
    except UnicodeEncodeError:
        encoded = encode(_without_surrogates(msgspec.to_builtins(value)))
    if encoded.isascii():
        return encoded.decode("ascii")
    return _NOT_ASCII.sub(_escape, encoded.decode())


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(member) for member in value]
    return value
