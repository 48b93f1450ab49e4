"""The rows of files that were not read; the process that scans makes them without what reads logs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.scan.inputs import Input
    from loganalyzer.scan.rows import Key, Row

LONGEST_REASON = 500


def file_id(one: Input, name: str, key: str = "", number: int = 1) -> str:
    """Names a log: the same for the same reading of the same file."""
    parts = (key or one.location, name, number)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def file_row(key: Key, one: Input, reading: str, status: str, why: str) -> Row:
    """The row of a file that was not read; ``reading`` is its key, empty where it should be tried again."""
    nothing = (None,) * 18
    return (
        *key,
        one.name,
        status,
        why[:LONGEST_REASON],
        None,
        *nothing,
        one.size,
        one.version or None,
        reading or None,
        None,
    )
