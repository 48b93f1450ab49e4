"""How a log was read is told in every form: what was peeled off, what was left over, the zone, where the year is from."""

from __future__ import annotations

import io
import json

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json
from loganalyzer.report.text import render_text
from tests.knowledge import diagnosed_files
from tests.sources.reading_back import ECHO, clean_lines
from tests.sources.wrapping import WRAPS


@pytest.fixture(scope="module")
def stamped() -> Diagnosis:
    """A log behind a container's name and stamps, with two lines of the program that printed it, and two of nobody."""
    wrapped = WRAPS["compose_stamped"](clean_lines(ECHO))
    head = b"Attaching to lab_orthanc_1\nStarting lab_orthanc_1 ... done\n"
    strange = b"".join(b"orthanc-1  | 2024-11-23T13:53:18.000000000+01:00 " + line + b"\n" for line in (b"a", b"b c"))
    return diagnosed_files([("orthanc.log", io.BytesIO(head + strange + wrapped.data))])


def test_the_numbers_add_up(stamped: Diagnosis) -> None:
    (log,) = stamped.logs
    assert (log.wrapper, log.zone, log.year_from) == ("docker-compose+timestamps", "+01:00", "wrapper")
    assert log.dropped_lines == 2
    assert log.understood_lines == log.lines - 4
    assert log.samples_not_understood == ("a", "b c")


def test_the_document_holds_them(stamped: Diagnosis) -> None:
    (log,) = json.loads(to_json(stamped))["logs"]
    assert (log["dropped_lines"], log["zone"], log["year_from"]) == (2, "+01:00", "wrapper")
    assert log["samples_not_understood"] == ["a", "b c"]


def test_text_and_page_say_it(stamped: Diagnosis) -> None:
    for report in (render_text(stamped, width=300), render_html(stamped, charts=False)):
        for said in ("2 lines not understood", "2 lines of the wrapper left out", "+01:00", "year from the wrapper"):
            assert said in report
    assert "not understood: a" in render_text(stamped, verbose=True)


def test_a_plain_log_needs_no_words() -> None:
    plain = diagnosed_files([("orthanc.log", io.BytesIO(ECHO.read_bytes()))])
    assert "wrapper" not in render_text(plain)
