"""The command: what it writes, what it refuses, the key and the way back."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from loganalyzer.redact import workflow
from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.exposure import Exposure
from loganalyzer.redact.redaction import Redaction
from tests.knowledge import SAMPLES
from tests.running import run_program

FIND = SAMPLES / "healthy-find-in-1.10.1-trace" / "orthanc.log"
MOVE = SAMPLES / "healthy-move-out-1.13.0-trace" / "orthanc.log"
WORKLIST = SAMPLES / "peers" / "findscu-healthy-worklist-in-1.12.7" / "peer.log"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return run_program("redact", *arguments)


def test_a_key_is_the_owners_and_gives_the_logs_back(tmp_path: Path) -> None:
    os.umask(0)
    key, out, back = tmp_path / "key.json", tmp_path / "out", tmp_path / "back"
    out.mkdir()
    back.mkdir()
    assert run(FIND, MOVE, WORKLIST, "-o", out, "--key", key).returncode == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    results = sorted(out.iterdir())
    assert len(results) == 3
    done = run("--restore", "--key", key, *results, "-o", back)
    assert done.stdout.count(b"byte for byte") == 3
    assert {path.read_bytes() for path in back.iterdir()} == {path.read_bytes() for path in (FIND, MOVE, WORKLIST)}


def test_the_same_value_has_one_pseudonym_in_all_files_and_runs(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    for number, log in enumerate((FIND, WORKLIST, FIND)):
        assert run(log, "-o", tmp_path / f"{number}.log", "--key", key).returncode == 0
    assert (tmp_path / "0.log").read_bytes() == (tmp_path / "2.log").read_bytes()
    (title,) = {
        line.split()[-1]
        for line in (tmp_path / "0.log").read_text().splitlines()
        if line.startswith("Calling Application")
    }
    assert f"Calling Application Name:    {title}" in (tmp_path / "1.log").read_text()


def test_without_a_key_two_runs_have_nothing_in_common(tmp_path: Path) -> None:
    first, second = (tmp_path / "1.log", tmp_path / "2.log")
    assert run(FIND, "-o", first).returncode == run(FIND, "-o", second).returncode == 0
    assert first.read_bytes() != second.read_bytes()


def test_what_is_to_be_kept_stays_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out.log"
    done = run(FIND, "-o", out, "--keep", "aet,ip")
    assert b"Left in because you asked for it: aet, ip." in done.stdout
    assert "MODALITY1" in out.read_text()
    assert "JANE" not in out.read_text()
    assert run(FIND, "-o", tmp_path / "no.log", "--keep", "person").returncode == 2
    assert not (tmp_path / "no.log").exists()


def test_the_report_says_first_whether_patients_can_be_in_the_log(tmp_path: Path) -> None:
    done = run(FIND, "-o", tmp_path / "out.log", "--report", tmp_path / "report.json")
    assert (
        done.stdout.decode()
        .splitlines()[0]
        .startswith(f"{FIND}: This is a log of Orthanc 1.10.1 at level trace. It can contain patient data")
    )
    (report,) = json.loads((tmp_path / "report.json").read_text())
    assert report["vouched"]
    assert {"person", "aet", "uid", "date"} <= {row["kind"] for row in report["replaced"]}
    assert "JANE" not in json.dumps(report)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (WORKLIST, "queries and answers stand in it in clear"),
        (SAMPLES / "peers/storescu-verbose/peer.log", "no data set dump"),
    ],
)
def test_a_log_of_the_other_side_is_named(log: Path, said: str) -> None:
    exposure = Exposure()
    exposure.see(log.read_bytes())
    assert exposure.sentence().startswith("This is a log of dcmtk, not of Orthanc.")
    assert said in exposure.sentence()


def test_users_of_a_configuration_that_was_pasted_go_even_where_they_are_common_words(tmp_path: Path) -> None:
    post = '"RegisteredUsers" : { "alice" : "secret", "meier2" : "0rchid" },\n'
    (tmp_path / "post.log").write_text(FIND.read_text() + post)
    assert run(tmp_path / "post.log", "-o", tmp_path / "out.log").returncode == 0
    pasted = (tmp_path / "out.log").read_text().splitlines()[-1]
    assert pasted.startswith('"RegisteredUsers" : {')
    assert not any(word in pasted for word in ("alice", "secret", "meier2", "0rchid"))


def test_users_in_lines_of_their_own_go_too(tmp_path: Path) -> None:
    post = (
        '"RegisteredUsers" :\n{\n  "alice" : "open sesame",\n  "bob" : "winter"\n},\n"Name" : "image",\n'
        '"OrthancPeers" : { "sample" : [ "http://192.0.2.7:8042/", "carol", "autumn" ] }\n'
    )
    (tmp_path / "post.log").write_text(FIND.read_text() + post)
    assert run(tmp_path / "post.log", "-o", tmp_path / "out.log").returncode == 0
    pasted = (tmp_path / "out.log").read_text().splitlines()[-7:]
    assert pasted[0] == '"RegisteredUsers" :'
    assert pasted[5] == '"Name" : "image",'
    assert not any(word in "".join(pasted) for word in ("alice", "sesame", "bob", "winter", "carol", "autumn"))


def test_telephone_numbers_behind_a_pasted_log_go(tmp_path: Path) -> None:
    numbers = ("+49 4721 555 0199", "0471/555-0199", "(555) 010-7788", "044 555 01 23")
    log = tmp_path / "post.txt"
    signature = "Tel. {1}, mobile: {0}\nPhone: {2}\nFax {3}\n".format(*numbers)
    log.write_bytes(FIND.read_bytes() + signature.encode())
    assert run(log, "-o", tmp_path / "out.log").returncode == 0
    written = (tmp_path / "out.log").read_text()
    assert "port: 4242" in written
    assert not [number for number in numbers if number in written]


def test_nothing_is_written_when_something_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from loganalyzer.cli.main import cli

    def blind(self: Redaction, source: object, target: object, coverage: Coverage) -> tuple[str, str]:
        """A replacement that overlooks everything: what the proof is there for."""
        with source() as file:  # type: ignore[operator]
            target.write(file.read())  # type: ignore[attr-defined]
        return coverage.digest, ""

    monkeypatch.setattr(workflow.Redaction, "replace", blind)
    out, key = tmp_path / "out.log", tmp_path / "key.json"
    done = CliRunner().invoke(cli, ["redact", str(FIND), "-o", str(out), "--key", str(key)])
    assert done.exit_code == 4
    assert "Nothing is written" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nothing.log", "folder"])
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    done = run(tmp_path / name, "-o", tmp_path / "out.log")
    assert done.returncode == 3
    assert not (tmp_path / "out.log").exists()
    assert done.stderr.splitlines()[-1] == b"Nothing was read, nothing is written."


def test_a_key_that_has_learned_more_still_gives_the_first_log_back(tmp_path: Path) -> None:
    key, first = tmp_path / "key.json", tmp_path / "first.log"
    assert run(MOVE, "-o", first, "--key", key).returncode == 0
    for number, name in enumerate(
        ("healthy-odd-aets-1.10.1-trace", "healthy-log-like-values-1.12.7-trace", "healthy-worklist-in-1.13.0-trace")
    ):
        assert run(SAMPLES / name / "orthanc.log", "-o", tmp_path / f"{number}.log", "--key", key).returncode == 0
    assert b"byte for byte" in run("--restore", "--key", key, first, "-o", tmp_path / "back.log").stdout
    assert (tmp_path / "back.log").read_bytes() == MOVE.read_bytes()


def test_of_a_damaged_archive_what_can_be_read_is_redacted(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    packed = gzip.compress(FIND.read_bytes(), mtime=0)
    (logs / "a.log.gz").write_bytes(packed[: len(packed) // 2])
    (logs / "b.log").write_bytes(WORKLIST.read_bytes())
    done = run(logs, "-o", tmp_path / "out")
    assert done.returncode == 4
    assert b"a.log.gz: the rest could not be read: its gzip data ends too early: the file is cut off\n" in done.stderr
    lines = {path.read_bytes().count(b"\n") for path in (tmp_path / "out").iterdir()}
    whole = WORKLIST.read_bytes().count(b"\n")
    assert len(lines) == 2
    assert whole in lines
    assert 0 < (lines - {whole}).pop() < FIND.read_bytes().count(b"\n")
