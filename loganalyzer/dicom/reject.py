"""A-ASSOCIATE-RJ: result, source and reason (PS3.8 9.3.4, Table 9-21), in numbers, in words and in DCMTK's words."""

from __future__ import annotations

from typing import NamedTuple

_RESULTS = {1: "rejected permanently", 2: "rejected transiently"}

_SOURCES = {
    1: "the DICOM application (service user)",
    2: "the DICOM upper layer (service provider, ACSE)",
    3: "the DICOM upper layer (service provider, presentation)",
}

_REASONS = {
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognized",
    (1, 7): "called AE title not recognized",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}

_RESULT_WORDS = {"Rejected Permanent": 1, "Rejected Transient": 2}

_SOURCE_WORDS = {
    "Service User": 1,
    "Service Provider (ACSE Related)": 2,
    "Service Provider (Presentation Related)": 3,
}

_REASON_WORDS = {
    "No Reason": {1: 1, 2: 1},
    "App Context Name Not Supported": {1: 2},
    "Calling AE Title Not Recognized": {1: 3},
    "Called AE Title Not Recognized": {1: 7},
    "Protocol Version Not Supported": {2: 2},
    "Temporary Congestion": {3: 1},
    "Local Limit Exceeded": {3: 2},
}
"""DCMTK's word -> {source -> reason}: a reason's number means something only together with its source."""


class RejectCode(NamedTuple):
    """The three numbers of the PDU; None where DCMTK's words leave them open, that is, for reserved combinations."""

    result: int | None
    source: int | None
    reason: int | None


def reject_text(result: int | None, source: int | None, reason: int | None) -> str:
    """One phrase for people; reserved numbers are shown as such, unknown ones are left out."""
    what = "rejected" if result is None else _RESULTS.get(result, f"rejected with the reserved result {result}")
    who = "" if source is None else f" by {_SOURCES.get(source, f'the reserved source {source}')}"
    if source is None or reason is None:
        return what + who
    return f"{what}{who}: {_REASONS.get((source, reason), f'reserved reason {reason}')}"


def reject_code(result: str, source: str, reason: str) -> RejectCode:
    """The numbers behind DCMTK's words in an ``Association Rejected:`` dump.

    ``result``, ``source`` and ``reason`` are the values after ``Result:``, ``Source:`` and ``Reason:``. DCMTK prints
    the same words from 3.6.0 to 3.7.0. It says ``No Reason`` for every reason that the standard reserves as well, so
    reason 1 is the likely, not the only number behind it; with the presentation source it is always a reserved one.
    """
    source_number = _SOURCE_WORDS.get(source.strip())
    by_source = _REASON_WORDS.get(reason.strip(), {})
    reason_number = None if source_number is None else by_source.get(source_number)
    return RejectCode(_RESULT_WORDS.get(result.strip()), source_number, reason_number)
