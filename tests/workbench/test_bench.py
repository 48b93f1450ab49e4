"""What an author of patterns does, from an unknown line to a pattern that works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.patternbase import load_patterns
from loganalyzer.workbench.coverage import measure
from loganalyzer.workbench.samples import sample_faults
from loganalyzer.workbench.scaffold import scaffold
from loganalyzer.workbench.unknown import account_of
from tests.knowledge import SAMPLES

RECORDED = SAMPLES / "dicom-port-in-use-1.12.7-trace" / "orthanc.log"
#: A line of a recording, turned into one that no version of Orthanc writes.
LINE = 'E1123 16:00:32.648796             MAIN OrthancException.cpp:62] The broker RIS_A at 192.0.2.3:2575 refuses "CT ROOM 2"'


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["patterns", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A recorded log with a line that nothing knows, three times with other values."""
    path = tmp_path / "orthanc.log"
    more = [LINE, LINE.replace("2575", "2576"), LINE.replace("CT ROOM 2", "MR ROOM 1")]
    path.write_bytes(RECORDED.read_bytes() + "\n".join(more).encode() + b"\n")
    return path


def test_unknown_groups_by_template_and_keeps_no_value(log):
    code, out, _ = run("unknown", log, "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["warnings_and_errors"] == told["recognised"] + 3
    (unknown,) = told["unknown"]
    assert unknown["template"] == 'The broker {} at {}:{} refuses "{}"'
    assert (unknown["count"], unknown["level"], unknown["file"]) == (3, "E", "OrthancException.cpp")
    assert unknown["line"] == RECORDED.read_bytes().count(b"\n") + 1
    assert not any(secret in out for secret in ("RIS_A", "192.0.2.3", "CT ROOM", "MR ROOM"))


def test_unknown_as_text(log):
    code, out, _ = run("unknown", log)
    assert code == 0
    assert 'The broker {} at {}:{} refuses "{}"' in out
    code, out, _ = run("unknown", RECORDED)
    assert "Nothing knows" not in out


def test_unknown_says_what_it_could_not_read(tmp_path):
    code, out, err = run("unknown", tmp_path / "none.log", "--format", "json")
    assert code == 3
    assert json.loads(out)["warnings_and_errors"] == 0
    assert "none.log" in err


def test_a_draft_is_sound_and_finds_its_line(tmp_path, log):
    folder = tmp_path / "mine"
    folder.mkdir()
    code, out, _ = run(
        "new", "--from-line", LINE, "--code", "SITE7", "--name", "broker-refuses", "-o", folder / "broker.yaml"
    )
    assert code == 0
    assert "broker.yaml" in out
    text = (folder / "broker.yaml").read_text()
    assert not any(secret in text for secret in ("RIS_A", "192.0.2.3", "CT ROOM"))
    assert run("check", folder)[0] == 0
    assert run("test", folder)[0] == 0
    code, out, _ = run("try", folder / "broker.yaml", log)
    assert code == 0
    assert "signature.broker-refuses: 3 of " in out
    assert "error SITE7" in out
    assert account_of([str(log)], load_patterns(folder)).unknown == []


def test_new_does_not_write_over_a_file(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    code, _, err = run("new", "--from-line", LINE, "-o", path)
    assert code == 1
    assert "exists" in err.lower()
    assert path.read_text() == "mine"


@pytest.mark.parametrize("line", ["", "12 34", '"x"', "E1123 16:00:32.648796 main.cpp:1] 192.0.2.1"])
def test_new_refuses_a_line_without_words(line):
    code, _, err = run("new", "--from-line", line)
    assert code == 2
    assert "nothing is fixed" in err


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        "W1123 16:20:39.934632 MyPlugin.cpp:444] The cache of 12 MB is full",
        'W1123 16:20:39.934632             MAIN worklists:/Plugin.cpp:229] Something odd about it\'s "quoted" path /x/y',
        "E: DcmItem: something new (0010,0020) found",
        "a line without any prefix, said by a script 12 times",
    ],
)
def test_drafts_load_and_match_their_sample(tmp_path, line):
    (tmp_path / "draft.yaml").write_text(scaffold(line))
    base = load_patterns(tmp_path, samples=True, strict=True)
    assert [str(f) for f in sample_faults(base)] == []


def test_check_tells_faults_with_their_place(tmp_path):
    draft = scaffold(LINE)
    for change, told in (
        (("severity: error", "severty: error"), "did you mean 'severity'?"),
        (
            ("label: What", "when: {event: signature.my-pattern, peer_ipp: 192.0.2.1}\n    label: What"),
            "did you mean 'peer_ip'?",
        ),
        (("title: '", "title: '{peer_up} "), "nothing fills {peer_up}; did you mean 'peer_ip'?"),
        (("SITE1", "site 1"), "is not capitals and a number"),
        (("my-pattern", "My Pattern"), "is not small letters"),
        (("confidence: likely", "confidence: likely\n    needs: more"), "'how' must say"),
    ):
        assert change[0] in draft
        (tmp_path / "draft.yaml").write_text(draft.replace(*change, 1))
        code, _, err = run("check", tmp_path)
        assert code == 1
        assert told in err
        assert f"{tmp_path.name}/draft.yaml:" in err


