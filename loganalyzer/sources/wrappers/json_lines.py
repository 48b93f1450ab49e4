"""One JSON object per line with the message in one of its fields: log shippers, Kubernetes, cloud consoles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from loganalyzer.sources.wrappers.json_objects import JsonForm, JsonPeeler, Message, as_bytes, as_object
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGES = ("log", "message", "msg", "MESSAGE", "@message", "textPayload", "line", "body", "text")
"""The members that may hold the line, the likelier ones first."""
_TIMES = ("time", "@timestamp", "timestamp", "ts", "date")
_NAMES = ("container_name", "container", "pod", "service", "app", "source")
_PLACES = ("kubernetes", "resource", "docker")
_LINE = re.compile(rb'\s*\{.*"(?:' + "|".join(MESSAGES).encode() + rb')"\s*:\s*"')

_Place = msgspec.defstruct("_Place", [(name, Any, None) for name in _NAMES], frozen=True, gc=False)
_ENTRY = msgspec.defstruct(
    "_Entry",
    [(name.replace("@", "at_"), Any, None) for name in MESSAGES]
    + [(name, Any, None) for name in _NAMES]
    + [(name, _Place | list | str | float | bool | None, None) for name in _PLACES],
    rename={"at_message": "@message"},
)
_TEXTS = tuple(name.replace("@", "at_") for name in MESSAGES)


def _read(entry: object) -> Message | None:
    for name in _TEXTS:
        text = getattr(entry, name)
        if isinstance(text, str):
            return Message(text.removesuffix("\n"), _name(entry))
    return None


def _name(entry: object) -> str:
    for place in (entry, *(getattr(entry, place) for place in _PLACES)):
        for name in _NAMES:
            found = getattr(place, name, None)
            if isinstance(found, str):
                return found
    return ""


_FORM = JsonForm(_ENTRY, _TEXTS, _read)


class JsonLines(Wrapper):
    """JSON objects of log shippers, with the message under one of the usual names."""

    name: ClassVar[str] = "json-lines"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  the names of the fields are looked up per line
        """See ``Wrapper``."""
        return JsonPeeler(_FORM)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines:
            value = as_object(line) or {}
            for name in _TIMES:
                if isinstance(value.get(name), str) and (clock := clock_from(as_bytes(value[name]))):
                    return clock
        return None
