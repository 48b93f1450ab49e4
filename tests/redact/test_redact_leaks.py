"""Nothing of what was planted in real logs of four versions of Orthanc is left, in any encoding."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from conftest import FORMS, PLANTED_LOGS, Redacted, planted_log, source_of, wrapped
from leaks import leaks
from planted_scenario import plugins_of, record

from loganalyzer.redact.coverage import Coverage
from tests.sources.wrapping import HOST


def test_planted_values_are_in_the_recordings_in_all_ways_of_writing():
    found = [leak for name in PLANTED_LOGS for leak in leaks(*planted_log(name))]
    assert {leak.reading for leak in found} == {"plain", "percent", "json", "hexadecimal", "dump of a PDU", "base64"}
    assert len({(leak.value, leak.place) for leak in found}) > 5_000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PLANTED_LOGS)
def test_a_recording_is_redacted(name):
    """All that must hold of a redacted log, in one test: to redact it takes more time than to look at it."""
    log, values = planted_log(name)
    redacted = Redacted(log)
    assert leaks(log, values)
    assert leaks(redacted.data, values) == []
    assert redacted.coverage.vouched
    assert redacted.restored() == (log, True)
    _assert_stamps_stay(log, redacted.data)
    _assert_one_mapping(log, values, redacted)


def _assert_stamps_stay(log: bytes, redacted: bytes):
    """Lines keep their stamps, levels and sources."""
    before, after = log.split(b"\n"), redacted.split(b"\n")
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old[:1] in {b"E", b"W", b"I", b"T"} and old[5:6] == b" " and b"] " in old:
            assert new.partition(b"] ")[0].split()[:2] == old.partition(b"] ")[0].split()[:2]


def _assert_one_mapping(log: bytes, values: dict[str, str], whole: Redacted):
    """Logs that belong together are redacted with one mapping."""
    half = log.index(b"\n", len(log) // 2) + 1
    parts = []
    for part in (log[:half], log[half:]):
        target = io.BytesIO()
        whole.redaction.replace(source_of(part), target, Coverage())
        parts.append(target.getvalue())
    assert leaks(b"".join(parts), values) == []


@pytest.mark.parametrize("form", FORMS)
def test_nothing_planted_is_left_in_wrapped_logs(form):
    log, values = planted_log("1.13.0-verbose")
    data = wrapped(form, log)
    redacted = Redacted(data)
    assert leaks(redacted.data, values) == []
    assert HOST.encode() not in redacted.data
    assert redacted.coverage.vouched
    assert redacted.restored() == (data, True)


def _orthanc_here() -> list[str]:
    return ["Orthanc"] if shutil.which("Orthanc") else []


@pytest.mark.orthanc
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", _orthanc_here())
@pytest.mark.parametrize(("level", "deidentify"), [("trace", True), ("verbose", False)])
def test_nothing_planted_is_left_of_a_run_of_orthanc(tmp_path: Path, program, level, deidentify):
    seed = 2 if deidentify else 3
    record(tmp_path, command=[program], level=level, deidentify=deidentify, plugins=plugins_of(), seed=seed)
    log = (tmp_path / "orthanc.log").read_bytes()
    values = json.loads((tmp_path / "planted.json").read_text())
    assert len({leak.value for leak in leaks(log, values)}) > 500
    redacted = Redacted(log)
    assert leaks(redacted.data, values) == [], f"seed {seed}"
    assert redacted.coverage.vouched
    assert redacted.restored() == (log, True)
