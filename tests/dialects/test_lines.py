"""Lines of any layout are taken apart; the lines are those of recordings."""

from __future__ import annotations

from datetime import datetime

import pytest

from loganalyzer.dialects.lines import Line, lines_of, parse_line
from loganalyzer.sources.block import Block
from tests.dialects.peers import peer


def _line(name: str, part: str) -> Line:
    return parse_line(next(t for t in peer(name).text.split("\n") if part in t))


@pytest.mark.parametrize(
    ("name", "part", "level", "message"),
    [
        ("storescu-verbose", "Requesting Association", "I", "Requesting Association"),
        ("storescu-log4cplus-called-aet", "Requesting Association", "I", "Requesting Association"),
        ("storescu-log4cplus-clock", "Requesting Association", "I", "Requesting Association"),
        ("findscu-filelog-calling-aet", "Requesting Association", "I", "Requesting Association"),
        ("pynetdicom-asctime", "Requesting Association", "I", "Requesting Association"),
        ("pynetdicom-asctime-silence", "Requesting Association", "I", "Requesting Association"),
        ("pynetdicom-basicconfig-refused", "Requesting Association", "I", "Requesting Association"),
        ("storescu-default-called-aet", "Association Rejected", "F", "Association Rejected:"),
        ("dcm4che-tool", "<< A-ASSOCIATE-RQ", "I", "CT_ROOM2->ORTHANC(1) << A-ASSOCIATE-RQ"),
        ("dcm4che-wildfly", ">> A-RELEASE-RQ", "I", "PACS<-ORTHANC(1) >> A-RELEASE-RQ"),
        ("dcm4che2-tool-called-aet", "A-ASSOCIATE-RQ", "I", "WRONG_AET(1): A-ASSOCIATE-RQ WRONG_AET << CT_ROOM2"),
        ("fo-dicom-client", "release request", "I", "ORTHANC -> Association release request"),
    ],
)
def test_level_and_message(name: str, part: str, level: str, message: str) -> None:
    line = _line(name, part)
    assert line.level == level
    assert line.message.strip() == message


def test_a_stamp_with_a_date_gives_the_time() -> None:
    line = _line("storescu-log4cplus-called-aet", "Requesting Association")
    assert line.time is not None
    assert line.text.startswith(line.time.strftime("%Y-%m-%d %H:%M:%S"))
    assert _line("pynetdicom-asctime", "Requesting Association").time is not None


@pytest.mark.parametrize("name", ["storescu-log4cplus-clock", "fo-dicom-client", "dcm4che-tool", "storescu-verbose"])
def test_a_stamp_without_a_date_gives_none(name: str) -> None:
    assert all(parse_line(t).time is None for t in peer(name).text.split("\n"))


def test_impossible_times_are_no_times() -> None:
    line = _line("storescu-log4cplus-called-aet", "Requesting Association")
    month = line.text.replace(line.text[5:7], "99", 1)
    assert parse_line(month).time is None
    assert isinstance(line.time, datetime)


def test_numbers_are_those_of_the_file() -> None:
    data = peer("storescu-verbose").log.read_bytes()
    assert [line.number for line in lines_of([Block(data)])] == list(range(1, data.count(b"\n") + 1))
    assert [line.number for line in lines_of([Block(b"a\nb\n", 7, [9, 12])])] == [9, 12]


def test_bytes_that_are_no_text_and_endless_lines_do_no_harm() -> None:
    (line,) = lines_of([Block(b"I: \xff\xfe" + b"x" * 100_000 + b"\n")])
    assert line.level == "I"
    assert len(line.text) <= 16 * 1024
