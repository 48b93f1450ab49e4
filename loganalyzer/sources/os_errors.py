"""Why a file cannot be read or written."""

from __future__ import annotations


def reason(error: OSError | ValueError) -> str:
    """The operating system's own words for an error, without number and path.

    A ``ValueError`` is Python's for a name with a NUL character, of which the system is never asked.
    """
    if isinstance(error, ValueError):
        return "its name is no path"
    return (error.strerror or str(error) or type(error).__name__).lower()
