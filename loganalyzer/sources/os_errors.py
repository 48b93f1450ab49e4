"""Why a file cannot be read or written."""

from __future__ import annotations

import re

#: pyarrow puts these before the words of the system: what it was at, and the number of the error.
_AROUND = re.compile(r"(?s)^.*\[errno \d+\] ", re.IGNORECASE)


def reason(error: OSError | ValueError) -> str:
    """The operating system's own words for an error, without number and path.

    A ``ValueError`` is Python's for a name with a NUL character, of which the system is never asked.
    """
    if isinstance(error, ValueError):
        return "its name is no path"
    return (_AROUND.sub("", error.strerror or str(error)) or type(error).__name__).lower()
