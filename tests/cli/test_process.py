"""Signals, closed pipes, and faults of the program itself."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.process import run as run_here
from tests.running import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[bytes]]

PIPE = 65536


def wait_for_reader(process: subprocess.Popen[bytes], pipe: int) -> None:
    """Waits until everything in the pipe was read and the process sleeps, waiting for more."""
    left = bytearray(4)
    while process.poll() is None:
        fcntl.ioctl(pipe, termios.FIONREAD, left)
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0]
        if not any(left) and state == "S":
            return
        time.sleep(0.01)


def stopped(number: signal.Signals, output: Path, log: bytes) -> tuple[int, bytes]:
    """Sends a signal while the log is being read. Whoever runs the tests (nohup, a service) may ignore it: not here."""
    begun = log * (1 + 4 * PIPE // len(log))
    with subprocess.Popen(
        [*COMMAND, "diagnose", "-", "-o", output],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 -- no threads here
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(begun)
        process.stdin.flush()
        wait_for_reader(process, process.stdin.fileno())
        process.send_signal(number)
        code = process.wait(60)
        assert process.stderr is not None
        told = process.stderr.read()
        with suppress(BrokenPipeError):
            process.stdin.close()
    return code, told


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=lambda v: str(int(v))
)
def test_stopped_by_a_signal(tmp_path: Path, healthy: Path, number: signal.Signals, code: int) -> None:
    output = tmp_path / "report.html"
    assert stopped(number, output, healthy.read_bytes()) == (code, b"")
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_before_stays(tmp_path: Path, healthy: Path) -> None:
    output = tmp_path / "report.html"
    output.write_text("before")
    stopped(signal.SIGTERM, output, healthy.read_bytes())
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert output.read_text() == "before"


@pytest.mark.parametrize("arguments", [("--help",), ("diagnose", "--format", "json"), ("diagnose", "-v")])
def test_a_closed_pipe_is_silent(arguments: tuple[str, ...], healthy: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    logs = [str(healthy)] if "diagnose" in arguments else []
    try:
        done = subprocess.run([*COMMAND, *arguments, *logs], stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_standard_output_is_closed(healthy: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *COMMAND, "diagnose", str(healthy)], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, b"Error: standard output is closed.\n")


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_standard_output_is_full(form: str, healthy: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, "diagnose", "--format", form, healthy], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"Error: standard output cannot be written: no space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("explain", "LA110"), ("why", "1.1", "LOG"), ("patterns", "list"), ("redact", "LOG", "-o", "OUT")],
    ids=lambda arguments: arguments[0],
)
def test_standard_output_is_full_for_every_command(arguments: tuple[str, ...], healthy: Path, tmp_path: Path) -> None:
    places = {"LOG": str(healthy), "OUT": str(tmp_path / "out.log")}
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        command = [*COMMAND, *(places.get(word, word) for word in arguments)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(b"output cannot be written: no space left on device\n")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("diagnose",),
        ("diagnos", "x"),
        ("diagnose", "x", "--format", "pdf"),
        ("diagnose", "x", "--year", "12"),
        ("diagnose", "x", "--loud"),
        ("diagnose", "x", "--input-format", "compose+nonsense"),
        ("diagnose", "x", "--patterns", "no/such/folder"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], run: Run) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr


class TestFaultOfTheProgram:
    """A fault is told by its place alone: the exception's text may quote the log."""

    @pytest.fixture
    def fault(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
        def fault(error: Exception) -> None:
            def fail(*_: object, **__: object) -> None:
                raise error

            monkeypatch.setattr("loganalyzer.diagnosis.build.diagnose_opened", fail)

        return fault

    def test_unforeseen(
        self, fault: Callable[[Exception], None], healthy: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        fault(KeyError("DOE^JANE"))
        assert run_here(["diagnose", str(healthy)]) == ExitCode.FAULT
        told = capsys.readouterr().err
        assert told.startswith("loganalyzer: internal error (KeyError in ")
        assert "DOE" not in told
        assert told.count("\n") == 1

    def test_with_traceback_when_asked_for(
        self,
        fault: Callable[[Exception], None],
        healthy: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("LOGANALYZER_DEBUG", "1")
        fault(KeyError("x"))
        assert run_here(["diagnose", str(healthy)]) == ExitCode.FAULT
        assert "Traceback" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (MemoryError(), "loganalyzer: there is not enough memory for this analysis\n"),
            (OSError(5, "Input/output error"), "loganalyzer: stopped by the system: input/output error\n"),
        ],
    )
    def test_of_the_machine(
        self,
        fault: Callable[[Exception], None],
        healthy: Path,
        capsys: pytest.CaptureFixture[str],
        error: Exception,
        sentence: str,
    ) -> None:
        fault(error)
        assert run_here(["diagnose", str(healthy)]) == ExitCode.FAULT
        assert capsys.readouterr().err == sentence


def test_completion_of_the_shell(run: Run) -> None:
    words = {"_LOGANALYZER_COMPLETE": "bash_complete", "COMP_WORDS": "loganalyzer dia", "COMP_CWORD": "1"}
    done = run(environment=words)
    assert (done.returncode, done.stdout) == (0, b"plain,diagnose\n")
