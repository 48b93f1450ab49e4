"""Frames as CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# The wide forms are folded to the others by spreadsheets in East Asian languages.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV with a header. A text from the log that a spreadsheet would take for a formula gets an apostrophe."""
    safe = frame.copy()
    for column in safe.columns:
        if str(safe[column].dtype) == "string" or str(safe[column].dtype).startswith("str"):
            safe[column] = safe[column].map(guarded, na_action="ignore")
    text: str = safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%S.%f")
    return text.encode("utf-8", "backslashreplace")


def guarded(value: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
