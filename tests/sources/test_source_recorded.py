"""Logs that went through journald, ``logger`` and rsyslog for real; see ``data/README.md``."""

from __future__ import annotations

import re

import pytest

from tests.sources.reading_back import DATA, ECHO, ODD_AETS, Read, read_paths

LINES = ODD_AETS.read_bytes().split(b"\n")[:-1] + ECHO.read_bytes().split(b"\n")[:-1]
SHORT = ("short", "short-iso", "short-precise", "short-full", "short-unix")


def orthanc_in(name: str) -> Read:
    logs = read_paths(DATA / f"{name}.gz").logs
    return next(read for read in logs if read.log.name.endswith("[orthanc]"))


def stored_by_journald() -> list[bytes]:
    """journald keeps no blank lines and no blanks at the ends of lines."""
    return [line.rstrip(b" ") for line in LINES if line]


@pytest.mark.parametrize("name", ["logger-local", "logger-rfc3164", "logger-rfc5424", "rsyslog-traditional"])
def test_logger(name: str) -> None:
    found = orthanc_in(name)
    assert found.lines == list(enumerate(LINES, 1))
    assert found.log.wrapper == "syslog"


def test_rsyslog_by_the_protocol() -> None:
    """rsyslog takes the blank behind the name of the program for a part of the message."""
    found = orthanc_in("rsyslog-protocol23")
    assert found.lines == list(enumerate(LINES, 1))
    assert found.log.wrapper == "syslog+indent"


@pytest.mark.parametrize("name", ["journald-export", "journald-json"])
def test_journal_with_all_bytes(name: str) -> None:
    found = orthanc_in(name)
    assert found.texts == stored_by_journald()
    assert found.log.wrapper == name
    assert (found.log.year, found.log.year_from, found.log.zone) == (2026, "wrapper", "UTC")


@pytest.mark.parametrize("name", SHORT)
def test_journal_as_text(name: str) -> None:
    """Where a line is no UTF-8, ``journalctl`` shows its size only."""
    found = orthanc_in(f"journald-{name}")
    expected = stored_by_journald()
    assert len(found.texts) == len(expected)
    for text, line in zip(found.texts, expected, strict=True):
        assert text == line or (re.fullmatch(rb"\[\d+B blob data\]", text) and not line.isascii())
    assert found.log.wrapper == "syslog"
    assert found.log.wrapper_score == 1.0


def test_the_last_entries_with_all_fields() -> None:
    found = read_paths(DATA / "journald-verbose.gz").only
    assert found.texts == [*stored_by_journald()[-199:], b"nightly backup finished"]
    assert found.log.wrapper == "fields"


def test_other_programs_are_other_streams() -> None:
    for name in ("journald-short", "journald-json", "journald-export"):
        logs = read_paths(DATA / f"{name}.gz").logs
        names = [read.log.name.partition("[")[2] for read in logs]
        assert names == ["systemd-journald]", "orthanc]", "backup]"]
        assert logs[2].texts == [b"nightly backup finished"] * 2


def test_numbers_are_those_of_the_file() -> None:
    found = orthanc_in("journald-short")
    assert [number for number, _ in found.lines[:2]] == [3, 4]
    second_start = next(index for index, text in enumerate(found.texts) if b"Orthanc version: 1.12.7" in text)
    assert found.lines[second_start][0] == second_start + 4


@pytest.mark.parametrize(("name", "zone"), [("short-iso", "+0100"), ("short-full", "CET"), ("short-unix", "UTC")])
def test_year_and_zone(name: str, zone: str) -> None:
    log = orthanc_in(f"journald-{name}").log
    assert (log.year, log.year_from, log.zone) == (2026, "wrapper", zone)


def test_short_stamps_have_no_year() -> None:
    log = orthanc_in("journald-short").log
    assert log.year_from == "file-time"
    assert log.zone is None
