from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import status as reference

from loganalyzer.dicom import StatusCategory, status_text


@pytest.mark.parametrize(
    ("status", "command", "category", "text"),
    [
        (0x0000, "C-STORE", "success", "Success"),
        (0xA700, "C-STORE RSP", "failure", "Refused: Out of Resources"),
        (0xA7FF, "C-STORE", "failure", "Refused: Out of Resources"),
        (0xA701, "C-MOVE", "failure", "Refused: Out of resources, unable to calculate number of matches"),
        (0xA801, "C-MOVE-RSP", "failure", "Move destination unknown"),
        (0xA800, "C-STORE", "failure", "Refused: SOP Class Not Supported"),
        (0xB000, "C-STORE", "warning", "Coercion of Data Elements"),
        (0xB000, "C-MOVE", "warning", "Sub-operations completed, one or more failures"),
        (0xC123, "C-FIND", "failure", "Unable to Process"),
        (0xFF01, "c-find", "pending", "Matches are continuing, warning"),
        (0xFE00, "C-GET", "cancel", "Cancel"),
        (0x0122, "N-ACTION RSP", "failure", "Refused: SOP Class Not Supported"),
        (0x0107, "N-EVENT-REPORT", "warning", "Attribute List Error"),
        (0xA123, "C-STORE", "failure", "Failure status that the standard does not define for C-STORE"),
        (0xB123, "C-STORE", "warning", "Warning status that the standard does not define for C-STORE"),
        (0xD000, "C-STORE", "unknown", "Status that the standard does not define for C-STORE"),
        (0x0122, "", "failure", "Refused: SOP Class Not Supported"),
    ],
)
def test_status_text(status: int, command: str, category: str, text: str) -> None:
    assert status_text(status, command) == (category, text)


@given(st.integers(0, 0xFFFF), st.sampled_from(["C-STORE", "C-FIND", "C-MOVE", "C-GET", "C-ECHO"]))
def test_categories_agree_with_pynetdicom(status: int, command: str) -> None:
    table = {
        "C-STORE": reference.STORAGE_SERVICE_CLASS_STATUS,
        "C-FIND": reference.QR_FIND_SERVICE_CLASS_STATUS,
        "C-MOVE": reference.QR_MOVE_SERVICE_CLASS_STATUS,
        "C-GET": reference.QR_GET_SERVICE_CLASS_STATUS,
        "C-ECHO": reference.VERIFICATION_SERVICE_CLASS_STATUS,
    }[command]
    category, text = status_text(status, command)
    assert text
    if status in table:
        assert category == table[status][0].lower()


@given(st.integers(-10, 1 << 40), st.text(max_size=20))
def test_any_number_and_any_word_have_an_answer(status: int, command: str) -> None:
    category, text = status_text(status, command)
    assert isinstance(category, StatusCategory)
    assert text
