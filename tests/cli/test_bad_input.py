from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loganalyzer.cli.process import run as in_process
from tests.knowledge import diagnosed

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[bytes]]


def empty(folder: Path) -> Path:
    (folder / "Orthanc.log").write_bytes(b"")
    return folder / "Orthanc.log"


def blank(folder: Path) -> Path:
    (folder / "Orthanc.log").write_bytes(b"\n\n \n")
    return folder / "Orthanc.log"


def binary(folder: Path) -> Path:
    (folder / "Orthanc.log").write_bytes(Path(sys.executable).resolve().read_bytes()[:300_000])
    return folder / "Orthanc.log"


def zeros(folder: Path) -> Path:
    (folder / "Orthanc.log").write_bytes(bytes(100_000))
    return folder / "Orthanc.log"


def noise(folder: Path) -> Path:
    (folder / "Orthanc.log").write_bytes(bytes((i * i * 31 + i // 7) % 256 for i in range(100_000)))
    return folder / "Orthanc.log"


def missing(folder: Path) -> Path:
    return folder / "Orthanc.log"


def no_folder(folder: Path) -> Path:
    return empty(folder) / "Orthanc.log"


def too_long(folder: Path) -> Path:
    return folder / ("x" * 300)


def circle(folder: Path) -> Path:
    (folder / "Orthanc.log").symlink_to("Orthanc.log")
    return folder / "Orthanc.log"


def empty_folder(folder: Path) -> Path:
    return folder


def folder_without_logs(folder: Path) -> Path:
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    (folder / "program").write_bytes(Path(sys.executable).resolve().read_bytes()[:100_000])
    return folder


def device(folder: Path) -> Path:
    return Path("/dev/zero")


def a_socket(folder: Path) -> Path:
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("orthanc.sock")
    return folder / "orthanc.sock"


def empty_archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "logs.zip", "w"):
        pass
    return folder / "logs.zip"


def damaged_archive(folder: Path) -> Path:
    (folder / "logs.zip").write_bytes(b"PK\x03\x04" + bytes(range(200)))
    return folder / "logs.zip"


def other_program(folder: Path) -> Path:
    """What Python itself logs of its imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", "import json"], capture_output=True, check=True)
    (folder / "python.log").write_bytes(done.stderr)
    return folder / "python.log"


NOTHING_TO_READ = (
    empty, blank, binary, zeros, noise, missing, no_folder, too_long, circle, empty_folder, folder_without_logs, device,
    a_socket, empty_archive, damaged_archive, other_program,
)  # fmt: skip


@pytest.mark.parametrize("make", NOTHING_TO_READ)
def test_one_sentence_and_exit_3(
    make: Callable[[Path], Path], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make(tmp_path)
    done = run("diagnose", path)
    assert done.returncode == 3
    assert done.stdout == b""
    sentences = done.stderr.decode().splitlines()
    assert len(sentences) == 1
    assert sentences[0].startswith(f"loganalyzer: {str(tmp_path if path == tmp_path else path)[:100]}")


@pytest.mark.parametrize("make", [empty, binary, missing, folder_without_logs, other_program])
def test_the_document_says_so_too(make: Callable[[Path], Path], tmp_path: Path, run: Run) -> None:
    done = run("diagnose", make(tmp_path), "--format", "json")
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["verdict"] == "not-orthanc"
    assert document["findings"] == []
    assert done.stderr.count(b"\n") == 1


def test_another_servers_log_is_read_and_said_to_be_its(tmp_path: Path, run: Run) -> None:
    sample = Path("sample_logs/peers/dcm4che-wildfly/peer.log").read_bytes()
    (tmp_path / "server.log").write_bytes(sample.replace(b"ORTHANC", b"STATION"))
    done = run("diagnose", tmp_path / "server.log")
    assert done.returncode == 3
    assert b"a log of dcm4che, and nothing in it names Orthanc" in done.stdout
    assert b"2 associations, 0 failed" in done.stdout


def test_nothing_is_written_about_nothing(tmp_path: Path, run: Run) -> None:
    done = run("diagnose", tmp_path / "Orthanc.log", "-o", tmp_path / "report.html")
    assert done.returncode == 3
    assert not (tmp_path / "report.html").exists()


def test_empty_standard_input(run: Run) -> None:
    done = run("diagnose", "-")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == b"loganalyzer: standard input: is empty\n"


def test_standard_input(run: Run, failing: Path) -> None:
    done = run("diagnose", "-", "--format", "json", given=failing.read_bytes())
    assert done.returncode == 1
    assert json.loads(done.stdout)["logs"][0]["name"] == "standard input"


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path, run: Run) -> None:
    done = run("diagnose", f"{tmp_path}/\x1b[31m\nloganalyzer: all is well\u202e.log")
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr


def test_a_name_that_is_no_text(tmp_path: Path, run: Run, failing: Path) -> None:
    path = os.fsencode(tmp_path) + b"/Orthanc-\xff.log"
    Path(os.fsdecode(path)).write_bytes(failing.read_bytes())
    for form in ("text", "json", "html"):
        done = run("diagnose", "--format", form, os.fsdecode(path))
        assert (done.returncode, done.stderr) == (1, b"")


def codes(document: bytes) -> list[str]:
    return [finding["code"] for finding in json.loads(document)["findings"]]


def test_half_lines_at_both_ends(tmp_path: Path, run: Run, failing: Path) -> None:
    data = failing.read_bytes()
    half = data.index(b"\n") // 2
    (tmp_path / "Orthanc.log").write_bytes(data[half:] + data[:half])
    cut = run("diagnose", tmp_path / "Orthanc.log", "--format", "json")
    assert cut.returncode in (1, 4)
    assert codes(cut.stdout) == [finding.code for finding in diagnosed(failing).findings]


RUBBISH = (b"\xff\xfe\x80", b"\x00", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3")


def test_invalid_bytes(tmp_path: Path, run: Run, failing: Path) -> None:
    lines = failing.read_bytes().splitlines(keepends=True)
    lines[3:3] = [b"I " + rubbish + b" rubbish\n" for rubbish in RUBBISH]
    (tmp_path / "Orthanc.log").write_bytes(b"".join(lines))
    assert run("diagnose", tmp_path / "Orthanc.log").returncode in (1, 4)
    done = run("diagnose", tmp_path / "Orthanc.log", "--format", "json")
    assert done.returncode in (1, 4)
    assert codes(done.stdout) == [finding.code for finding in diagnosed(failing).findings]


class TestPartlyRead:
    """A healthy log that could not be read to its end proves nothing."""

    @pytest.fixture
    def truncated(self, tmp_path: Path, healthy: Path) -> Path:
        packed = gzip.compress(healthy.read_bytes() * 20)
        (tmp_path / "Orthanc.log.gz").write_bytes(packed[: len(packed) * 3 // 4])
        return tmp_path / "Orthanc.log.gz"

    def test_exit_4_and_a_banner(self, truncated: Path, run: Run) -> None:
        done = run("diagnose", truncated)
        assert done.returncode == 4
        assert b"could not be read" in done.stdout
        assert b"healthy" not in done.stdout.lower()
        assert done.stderr == b""

    def test_the_document(self, truncated: Path, run: Run) -> None:
        done = run("diagnose", truncated, "--format", "json")
        document = json.loads(done.stdout)
        assert done.returncode == 4
        assert (document["verdict"], document["complete"]) == ("cannot-tell", False)
        assert document["problems"]
        assert done.stderr.startswith(b"loganalyzer: ")
        assert done.stderr.count(b"\n") == len(document["problems"])

    def test_one_log_is_missing(self, tmp_path: Path, healthy: Path, run: Run) -> None:
        done = run("diagnose", healthy, tmp_path / "Orthanc.log")
        assert done.returncode == 4
        assert b"no such file" in b" ".join(done.stdout.split())
        assert b"healthy:" not in done.stdout.lower()

    def test_failures_are_still_found(self, tmp_path: Path, failing: Path, run: Run) -> None:
        done = run("diagnose", failing, tmp_path / "Orthanc.log", "--format", "json")
        assert done.returncode == 4
        assert json.loads(done.stdout)["verdict"] == "failure"


def test_a_healthy_log(run: Run, healthy: Path) -> None:
    done = run("diagnose", healthy)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("diagnose", ""), 3, "'': cannot be opened"),
        (("redact", "", "-o", "out"), 3, "'': cannot be opened"),
        (("scan", "", "-o", "out"), 3, "'': cannot be opened"),
        (("triage", ""), 3, "'': is no name of a file"),
        (("diagnose", "orthanc.log", "--config", ""), 2, "an empty name is no configuration"),
        (("diagnose", "orthanc.log", "--patterns", ""), 2, "'':1:1: is neither a folder nor a file"),
    ],
)
def test_an_empty_name_is_not_the_folder_that_one_is_in(
    arguments: tuple[str, ...], status: int, said: str, failing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """It is what ``"$LOG"`` leaves where the variable is not set."""
    (tmp_path / "orthanc.log").write_bytes(failing.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert in_process(arguments) == status
    assert said in capsys.readouterr().err


LONG = "x" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "LOG", "-o", ""),
        ("redact", "LOG", "-o", ""),
        ("serve", "--data", ""),
        ("diagnose", "LOG", "-o", "LOOP"),
        ("diagnose", "LOG", "-o", LONG),
        ("diagnose", "LOG", "--input-format", ""),
        ("diagnose", "LOG", "--limit", "max_ratio=0"),
        ("diagnose", "LOG", "--limit", "year=2024"),
        ("diagnose", "LOG", "--patterns", LONG),
        ("diagnose", "LOG", "--patterns", "EMPTY"),
        ("explain", "LA110", "--patterns", "no/such/folder"),
        ("explain", "LA110", "--patterns", "\udcff"),
        ("patterns", "test", "--healthy", LONG),
        ("redact", "LOG", "-o", "LOOP"),
        ("redact", "LOG", "-o", LONG),
        ("redact", "LOG", "-o", "OUT", "--key", "PIPE"),
        ("redact", "LOG", "-o", "OUT", "--key", LONG),
    ],
    ids=lambda arguments: " ".join((*arguments[:1], *arguments[-2:]))[:40],
)
def test_names_that_nobody_can_mean(
    arguments: tuple[str, ...], tmp_path: Path, failing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are refused before anything is written, in this folder or elsewhere."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    names = {"LOG": failing, "LOOP": tmp_path / "loop", "EMPTY": tmp_path / "empty", "PIPE": tmp_path / "pipe"}
    names["OUT"] = tmp_path / "out.log"
    assert in_process([str(names.get(word, word)) for word in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Error: " in told.err or told.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "loop", "pipe"]


@pytest.mark.parametrize("command", [("ask",), ("why", "1.1"), ("timeline",)], ids=lambda command: command[0])
def test_who_reads_nothing_says_why(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process([*command, str(tmp_path / "none")]) == 3
    assert capsys.readouterr().err == f"loganalyzer: {tmp_path / 'none'}: cannot be opened: no such file or directory\n"
