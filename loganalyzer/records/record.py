"""Orthanc's log records."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- a type of a field

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """One message of the log, without the raw lines that may follow it.

    ``line`` is 1-based in the file as given. ``level`` is ``E W I T F D``; ``dcmtk`` says that DCMTK wrote it (no time,
    thread or file then). ``file`` is the source file as printed, ``plugin`` the plugin's name before ``:/`` (Orthanc
    1.12.4 and later), ``context`` what stands between bars (1.13.0 and later, ``job <uuid>``). ``text`` is the whole
    line.
    """

    line: int
    time: datetime | None
    level: str | None
    thread: str | None
    context: str | None
    plugin: str | None
    file: str | None
    category: str | None
    message: str
    dcmtk: bool
    text: str

    @property
    def is_alarm(self) -> bool:
        """Whether it claims to be a warning or worse."""
        return self.level in {"E", "W", "F"}
