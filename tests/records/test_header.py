from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.records.header import Clock, parse_record


@pytest.mark.parametrize(
    ("line", "level", "thread", "plugin", "file", "context", "category", "message"),
    [
        # Each of these was written by a real Orthanc of its era (documentation, and recordings of Debian's packages).
        ("W0212 16:30:34.576972 11285 main.cpp:632] Orthanc version: 0.8.6", "W", "11285", None, "main.cpp", None, None, "Orthanc version: 0.8.6"),
        ("W0710 14:25:35.143828 main.cpp:1298] Orthanc version: 1.3.2", "W", None, None, "main.cpp", None, None, "Orthanc version: 1.3.2"),
        ("I1123 16:04:21.288334 CommandDispatcher.cpp:941] (dicom) Received Echo Request", "I", None, None, "CommandDispatcher.cpp", None, "dicom", "Received Echo Request"),
        ("I1123 15:59:53.691751          DICOM-0 CommandDispatcher.cpp:940] (dicom) Finishing", "I", "DICOM-0", None, "CommandDispatcher.cpp", None, "dicom", "Finishing"),
        ("E1123 16:16:55.490005           HTTP-1 dicom-web:/WadoUri.cpp:75] WADO-URI: No SOPInstanceUID provided", "E", "HTTP-1", "dicom-web", "WadoUri.cpp", None, None, "WADO-URI: No SOPInstanceUID provided"),
        ("E1123 16:28:56.404472    JOBS-WORKER-0 OrthancException.cpp:144] | job 2c99b58c | Error in the network protocol", "E", "JOBS-WORKER-0", None, "OrthancException.cpp", "job 2c99b58c", None, "Error in the network protocol"),
    ],
)  # fmt: skip
def test_every_era(line, level, thread, plugin, file, context, category, message) -> None:
    record = parse_record(line, 7, Clock(2026))
    assert record is not None
    assert (record.line, record.level, record.thread, record.plugin) == (7, level, thread, plugin)
    assert (record.file, record.context, record.category, record.message) == (file, context, category, message)
    assert record.time is not None


def test_dcmtk_and_fallback_lines() -> None:
    dcmtk = parse_record("E: DcmElement: Unknown Tag & Data", 1, Clock(2026))
    assert dcmtk is not None
    assert (dcmtk.level, dcmtk.dcmtk, dcmtk.message, dcmtk.time) == ("E", True, "DcmElement: Unknown Tag & Data", None)
    fallback = parse_record("E???? ??:??:??.?????? ] msg", 1, Clock(2026))
    assert fallback is not None
    assert (fallback.level, fallback.message) == ("E", "msg")
    assert parse_record("  continuation", 1, Clock(2026)) is None


def test_the_year_turns_once_and_late_lines_belong_to_the_old_one() -> None:
    clock = Clock(2026)
    stamps = [
        "I1231 23:59:59.000000 ",
        "I0101 00:00:00.500000 ",
        "I1231 23:59:59.900000 ",
        "I0101 00:00:01.000000 ",
    ]
    assert [clock.time(s).year for s in stamps] == [2026, 2027, 2026, 2027]  # type: ignore[union-attr]


def test_a_clock_that_is_set_back_keeps_the_year() -> None:
    clock = Clock(2026)
    assert clock.time("I1025 02:59:59.000000 ") == datetime(2026, 10, 25, 2, 59, 59)
    assert clock.time("I1025 02:00:01.000000 ") == datetime(2026, 10, 25, 2, 0, 1)


def test_impossible_dates() -> None:
    assert Clock(2026).time("I0229 10:00:00.000000 ") == datetime(2000, 2, 29, 10)
    assert Clock(2026).time("I1340 10:00:00.000000 ") is None


@given(st.text(max_size=200))
def test_any_text_is_a_record_or_none(text: str) -> None:
    parse_record(text, 1, Clock(None))
    parse_record("I1123 15:59:53.691751 " + text, 1, Clock(None))
