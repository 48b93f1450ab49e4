"""Colours, width and progress, on real terminals."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest

from loganalyzer.cli.output import look_of
from loganalyzer.cli.progress import Progress
from tests.running import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[bytes]]

pytestmark = pytest.mark.usefixtures("environment")


def until_closed(terminal: int) -> bytes:
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return shown
        if not piece:
            return shown
        shown += piece


@pytest.mark.parametrize(
    ("color", "environment", "colored"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_on_a_terminal(failing: Path, color: str, environment: dict[str, str], colored: bool) -> None:
    terminal, screen = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **environment}
    with subprocess.Popen([*COMMAND, "diagnose", "--color", color, failing], stdout=screen, env=environment):
        os.close(screen)
        shown = until_closed(terminal)
    os.close(terminal)
    assert (b"\x1b[" in shown) == colored
    assert "✖".encode() in shown


@pytest.mark.parametrize(
    ("color", "environment", "colored"),
    [
        ("auto", {}, False),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"FORCE_COLOR": "0"}, False),
        ("always", {}, True),
    ],
)
def test_without_a_terminal(run: Run, failing: Path, color: str, environment: dict[str, str], colored: bool) -> None:
    done = run("diagnose", "--color", color, failing, environment=environment)
    assert (b"\x1b[" in done.stdout) == colored


def test_into_a_file_without_colours(tmp_path: Path) -> None:
    assert not look_of(color="auto", width=None, verbose=False, output=tmp_path / "x").color


@pytest.mark.parametrize("width", [40, 72, 200])
def test_width(run: Run, failing: Path, width: int) -> None:
    lines = run("diagnose", "--width", str(width), failing).stdout.decode().splitlines()
    longest = max(map(len, lines))
    assert longest <= width
    assert longest > width - 25


def test_width_does_not_depend_on_the_shell(run: Run, failing: Path) -> None:
    plain = run("diagnose", failing).stdout
    assert run("diagnose", failing, environment={"COLUMNS": "60"}).stdout == plain


def test_ascii_where_nothing_else_can_be_shown(run: Run, failing: Path) -> None:
    done = run("diagnose", failing, environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert done.stdout.isascii()


def test_verbose_says_more(run: Run, failing: Path) -> None:
    assert len(run("diagnose", "-v", failing).stdout) > 1.5 * len(run("diagnose", failing).stdout)


class TestProgress:
    def test_on_a_terminal(self, tmp_path: Path, healthy: Path) -> None:
        terminal, screen = pty.openpty()
        with subprocess.Popen(
            [*COMMAND, "diagnose", "-", "-o", tmp_path / "x"], stdin=subprocess.PIPE, stderr=screen
        ) as process:
            os.close(screen)
            assert process.stdin is not None
            process.stdin.write(healthy.read_bytes() * 200)
            process.stdin.flush()
            shown = os.read(terminal, 65536)
            process.stdin.close()
            shown += until_closed(terminal)
        os.close(terminal)
        assert process.returncode == 0
        assert shown.startswith(b"\r\x1b[Kreading ")
        assert b"standard input" in shown
        assert b" MB" in shown
        assert shown.endswith(b"\r\x1b[K")

    def test_nothing_without_a_terminal(self, run: Run, healthy: Path) -> None:
        assert run("diagnose", healthy).stderr == b""

    def test_the_line(self) -> None:
        progress = Progress()
        progress.read("a.log", 1_000_000)
        progress.read("\x1b[31mb.log" + "x" * 100, 3_000_000)
        line = progress.line(2.0)
        assert "4.0 MB" in line
        assert "2.0 MB/s" in line
        assert "\x1b" not in line
        assert len(line) < 80
