"""What goes wrong around the program: it says one sentence, leaves no half file, and never shows a traceback."""

from __future__ import annotations

import os
import pty
import resource
import signal
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loganalyzer.sources.opening import open_logs
from loganalyzer.sources.options import ReadOptions
from tests.knowledge import SAMPLES
from tests.running import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[bytes]]

LONG = SAMPLES / "busy-interleaved-a-1.10.1-trace" / "orthanc.log"
MOMENTS = (0.02, 0.25, 0.5, 0.75, 0.9)
NOBODY = 65534


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["diagnose", "--format", "text"], b""),
        (["diagnose", "--format", "json"], b""),
        (["diagnose", "--format", "html"], b""),
        (["redact"], b"there is no room in"),
    ],
)
def test_no_room_for_the_result(command: list[str], said: bytes, tmp_path: Path, failing: Path) -> None:
    """A limit on the size of files fails in the midst of writing, as a full disk does."""
    done = subprocess.run(
        [*COMMAND, *command, failing, "-o", tmp_path / "result"],
        capture_output=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_which_nothing_can_be_made(failing: Path) -> None:
    for command in (["redact"], ["diagnose", "--format", "html"], ["timeline"], ["scan"]):
        done = subprocess.run(
            [*COMMAND, *command, failing, "-o", "/proc/made.log"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "/proc" in done.stderr
        assert "cannot be written" in done.stderr


def test_a_read_error_in_the_middle(tmp_path: Path, failing: Path) -> None:
    """A terminal whose other side is gone gives what it had, and then an error (EIO)."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    data = failing.read_bytes()

    def write() -> None:
        for start in range(0, len(data), 1000):
            os.write(theirs, data[start : start + 1000])
        os.close(theirs)

    with subprocess.Popen(
        [*COMMAND, "diagnose", "-", "--format", "json"], stdin=ours, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(ours)
        writer = threading.Thread(target=write)
        writer.start()
        out, err = process.communicate(timeout=120)
        writer.join()
    assert process.returncode == 4
    assert b"the rest could not be read: input/output error" in err
    assert b'"code":"LA' in out.replace(b" ", b"")


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "orthanc.log"
    path.write_bytes(LONG.read_bytes())
    log = next(open_logs([path], ReadOptions(block_size=4096)))
    blocks = log.blocks()
    next(blocks)
    os.truncate(path, 10_000)
    assert sum(len(block.data) for block in blocks) < LONG.stat().st_size - 5000
    (problem,) = log.state.problems
    assert problem.incomplete
    assert "became shorter while it was read" in problem.what


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_at_any_moment(number: signal.Signals, tmp_path: Path) -> None:
    """From the first instant to the last: no half file, no traceback, and the status of the signal, unless it was over.

    Before the program's own code runs, Python or the system itself answers the signal.
    """
    command = [*COMMAND, "diagnose", LONG, "-o", tmp_path / "report.html"]
    begun = time.monotonic()
    subprocess.run(command, check=False, capture_output=True)
    whole = time.monotonic() - begun
    report = (tmp_path / "report.html").read_bytes()
    (tmp_path / "report.html").unlink()
    for part in MOMENTS:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(part * whole)
            process.send_signal(number)
            _, told = process.communicate(timeout=120)
        left = [path.read_bytes() for path in tmp_path.iterdir()]
        assert left in ([], [report])
        (tmp_path / "report.html").unlink(missing_ok=True)
        if process.returncode in (0, 1):
            assert left == [report]
            continue
        assert process.returncode in (128 + number, -number)
        if process.returncode > 0:
            assert told == b""


@pytest.fixture
def bare(tmp_path: Path, failing: Path) -> Path:
    """A copy of a log that anybody may read."""
    tmp_path.chmod(0o755)
    copy = tmp_path / "Orthanc.log"
    copy.write_bytes(failing.read_bytes())
    copy.chmod(0o644)
    os.utime(copy, (1_732_000_000, 1_732_000_000))
    return copy


ODD_ENVIRONMENTS = {
    "nothing at all": {},
    "no home, and turkish": {"HOME": "/nonexistent", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "home that is a file, and ascii": {
        "HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "XDG_CONFIG_HOME": "/dev/null",
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii",
    },
    "far away, with other hashes": {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    "half an hour off, with yet other hashes": {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242"},
    "optimised, on a wide terminal": {
        "PYTHONOPTIMIZE": "2", "COLUMNS": "300", "LINES": "2", "TERM": "xterm-256color"
    },
}  # fmt: skip


def written(log: Path, folder: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """All forms of a report, made in an environment, without anything else in it."""
    script = (
        "import sys; from loganalyzer.cli.process import run\n"
        "for form in ('text', 'json', 'html', 'markdown'):\n"
        "    assert run(['diagnose', sys.argv[1], '-v', '--format', form, '-o', sys.argv[2] + form]) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, log, f"{folder}/report."],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {path.suffix: path.read_bytes() for path in sorted(folder.glob("report.*"))}


def test_the_same_bytes_wherever_it_runs(bare: Path, tmp_path: Path) -> None:
    """Whatever the hash seed, the locale, the time zone, the terminal and the home."""
    made = {}
    for number, (name, environment) in enumerate(ODD_ENVIRONMENTS.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        made[name] = written(bare, folder, environment)
    usual = made["far away, with other hashes"]
    assert set(usual) == {".text", ".json", ".html", ".markdown"}
    for name, reports in made.items():
        for form, report in reports.items():
            assert report == usual[form], (name, form)


@pytest.mark.parametrize("command", ["diagnose -v", "timeline", "why 1.1", "diff", "triage"])
def test_a_console_that_cannot_show_every_letter(command: str, tmp_path: Path, run: Run) -> None:
    """As those of Windows: what its code page has no letter for is shown as an escape, never as other letters."""
    log = tmp_path / "orthanc.log"
    recorded = (SAMPLES / "called-aet-mismatch-1.10.1-trace" / "orthanc.log").read_bytes()
    log.write_bytes(recorded.replace(b"MODALITY1", "MÖDALITÉ日".encode()))
    logs = [log, SAMPLES / "healthy-echo-in-1.12.7-trace" / "orthanc.log"][: 2 if command == "diff" else 1]
    done = run(*command.split(), *logs, environment={"PYTHONIOENCODING": "cp437", "PYTHONUTF8": "0"})
    assert done.returncode in (0, 1)
    assert done.stderr == b""
    assert "\\u65e5" in done.stdout.decode("cp437")
