from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from loganalyzer.report.html import render_html
from loganalyzer.report.markdown import render_markdown
from loganalyzer.report.text import render_text
from loganalyzer.report.view import (
    alike,
    anchor_of,
    causes,
    display_names,
    doubts,
    duration,
    moment,
    size,
    span,
    unique,
    writer,
)
from loganalyzer.report.visible import columns, paragraphs, visible
from loganalyzer.texts import grouped, texts
from loganalyzer.timeline.association import Outcome
from tests.report.conftest import recorded

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis, Finding

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456)


def _finding(diagnosis: Diagnosis, **changes: object) -> Finding:
    return replace(diagnosis.findings[0], **changes)  # type: ignore[arg-type]


def test_a_symptom_goes_to_the_cause_that_shares_its_association(one_diagnosis: Diagnosis) -> None:
    first = _finding(one_diagnosis, associations=("A1",), fingerprint="1")
    second = _finding(one_diagnosis, associations=("A2",), fingerprint="2")
    symptom = _finding(one_diagnosis, code="LA999", explained_by=first.code, associations=("A2",))
    found = causes(replace(one_diagnosis, findings=(first, second, symptom)))
    assert [cause.explains for cause in found] == [(), (symptom,)]
    assert [len(group) for group in alike(found)] == [2]


def test_every_finding_is_shown_exactly_once(one_diagnosis: Diagnosis) -> None:
    codes = [("A", None), ("B", "A"), ("C", "B"), ("D", "E"), ("E", "D"), ("F", "nowhere"), ("G", "G"), ("A", None)]
    findings = tuple(
        _finding(one_diagnosis, code=code, explained_by=above, fingerprint=str(n))
        for n, (code, above) in enumerate(codes)
    )
    found = causes(replace(one_diagnosis, findings=findings))
    shown = [one.fingerprint for cause in found for one in (cause.finding, *cause.explains)]
    assert sorted(shown) == sorted(one.fingerprint for one in findings)
    assert len({cause.anchor for cause in found}) == len(found)


def test_anchors_are_names(one_diagnosis: Diagnosis) -> None:
    assert anchor_of(_finding(one_diagnosis, code="LA201", fingerprint="ab12cd")) == "F-LA201-ab12cd"
    assert anchor_of(_finding(one_diagnosis, code='"><x', fingerprint="")) == "F-x"
    assert unique(["a", "b", "a", "a"]) == ["a", "b", "a-2", "a-3"]


def test_folders_are_not_shown_unless_they_tell_logs_apart(one_diagnosis: Diagnosis) -> None:
    log = one_diagnosis.logs[0]
    here, there = replace(log, name="/home/jane/orthanc.log"), replace(log, name="C:\\logs\\orthanc.1.log")
    assert display_names([here, there]) == ["orthanc.log", "orthanc.1.log"]
    assert display_names([here, replace(log, name="/srv/orthanc.log")]) == [
        "/home/jane/orthanc.log",
        "/srv/orthanc.log",
    ]
    assert display_names([replace(log, name="/")]) == ["/"]


def test_times() -> None:
    assert moment(NOON) == "2026-11-20 12:00:00.123"
    assert moment(NOON, year=False, digits=6) == "11-20 12:00:00.123456"
    assert moment(None) == "–"
    assert span(NOON, NOON.replace(hour=13)) == "2026-11-20 12:00:00 – 13:00:00"
    assert span(NOON, None) == "2026-11-20 12:00:00"
    assert span(None, None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0004, "<1 ms"),
        (0.25, "250 ms"),
        (41.24, "41.2 s"),
        (125.0, "2 min 05 s"),
        (3780.0, "1 h 03 min"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_numbers() -> None:
    assert [size(n) for n in (12, 25_300, 712_309, 5_000_000)] == ["12 B", "25 kB", "712 kB", "5.0 MB"]
    assert [grouped(n) for n in (999, 9999, 10_000, 1_234_567)] == ["999", "9999", "10\u2009000", "1\u2009234\u2009567"]


def test_doubts(one_diagnosis: Diagnosis) -> None:
    log = one_diagnosis.logs[0]
    assert doubts(one_diagnosis, texts()) == []
    for change in ({"level": "default"}, {"understood_lines": 10}, {"wrapper_score": 0.3}):
        assert len(doubts(replace(one_diagnosis, logs=(replace(log, **change),)), texts())) == 1
    assert len(doubts(replace(one_diagnosis, folded_associations=1, unknown_messages=2, complete=False), texts())) == 3


def test_visible_text() -> None:
    assert visible("\x1b[31m\u202eA\udce9\ud800\n") == r"\x1b[31m\u202eA\xe9\ud800\n"
    assert visible("Zoë 患者 €") == "Zoë 患者 €"
    assert visible("x" * 5000, 10) == "x" * 9 + "…"
    assert paragraphs("One\ntwo.\n\n Three ") == ["One two.", "Three"]
    assert columns("患e\u0301x") == 4


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts()("verdict.nothing")
    with pytest.raises(KeyError):
        texts()("verdict.headline")
    with pytest.raises(KeyError):
        texts()("count.times")
    with pytest.raises(KeyError):
        texts()("sequence.asks", calling="A")
    with pytest.raises(KeyError):
        texts("xx")
    assert texts().word("word.who.no.such", "default") == "default"


def test_every_format_says_what_went_well_later() -> None:
    diagnosis = recorded("job-failure-retry-1.10.1-trace")
    served = next(one for one in diagnosis.associations if one.id == diagnosis.findings[0].recovered_by)
    assert served.outcome is Outcome.RELEASED
    said = f"It went well later: {moment(served.start)}"
    assert said in render_text(diagnosis)
    assert said in render_markdown(diagnosis).replace("\\", "")
    assert said in render_html(diagnosis, charts=False)


def test_a_log_is_named_after_the_program_that_wrote_it(one_diagnosis: Diagnosis) -> None:
    log = one_diagnosis.logs[0]
    assert writer(log) == "Orthanc 1.12.7"
    assert writer(replace(log, orthanc_version=None)) == "Orthanc ?"
    assert writer(replace(log, product="dcmtk dcmqrscp 3.6.9", orthanc_version=None)) == "dcmtk dcmqrscp 3.6.9"
