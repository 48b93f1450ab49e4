"""Whose log it is: the names of products, for all who only tell them apart."""

from __future__ import annotations

ORTHANC = "orthanc"
UNKNOWN_PRODUCT = "unknown"
TEXT = "text"
"""Sentences about DICOM, and no log of any program."""
NO_PROGRAM = frozenset({UNKNOWN_PRODUCT, TEXT})
"""What is no program's log."""


def of_another_program(product: str) -> bool:
    """Whether a log is that of another program than Orthanc."""
    return product != ORTHANC and product not in NO_PROGRAM
