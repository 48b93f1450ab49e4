"""The generated tables, read once on first use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple


class UidEntry(NamedTuple):
    """One entry of PS3.6 Annex A; ``kind`` is its UID type (``SOP Class``, ``Transfer Syntax``, …)."""

    keyword: str
    name: str
    kind: str


class StatusRange(NamedTuple):
    """DIMSE status codes ``first`` to ``last``, both included, that mean the same."""

    first: int
    last: int
    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Tables:
    """``dcmtk_names``: every spelling of DCMTK 3.6.0 to 3.7.0; ``status``: by DIMSE command, ranges ascending."""

    uids: dict[str, UidEntry]
    uid_by_keyword: dict[str, str]
    dcmtk_names: dict[str, str]
    dcmtk_name_by_uid: dict[str, str]
    storage_classes: frozenset[str]
    status: dict[str, tuple[StatusRange, ...]]


@cache
def tables() -> Tables:
    """Read ``tables.json`` (some milliseconds, the first time only)."""
    raw = json.loads(Path(__file__).with_name("tables.json").read_text(encoding="ascii"))
    uids = {uid: UidEntry(*entry) for uid, entry in raw["uids"].items()}
    return Tables(
        uids=uids,
        uid_by_keyword={entry.keyword: uid for uid, entry in uids.items() if entry.keyword},
        dcmtk_names=raw["dcmtk_names"],
        dcmtk_name_by_uid={uid: name for name, uid in raw["dcmtk_names"].items()},
        storage_classes=frozenset(raw["storage_classes"]),
        status={command: tuple(StatusRange(*row) for row in rows) for command, rows in raw["status"].items()},
    )
