"""The one table of hostile texts against everything that shows texts of a log beside the reports' own tests."""

from __future__ import annotations

import csv
import io
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from loganalyzer.cli.diagnose import _complaints
from loganalyzer.cli.explain import _all_of
from loganalyzer.findings.phrase import fill, fill_command
from loganalyzer.redact.inputs import BroughtLog, result_names
from loganalyzer.report.html.embed import for_script
from loganalyzer.report.sequence import diagram
from loganalyzer.report.timeline import render_svg, render_timeline
from loganalyzer.sources.encodings import Encoding
from loganalyzer.tables.csv import write_csv
from loganalyzer.texts import texts
from loganalyzer.triage.render import rendered
from loganalyzer.triage.result import Triage
from tests.hostile import HOSTILE

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis

#: What acts on a terminal, hides, or turns the direction of reading.
ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SVG = "{http://www.w3.org/2000/svg}"


def harmless(text: str) -> None:
    found = ACTIVE.search(text)
    assert found is None, text[max(0, found.start() - 40) : found.end() + 40]


def test_terminal(hostile: Diagnosis) -> None:
    harmless(render_timeline(hostile))
    for association in hostile.associations:
        harmless("\n".join(_all_of(association, hostile)))


def test_what_the_tool_says_of_its_inputs(hostile: Diagnosis) -> None:
    unknown = replace(hostile, logs=tuple(replace(log, product="unknown") for log in hostile.logs))
    for sentence in _complaints(unknown):
        harmless(sentence)
        assert "\n" not in sentence


def test_svg(hostile: Diagnosis) -> None:
    root = ET.fromstring(render_svg(hostile.associations, year=True))  # noqa: S314 - our own
    allowed = {"svg", "style", "rect", "line", "text", "title", "g", "path", "circle", "tspan", "desc", "polygon"}
    for element in root.iter():
        assert element.tag.removeprefix(_SVG) in allowed
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)


def test_tables(hostile: Diagnosis) -> None:
    csv.field_size_limit(1 << 24)
    frames = (hostile.associations_frame(), hostile.operations_frame(), hostile.events_frame())
    for frame in frames:
        rows = list(csv.reader(io.StringIO(write_csv(frame).decode(), newline="")))
        assert len(rows) == len(frame) + 1
        for row in rows[1:]:
            assert len(row) == len(rows[0])
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n", "\uff1d"))
                assert not cell.startswith("-") or re.fullmatch(r"-?\d+(\.\d+)?", cell)


def test_a_script_holds_it_as_data(hostile: Diagnosis) -> None:
    for text in (for_script([hostile.headline]), for_script({"a": hostile.logs[0].name})):
        assert "<" not in text
        assert ">" not in text
        harmless(text)


def test_a_sequence_has_one_line_a_label(hostile: Diagnosis) -> None:
    drawn = diagram(hostile.associations[0], hostile.associations[1:], texts())
    assert drawn.steps


def test_triage(hostile: Diagnosis) -> None:
    name = hostile.logs[0].name
    one = Triage(name, name, 1, hostile, (), name)
    harmless(rendered([one, one], "text"))
    harmless(rendered([one, one], "markdown"))
    assert rendered([one], "json").isascii()


@pytest.mark.parametrize("name", HOSTILE)
def test_commands_take_it_as_one_argument(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    command = fill_command("printf %s {called_aet}", {"called_aet": text})
    shown = " ".join(text.split())[:200]
    assert shlex.split(command) == ["printf", "%s", shown or "CALLED_AET"]
    if "\0" not in command and command.isprintable():
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True)
        assert done.stdout.decode() == (shown or "CALLED_AET")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_sentence_reads_no_placeholders_of_a_value(name: str) -> None:
    said = fill("{calling_aet|someone} asked {called_aet|someone}", {"calling_aet": HOSTILE[name], "called_aet": "{x}"})
    assert said.endswith(" asked {x}")
    assert len(said) < 300


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_results_are_our_own(name: str) -> None:
    log = BroughtLog(HOSTILE[name], Path("x"), Encoding("utf-8"))
    assert result_names([log, log]) == ["log-1.log", "log-2.log"]
