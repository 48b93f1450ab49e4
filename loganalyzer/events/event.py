"""What a record means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from loganalyzer.dumps.dump import Dump
    from loganalyzer.records.record import Record


class Event(msgspec.Struct, frozen=True, gc=False):
    """A record that a pattern recognised.

    ``type`` is the pattern's event name (``association.received``), ``fields`` what its placeholders caught, ``dump``
    the block of raw lines behind the record where the pattern announces one. ``partial``: the text was cut or redacted,
    and fields are missing, so that it proves a cause and rebuilds no association.
    """

    type: str
    record: Record
    fields: dict[str, str]
    dump: Dump | None = None
    partial: bool = False
