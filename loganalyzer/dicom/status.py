"""DIMSE status codes (PS3.7 Annex C, PS3.4 by service class)."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum

from loganalyzer.dicom.tables import tables


class StatusCategory(StrEnum):
    """Status class of PS3.7 C.1 to C.5."""

    SUCCESS = "success"
    PENDING = "pending"
    WARNING = "warning"
    FAILURE = "failure"
    CANCEL = "cancel"
    UNKNOWN = "unknown"


_CLASSES = (
    (0xA000, 0xAFFF, StatusCategory.FAILURE),
    (0xB000, 0xBFFF, StatusCategory.WARNING),
    (0xC000, 0xCFFF, StatusCategory.FAILURE),
    (0x0001, 0x0001, StatusCategory.WARNING),
    (0x0101, 0x01FF, StatusCategory.FAILURE),
    (0x0200, 0x02FF, StatusCategory.FAILURE),
)
"""Status classes for codes that no service defines (PS3.7 C.1 to C.5); single codes like 0x0107 are in the tables."""


def status_text(status: int, command: str) -> tuple[StatusCategory, str]:
    """Category and meaning of a status in the response to ``command`` (``C-STORE``, also ``C-STORE RSP``).

    A code that the service class leaves undefined gets the category of its class and says so.
    """
    words = command.upper().split()
    service = words[0].removesuffix("-RSP").removesuffix("-RQ") if words else ""
    known = tables().status
    ranges = known.get("N" if service.startswith("N-") else service) or known["N"]
    at = bisect_right(ranges, status, key=lambda row: row.first) - 1
    if at >= 0 and status <= ranges[at].last:
        return StatusCategory(ranges[at].category), ranges[at].text
    for first, last, category in _CLASSES:
        if first <= status <= last:
            return category, f"{category.capitalize()} status that the standard does not define for {service or 'this'}"
    return StatusCategory.UNKNOWN, f"Status that the standard does not define for {service or 'this'}"
