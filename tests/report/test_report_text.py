from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from loganalyzer.diagnosis.model import Diagnosis, Finding, Verdict
from loganalyzer.report.text import render_text
from loganalyzer.report.view import causes
from loganalyzer.report.visible import columns
from loganalyzer.sources.block import Problem

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def _symptom(finding: Finding, code: str, explained_by: str | None) -> Finding:
    return replace(finding, code=code, title=f"symptom {code}", explained_by=explained_by)


def test_the_verdict_is_the_first_sentence(one_diagnosis: Diagnosis) -> None:
    assert render_text(one_diagnosis).startswith("✖ Failure: 2 of 2 associations failed.")
    healthy = replace(one_diagnosis, verdict=Verdict.HEALTHY, headline="Nothing failed.", findings=())
    assert render_text(healthy).startswith("✔ Healthy: Nothing failed.\n")


def test_evidence_is_shown_with_its_line_number_and_its_distance(one_diagnosis: Diagnosis) -> None:
    text = render_text(one_diagnosis, verbose=True)
    evidence = sorted({one.line: one for one in one_diagnosis.findings[0].evidence}.values(), key=lambda one: one.line)
    primary = [one for one in evidence if one.role == "primary"]
    assert f"--> orthanc.log:{primary[0].line}" in text
    for one in evidence:
        assert re.search(rf"^ *{one.line} \| ", text, re.MULTILINE)
    for before, after in pairwise(evidence):
        apart = after.line - before.line - 1
        assert not apart or f"{apart} other lines" in text
    assert "^^^" in text
    assert "---" in text


def test_the_primary_line_is_on_the_first_screen(diagnosis: Diagnosis) -> None:
    for cause in causes(diagnosis)[:1]:
        line = min(one.line for one in cause.finding.evidence if one.role == "primary")
        assert re.search(rf"^ *{line} \| ", render_text(diagnosis), re.MULTILINE)


def test_the_usual_diagnosis_is_one_screen(diagnosis: Diagnosis) -> None:
    lines = render_text(diagnosis, width=100).splitlines()
    assert len(lines) <= 66


@pytest.mark.parametrize("width", [40, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal(hostile: Diagnosis, width: int) -> None:
    for verbose in (False, True):
        for line in render_text(hostile, width=width, verbose=verbose).splitlines():
            assert columns(line) <= width


def test_nothing_of_a_log_reaches_the_terminal_raw(hostile: Diagnosis) -> None:
    for color in (False, True):
        text = ESCAPE.sub("", render_text(hostile, color=color, verbose=True))
        text.encode("utf-8")
        bad = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
        assert bad == []
    assert "\nW1123 10:00:00" not in render_text(hostile)


def test_colours_only_when_asked(diagnosis: Diagnosis) -> None:
    plain = render_text(diagnosis)
    assert "\x1b" not in plain
    colored = render_text(diagnosis, color=True)
    assert "\x1b[" in colored
    assert ESCAPE.sub("", colored) == plain


def test_ascii_only(hostile: Diagnosis) -> None:
    assert render_text(hostile, ascii_only=True, verbose=True).isascii()


def test_what_is_explained_is_folded_under_its_cause(one_diagnosis: Diagnosis) -> None:
    cause = one_diagnosis.findings[0]
    symptoms = (_symptom(cause, "LA301", cause.code), _symptom(cause, "LA302", "LA301"))
    text = render_text(replace(one_diagnosis, findings=(cause, *symptoms)))
    assert text.count("error[") == 1
    assert "this explains LA301 symptom LA301; LA302 symptom LA302" in text


def test_findings_that_explain_each_other_are_all_shown(one_diagnosis: Diagnosis) -> None:
    ring = tuple(_symptom(one_diagnosis.findings[0], *pair) for pair in (("LA1", "LA2"), ("LA2", "LA1"), ("LA3", "no")))
    assert render_text(replace(one_diagnosis, findings=ring)).count("error[") == 3


def test_more_findings_than_a_screen_holds_are_counted(one_diagnosis: Diagnosis) -> None:
    many = tuple(_symptom(one_diagnosis.findings[0], f"LA{n}", None) for n in range(9))
    text = render_text(replace(one_diagnosis, findings=many))
    assert text.count("error[") == 5
    assert "and 4 more findings" in text
    assert render_text(replace(one_diagnosis, findings=many), verbose=True).count("error[") == 9


def test_logs_and_problems_that_are_not_listed_are_counted(one_diagnosis: Diagnosis) -> None:
    problems = tuple(Problem(f"{n}.log", "It cannot be opened.") for n in range(5))
    many = replace(one_diagnosis, logs=one_diagnosis.logs * 5, problems=problems, complete=False)
    text = render_text(many)
    assert "and 2 more logs" in text
    assert "and 2 more problems" in text
    assert "more" not in render_text(many, verbose=True).split("\n\n")[1]


def test_a_doubt_is_said_before_anything_else(one_diagnosis: Diagnosis) -> None:
    broken = replace(one_diagnosis, complete=False, problems=(Problem("a.zip!orthanc.log:120", "The archive is cut."),))
    lines = render_text(broken).splitlines()
    assert any("Caution: 1 part of the input could not be read" in line for line in lines[1:4])
    assert any("a.zip!orthanc.log:120: The archive is cut." in line for line in lines[1:5])
    assert lines[-1] == "Exit status 4: the analysis is incomplete."


def test_what_was_read_is_not_called_unread(one_diagnosis: Diagnosis) -> None:
    known = Problem("dump.txt", "is base64, and was read", incomplete=False, note=True)
    text = render_text(replace(one_diagnosis, problems=(known, Problem("b.log", "cannot be opened: denied"))))
    assert "! note: dump.txt: is base64, and was read" in text
    assert "! not read: b.log: cannot be opened: denied" in text


def test_a_log_without_failures_at_the_default_level_is_in_doubt(one_diagnosis: Diagnosis) -> None:
    log = replace(one_diagnosis.logs[0], level="default")
    assert "default log level" in " ".join(render_text(replace(one_diagnosis, logs=(log,))).split())


def test_no_year_is_shown_when_none_is_known(one_diagnosis: Diagnosis) -> None:
    log = replace(one_diagnosis.logs[0], year_from="none")
    text = render_text(replace(one_diagnosis, logs=(log,)), verbose=True)
    assert "2026" not in text
    assert "11-23 16:02:06" in text


def test_times_over_midnight_name_both_days(one_diagnosis: Diagnosis) -> None:
    log = one_diagnosis.logs[0]
    assert log.last_time
    later = replace(log, last_time=log.last_time + timedelta(days=1))
    assert "2026-11-23 16:02:06 – 2026-11-24 16:02:0" in render_text(replace(one_diagnosis, logs=(later,)))
