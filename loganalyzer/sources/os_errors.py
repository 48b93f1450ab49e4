"""What the operating system says of files that cannot be read or written."""

from __future__ import annotations


def reason(error: OSError) -> str:
    """The operating system's own words for an error, without number and path."""
    return (error.strerror or str(error) or type(error).__name__).lower()
