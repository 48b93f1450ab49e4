"""The JSON that Orthanc's REST API answers to a failed call, and its job descriptions, wherever they stand in a text.

Source: ``HttpOutput.cpp`` and ``JobInfo.cpp`` of Orthanc 1.5.0 to 1.13.0. Bodies may be pretty-printed, indented, cut
at either end, or escaped inside another string.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_ERROR_KEYS = ("HttpError", "HttpStatus", "OrthancError", "OrthancStatus", "Message", "Method", "Uri", "Details")
_JOB_KEYS = ("ErrorCode", "ErrorDescription", "ErrorDetails", "State", "Type", "ID", "Content", "DimseErrorStatus")
_TELLING = {"HttpError", "OrthancError", "OrthancStatus", "ErrorDescription", "ErrorDetails"}
_KEYS = "|".join((*_ERROR_KEYS, *_JOB_KEYS))
#: The tree view of a browser copies a body without the quotes around its keys.
_PAIR = re.compile(rf'(?:"(?P<key>{_KEYS})"|^[ \t]*(?P<bare>{_KEYS}))\s*:\s*(?=["\d-])', re.MULTILINE)
#: A body inside a string: its quotes, the quotes in its own strings, and its white space.
_ESCAPED = re.compile(r'\\\\\\"|\\"|\\[ntr]')
_MAX_OBJECTS = 500
_NEAR_CHARS = 600
_MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Body:
    """What a body says.

    ``start`` and ``end`` are its place in the text; ``job`` tells a job description from an answer.
    """

    start: int
    end: int
    job: bool
    description: str
    details: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The message as Orthanc's log has it."""
        return f"{self.description}: {self.details}" if self.details else self.description


def bodies_in(text: str) -> list[Body]:
    """All bodies of failures, in order."""
    if not any(key in text for key in _TELLING):
        return []
    found = _bodies(text)
    if any(f'\\"{key}\\"' in text for key in _TELLING):
        found += [b for b in _bodies(_ESCAPED.sub(_unescaped, text)) if not any(_meet(b, f) for f in found)]
    return sorted(found, key=lambda b: b.start)


def _bodies(text: str) -> list[Body]:
    found: list[Body] = []
    end = 0
    for start, stop, values in _objects(text):
        body = _body(start, stop, values)
        if body is not None and start >= end:
            found.append(body)
            end = stop
    whole = tuple(found)
    for start, stop, values in _pairs(text):
        body = _body(start, stop, values)
        if body is not None and not any(b.start <= start < b.end for b in whole):
            found.append(body)
    return found


def _meet(a: Body, b: Body) -> bool:
    return a.start < b.end and b.start < a.end


def _unescaped(m: re.Match[str]) -> str:
    """What an escape in a string that holds a body stands for, in the same length, so that places stay."""
    if m[0].endswith('"'):
        return '  \\"' if len(m[0]) > 2 else ' "'
    return "  "


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, object]]]:
    """Whole objects; those inside others as well, since a job may hold the error."""
    at = -1
    for _ in range(_MAX_OBJECTS):
        at = text.find("{", at + 1)
        if at < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield at, end, value


def _pairs(text: str) -> Iterator[tuple[int, int, dict[str, object]]]:
    """What is left of objects that were cut: their pairs that stand close together."""
    values: dict[str, object] = {}
    start = end = 0
    for m in _PAIR.finditer(text):
        try:
            value, stop = _DECODER.raw_decode(text, m.end())
        except (ValueError, RecursionError):
            value, stop = text[m.end() + 1 : m.end() + _MAX_TEXT].partition("\n")[0], m.end() + 1
        key = m["key"] or m["bare"]
        if values and (key in values or m.start() - end > _NEAR_CHARS):
            yield start, end, values
            values = {}
        if not values:
            start = m.start()
        values[key] = value
        end = stop
    if values:
        yield start, end, values


def _body(start: int, end: int, values: dict[str, object]) -> Body | None:
    """A body that tells of a failure; None for other objects and for jobs that went well."""
    if not _TELLING & values.keys():
        return None
    texts = {
        k: str(v)[:_MAX_TEXT] for k, v in values.items() if isinstance(v, str | int | float) and not isinstance(v, bool)
    }
    job = "ErrorDescription" in texts or "ErrorDetails" in texts or "ErrorCode" in texts
    if job and (texts.get("ErrorCode") == "0" or texts.get("State") in ("Success", "Running", "Pending")):
        return None
    description = (
        texts.get("ErrorDescription")
        or texts.get("OrthancError")
        or texts.get("Message")
        or texts.get("HttpError")
        or ""
    )
    details = texts.get("ErrorDetails") or texts.get("Details") or ""
    if not description and not details:
        return None
    named = {
        "http_status": texts.get("HttpStatus"), "orthanc_status": texts.get("OrthancStatus") or texts.get("ErrorCode"),
        "method": texts.get("Method"), "uri": texts.get("Uri"), "http_error": texts.get("HttpError"),
        "job_type": texts.get("Type"), "job": texts.get("ID"), "description": description, "details": details,
    }  # fmt: skip
    return Body(start, end, job, description, details, {k: v for k, v in named.items() if v})
