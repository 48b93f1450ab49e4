"""The fields of an entry of systemd's journal that matter here (systemd.journal-fields)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.sources.wrappers.json_objects import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = ("CONTAINER_NAME", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "_COMM")
READ = ("MESSAGE", *_NAMES, "CONTAINER_PARTIAL_MESSAGE", "_LINE_BREAK")


def message_of(fields: Mapping[str, str]) -> Message | None:
    """Return an entry's message with the program that wrote it; ``None`` without one.

    Docker's driver and journald itself (``LineMax=``) cut long lines into several entries and say so.
    """
    text = fields.get("MESSAGE")
    if text is None:
        return None
    key = next((fields[name] for name in _NAMES if fields.get(name)), "")
    partial = fields.get("CONTAINER_PARTIAL_MESSAGE") == "true" or fields.get("_LINE_BREAK") == "line-max"
    return Message(text.removesuffix("\n"), key, not partial)