def test_check_asks_for_the_fields_that_the_timeline_reads(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "schema: 1\nevents:\n  - {event: run.listening, message: 'The broker listens on {port}'}\n"
    )
    code, _, err = run("check", tmp_path)
    assert code == 1
    assert f"{tmp_path.name}/a.yaml:3:1: the event 'run.listening' needs the field {{dicom_port}}" in err


def test_check_refuses_a_wording_that_is_there_already(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "schema: 1\nharmless:\n  - {message: 'Patient level is {state}abled', why: a}\n"
        "  - {message: 'Patient level is {}abled', why: b}\n"
    )
    code, _, err = run("check", tmp_path)
    assert code == 1
    assert "the wording 'Patient level is {}abled' is already in" in err


def test_test_refuses_samples_that_are_taken_by_others(tmp_path):
    draft = scaffold(LINE)
    sample = draft[draft.index("          - 'E0101") :].split("\n")[0]
    taken = (
        "          - 'E1123 16:00:32.648796 main.cpp:62] Native exception, stopping now. Check your plugins, if any.'"
    )
    (tmp_path / "draft.yaml").write_text(draft.replace(sample, taken))
    code, _, err = run("test", tmp_path)
    assert code == 1
    assert "is taken by the pattern at patterns/" in err
    (tmp_path / "draft.yaml").write_text(draft.replace("        samples:", "        near:"))
    code, _, err = run("test", tmp_path)
    assert code == 1
    assert "the near-miss" in err


def test_test_refuses_patterns_that_speak_on_healthy_logs(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "schema: 1\nsignatures:\n  - {code: SITE1, name: too-eager, cause: http-error, title: It started, severity: error, "
        "confidence: certain, when: {event: run.ready}}\n"
    )
    healthy = SAMPLES / "healthy-echo-in-1.12.7-trace" / "orthanc.log"
    code, _, err = run("test", tmp_path, "--healthy", healthy)
    assert code == 1
    assert "SITE1 too-eager holds in the healthy log" in err
    (tmp_path / "a.yaml").write_text("schema: 1\n")
    assert run("test", tmp_path, "--healthy", healthy)[0] == 0


def test_list_and_show():
    code, out, _ = run("list", "--cause", "dicom-port-in-use")
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} >= {"LA634", "LA620"}
    rows = json.loads(run("list", "--format", "json")[1])
    assert {"code", "name", "cause", "title", "severity"} <= set(rows[0])
    code, out, _ = run("show", "la634")
    assert code == 0
    assert "dicom-port-in-use" in out
    assert "cannot create network" in out
    assert "E1123 15:54:34.633549" in out
    assert "did you mean 'dicom-port-taken'?" in run("show", "dicom-port-takn")[2]
    assert "did you mean" in run("list", "--cause", "dicom-port-in-us")[2]


def test_coverage_tells_what_is_missing_and_fails_below_the_floor(tmp_path):
    (tmp_path / "orthanc.jsonl").write_text(
        '{"id":"O1","level":"E","file":"main.cpp","text":"The broker {name} refuses","first":"1.0.0","last":"1.13.0"}\n'
        '{"id":"O2","level":"E","file":"main.cpp","text":"Bad request: something quite new","first":"1.0.0","last":"1.13.0"}\n'
        '{"id":"O3","level":"W","file":"main.cpp","text":"Orthanc has started","first":"1.0.0","last":"1.13.0"}\n'
        '{"id":"O4","level":"E","file":"main.cpp","text":"{message}","first":"1.0.0","last":"1.13.0"}\n'
    )
    for name in ("plugins", "dcmtk_messages", "error_codes", "dcmtk_conditions", "dimse_status"):
        (tmp_path / f"{name}.jsonl").write_text("")
    errors, warnings = measure(load_patterns(), tmp_path)[:2]
    assert (errors.total, errors.by_class, errors.judged, len(errors.missing)) == (2, 1, 0, 1)
    assert "The broker {name} refuses" in errors.missing[0]
    assert errors.share == 0.5
    assert (warnings.total, warnings.harmless, warnings.share) == (1, 1, 1.0)


def test_coverage_command():
    code, out, _ = run("coverage", "--format", "json")
    assert code == 0
    assert all(row["share"] >= row["floor"] for row in json.loads(out))
    assert "100.0%" in run("coverage")[1]


def test_coverage_lists_all_that_is_missing(monkeypatch):
    """Here of patterns that know nothing."""
    monkeypatch.setattr("loganalyzer.cli.patterns._load", lambda _: load_patterns(builtin=False))
    told = {}
    for options in ([], ["--missing"]):
        code, out, _ = run("coverage", *options)
        assert code == 1
        told[len(options)] = out.count("    not recognised: ")
    assert 0 < told[0] < 200 < 3000 < told[1]
