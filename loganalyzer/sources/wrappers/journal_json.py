"""``journalctl -o json``: one entry of systemd's journal per line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from loganalyzer.sources.wrappers.journal_fields import READ, message_of
from loganalyzer.sources.wrappers.json_objects import JsonForm, JsonPeeler, Message, as_object
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(rb'\{.*"__REALTIME_TIMESTAMP"\s*:.*\}')


def _value(value: object) -> str | None:
    """Return a field as text: a list of byte values where it is not printable, the first of several values."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        if all(isinstance(item, int) and 0 <= item < 256 for item in value):
            return bytes(value).decode("utf-8", "surrogateescape")
        return value[0] if isinstance(value[0], str) else None
    return None


def _read(entry: object) -> Message | None:
    return message_of({name: found for name in READ if (found := _value(getattr(entry, name))) is not None})


_ENTRY = msgspec.defstruct("_Entry", [(name, Any, None) for name in READ])
_FORM = JsonForm(_ENTRY, ("MESSAGE",), _read)


class JournalJson(Wrapper):
    """Entries of systemd's journal as JSON; each program is one stream."""

    name: ClassVar[str] = "journald-json"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return JsonPeeler(_FORM)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines:
            stamp = (as_object(line) or {}).get("__REALTIME_TIMESTAMP")
            if isinstance(stamp, str) and stamp.isascii() and stamp.isdigit():
                return clock_from_epoch(int(stamp) / 1e6)
        return None
