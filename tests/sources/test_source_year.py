"""The year that stamps lack, from what stands around the log."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from loganalyzer.sources.year import date_from, rotation_of, started_from, year_of
from tests.sources.reading_back import ECHO, ROOT, clean_lines, read, read_paths
from tests.sources.wrapping import WRAPS

NEW_YEAR = ROOT / "sample_logs" / "new-year-1.10.1-trace" / "orthanc.log"
SPRING = (3, 14, 12, 0, 0)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("orthanc-2024-11-20.log", datetime(2024, 11, 20)),
        ("orthanc_20241120.log.gz", datetime(2024, 11, 20)),
        ("2024.11.20 orthanc.txt", datetime(2024, 11, 20)),
        ("logs-2024_11_20T101500.zip!orthanc.log", datetime(2024, 11, 20)),
        ("archive/2023-01-02/orthanc-2024-11-20.log", datetime(2024, 11, 20)),
        ("orthanc.log-20241120", datetime(2024, 11, 20)),
        ("orthanc-2024-13-20.log", None),
        ("orthanc-2024-02-30.log", None),
        ("1.2.840.20241120.5.log", None),
        ("ab20241120cd.log", None),
        ("orthanc.log.2", None),
    ],
)
def test_dates_in_names(name: str, date: datetime | None) -> None:
    assert date_from(name) == date


def test_names_of_orthanc_itself() -> None:
    name = "/var/log/orthanc/Orthanc.log.20240102-030405.678"
    assert started_from(name) == datetime(2024, 1, 2, 3, 4, 5)
    assert rotation_of(name + ".gz") == (datetime(2024, 1, 2, 3, 4, 5), 678)
    assert started_from("Orthanc.log.20241302-030405.678") is None
    assert started_from("orthanc.log") is None


def test_order_of_the_sources() -> None:
    wrapper, modified = datetime(2021, 3, 14), datetime(2020, 3, 14)
    assert year_of(2001, "x-2022-03-14.log", wrapper, modified, SPRING).year == 2001
    assert year_of(None, "x-2022-03-14.log", wrapper, modified, SPRING).year == 2022
    assert year_of(None, "x.log", wrapper, modified, SPRING).year == 2021
    assert year_of(None, "x.log", None, modified, SPRING).year == 2020
    assert year_of(None, "x.log", None, None, SPRING).year is None
    sources = [
        year_of(2001, "x", None, None, None).source,
        year_of(None, "x-2022-03-14", None, None, None).source,
        year_of(None, "x", wrapper, None, None).source,
        year_of(None, "x", None, modified, None).source,
        year_of(None, "x", None, None, None).source,
    ]
    assert sources == ["option", "name", "wrapper", "file-time", "none"]


def test_the_year_is_that_of_the_first_stamp() -> None:
    december, january = (12, 31, 23, 59, 0), (1, 1, 0, 1, 0)
    assert year_of(None, "Orthanc.log.20231231-235959.7", None, None, january).year == 2024
    assert year_of(None, "orthanc-2024-01-01.log", None, None, december).year == 2023
    assert year_of(None, "x.log", datetime(2024, 1, 1), None, december).year == 2023
    assert year_of(None, "x.log", None, datetime(2024, 1, 1), december).year == 2023
    assert year_of(None, "x.log", None, datetime(2024, 1, 1, 0, 2), january).year == 2024
    assert year_of(None, "x.log", None, datetime(2024, 12, 1), december).year == 2023


def test_leap_day() -> None:
    assert year_of(None, "x.log", None, datetime(2027, 5, 1), (2, 29, 12, 0, 0)).year == 2024
    assert year_of(None, "orthanc-2024-03-01.log", None, None, (2, 29, 12, 0, 0)).year == 2024


def test_default_times_of_archives_are_no_knowledge() -> None:
    assert year_of(None, "x.log", None, datetime(1980, 1, 1), SPRING).source == "none"


def test_a_real_log_over_new_year(tmp_path: Path) -> None:
    path = tmp_path / "orthanc.log"
    path.write_bytes(NEW_YEAR.read_bytes())
    written = datetime(2024, 1, 1, 0, 5).timestamp()
    os.utime(path, (written, written))
    log = read_paths(path).only.log
    assert (log.year, log.year_from) == (2023, "file-time")
    assert read_paths(path, year=2019).only.log.year == 2019
    wrapped = WRAPS["docker_json"](clean_lines(ECHO)).data
    assert read(wrapped, "orthanc-2021-11-23.log").only.log.year == 2021
    assert read(wrapped, "orthanc.log").only.log.year == 2024
