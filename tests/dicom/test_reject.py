from __future__ import annotations

import pytest
from pynetdicom.pdu import A_ASSOCIATE_RJ

from loganalyzer.dicom import reject_code, reject_text

DCMTK_WORDS = [
    ("Service User", "No Reason", 1, 1),
    ("Service User", "App Context Name Not Supported", 1, 2),
    ("Service User", "Calling AE Title Not Recognized", 1, 3),
    ("Service User", "Called AE Title Not Recognized", 1, 7),
    ("Service Provider (ACSE Related)", "No Reason", 2, 1),
    ("Service Provider (ACSE Related)", "Protocol Version Not Supported", 2, 2),
    ("Service Provider (Presentation Related)", "Temporary Congestion", 3, 1),
    ("Service Provider (Presentation Related)", "Local Limit Exceeded", 3, 2),
    ("Service User", "UNKNOWN", 1, None),
    ("UNKNOWN", "UNKNOWN", None, None),
    ("Service Provider (Presentation Related)", "No Reason", 3, None),
    ("Service User", "Temporary Congestion", 1, None),
]


@pytest.mark.parametrize(("source_words", "reason_words", "source", "reason"), DCMTK_WORDS)
def test_numbers_behind_the_words_of_dcmtk(
    source_words: str, reason_words: str, source: int | None, reason: int | None
) -> None:
    assert reject_code("Rejected Permanent", source_words, reason_words) == (1, source, reason)
    assert reject_code("Rejected Transient", source_words, reason_words) == (2, source, reason)
    assert reject_code("UNKNOWN", source_words, reason_words) == (None, source, reason)


@pytest.mark.parametrize("result", [1, 2])
@pytest.mark.parametrize(("source", "reason"), [(1, 1), (1, 2), (1, 3), (1, 7), (2, 1), (2, 2), (3, 1), (3, 2)])
def test_every_defined_combination_says_what_the_standard_says(result: int, source: int, reason: int) -> None:
    pdu = A_ASSOCIATE_RJ()
    pdu.result, pdu.source, pdu.reason_diagnostic = result, source, reason
    said = reject_text(result, source, reason).lower()
    assert "reserved" not in said
    assert ("permanent" in said) == ("permanent" in pdu.result_str.lower())
    expected = pdu.reason_str.lower().replace("-", " ").replace("recognised", "recognized")
    assert said.rpartition(": ")[2].removesuffix(" given") in expected


def test_reserved_and_missing_numbers_are_said_plainly() -> None:
    assert reject_text(1, 1, 5).endswith("reserved reason 5")
    assert "reserved source 9" in reject_text(1, 9, 1)
    assert "reserved result 7" in reject_text(7, 1, 1)
    assert reject_text(None, None, None) == "rejected"
