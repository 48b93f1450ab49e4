"""The lnav format file: what the patterns say, and what the real lnav makes of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORMAT = ROOT / "contrib" / "lnav" / "orthanc_log.json"
SAMPLES = ROOT / "sample_logs"
RECORD = re.compile(rb"^[EWIT]\d{4} \d\d:\d\d:\d\d\.\d{6} ", re.MULTILINE)
ERROR = re.compile(rb"^E\d{4} \d\d:\d\d:\d\d\.\d{6} ", re.MULTILINE)


def test_it_is_what_the_patterns_say():
    command = [sys.executable, "-m", "tools.generate_lnav_format", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lnav")
    (folder / "formats" / "orthanc").mkdir(parents=True)
    shutil.copy(FORMAT, folder / "formats" / "orthanc")
    return folder


def ask(settings: Path, log: Path, query: str) -> list[dict[str, object]]:
    command = ["lnav", "-n", "-I", settings, "-c", f";{query}", "-c", ":write-json-to -", log]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(settings), "TERM": "dumb"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


@pytest.mark.lnav
def test_lnav_accepts_it(settings):
    command = ["lnav", "-W", "-I", settings, "-C"]  # all that it has to say of it, also if it said so today
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.lnav
@pytest.mark.parametrize(
    "name",
    [
        "busy-hundreds-1.12.7-verbose",
        "calling-aet-unknown-store-1.9.1-trace",
        "called-aet-mismatch-1.12.7-verbose-nothread",
        "healthy-move-in-1.13.0-verbose",
        "config-syntax-error-1.10.1-trace",
    ],
)
def test_lnav_finds_every_record_and_every_error(settings, name):
    log = SAMPLES / name / "orthanc.log"
    content = log.read_bytes()
    (row,) = ask(settings, log, "SELECT count(*) AS n, total(log_level = 'error') AS errors FROM orthanc_log")
    assert row["n"] == len(RECORD.findall(content))
    assert row["errors"] == len(ERROR.findall(content))


@pytest.mark.lnav
def test_lnav_takes_the_prefix_apart(settings):
    log = SAMPLES / "healthy-move-out-1.13.0-trace" / "orthanc.log"
    rows = ask(settings, log, "SELECT thread, src_file, context, category, log_body FROM orthanc_log")
    job = next(row for row in rows if str(row["context"]).startswith("job "))
    assert job["thread"].startswith("JOBS-WORKER-")
    assert not job["log_body"].startswith("|")
    assert {row["category"] for row in rows} >= {None, "dicom", "http", "jobs"}
    assert all(str(row["src_file"]).endswith((".cpp", ".h")) for row in rows)


@pytest.mark.lnav
def test_lnav_tags_causes(settings):
    log = SAMPLES / "dicom-port-in-use-1.12.7-trace" / "orthanc.log"
    rows = ask(settings, log, "SELECT log_tags, log_body FROM orthanc_log WHERE log_tags IS NOT NULL")
    assert [row["log_tags"] for row in rows] == [["#dicom-port-in-use"]]
    assert "cannot create network" in rows[0]["log_body"]


@pytest.mark.lnav
def test_lnav_has_tables(settings):
    log = SAMPLES / "dicom-port-in-use-1.12.7-trace" / "orthanc.log"
    (row,) = ask(settings, log, "SELECT condition, error_code FROM orthanc_stopped")
    assert row["error_code"] == "2004"
    log = SAMPLES / "calling-aet-unknown-find-1.12.7-default" / "orthanc.log"
    rows = ask(settings, log, "SELECT calling_aet, request FROM orthanc_refused")
    assert {"calling_aet": "STRANGER", "request": "Find"} in rows
