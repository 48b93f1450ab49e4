"""``journalctl -o json``: one entry of systemd's journal per line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from loganalyzer.sources.wrappers.journal_fields import USED, message_of
from loganalyzer.sources.wrappers.json_lines import JsonPeeler, Message, as_object
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper, share
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


def _read(value: dict[str, Any]) -> Message | None:
    return message_of({name: found for name in USED if (found := _value(value.get(name))) is not None})


class JournalJson(Wrapper):
    """Entries of systemd's journal as JSON; each program is one stream."""

    name: ClassVar[str] = "journald-json"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return JsonPeeler(_read, ("MESSAGE",), USED - {"MESSAGE", "__REALTIME_TIMESTAMP"})

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines:
            stamp = (as_object(line) or {}).get("__REALTIME_TIMESTAMP")
            if isinstance(stamp, str) and stamp.isascii() and stamp.isdigit():
                return clock_from_epoch(int(stamp) / 1e6)
        return None
