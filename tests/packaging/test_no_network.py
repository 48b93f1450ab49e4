"""Logs hold patients' data: reading, redacting and answering them opens no connection and starts no program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "sample_logs" / "called-aet-mismatch-1.13.0-trace" / "orthanc.log"

GUARDED = """
import sys

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "pty.", "ftplib.",
             "http.", "urllib.", "smtplib.", "telnetlib.", "webbrowser.", "ctypes.dlopen")

def watch(event, arguments):
    if event.startswith(FORBIDDEN) and not (event == "ctypes.dlopen" and None in arguments):
        raise RuntimeError(f"forbidden: {event} {arguments}")

sys.addaudithook(watch)
from loganalyzer.cli.process import run
sys.exit(run(sys.argv[1:]))
"""
"""Python tells of each of these before it does it (PEP 578), whatever library asks for it."""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("diagnose", LOG, "--format", "html", "-o", "report.html"), 1),
        (("diagnose", LOG, "--format", "json", "-o", "report.json"), 1),
        (("diagnose", LOG, "--config", LOG.with_name("orthanc.json"), "-o", "report.txt"), 1),
        (("timeline", LOG, "-o", "associations.csv"), 0),
        (("triage", LOG, "--format", "markdown", "-o", "answer.md"), 1),
        (("redact", LOG, "-o", "redacted.log"), 0),
        (("patterns", "unknown", LOG), 0),
    ],
    ids=lambda value: " ".join(map(str, value[:1])) if isinstance(value, tuple) else None,
)
def test_it_stays_on_this_machine(arguments: tuple[str | Path, ...], status: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, *map(str, arguments)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LOGANALYZER_DEBUG": "1", "MPLBACKEND": "agg"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == status, done.stderr.decode()[-2000:]
    assert b"forbidden" not in done.stderr


def test_the_guard_sees_a_connection(tmp_path: Path) -> None:
    """So that the tests above can fail."""
    script = GUARDED.partition("from loganalyzer")[0] + "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert b"forbidden: socket." in done.stderr
