"""DCMTK's tools write in whatever layout log4cplus is told to: a real tool, a real server, and each says the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification

from loganalyzer.timeline.association import Direction, Outcome
from tests.dialects.peers import read

PATTERN = "log4cplus::PatternLayout"
LAYOUTS = {
    "levels in words": (PATTERN, "%5p: %m%n"),
    "date first": (PATTERN, "%D{%Y-%m-%d %H:%M:%S.%Q} %5p: %m%n"),
    "level in brackets": (PATTERN, "%D{%H:%M:%S.%q} [%-5p] (%t) %c - %m%n"),
    "level first": (PATTERN, "%p|%d|%m%n"),
    "thread and logger": ("log4cplus::TTCCLayout", None),
}
"""Name, class and pattern of a layout."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that answers C-ECHO for ``ORTHANC`` only."""
    server = AE(ae_title="ORTHANC")
    server.require_called_aet = True
    server.add_supported_context(Verification)
    listening = server.start_server(("127.0.0.1", 0), block=False)
    yield listening.server_address[1]
    listening.shutdown()


def written(folder: Path, layout: str, level: str, *arguments: str) -> Path:
    kind, pattern = LAYOUTS[layout]
    prefix = "log4cplus.appender.console"
    settings = [f"log4cplus.rootLogger = {level}, console", f"{prefix} = log4cplus::ConsoleAppender",
                f"{prefix}.logToStdErr = true", f"{prefix}.layout = {kind}"]  # fmt: skip
    if pattern is not None:
        settings.append(f"{prefix}.layout.ConversionPattern = {pattern}")
    configuration = folder / "logger.cfg"
    configuration.write_text("\n".join(settings) + "\n")
    log = folder / "echoscu.log"
    with log.open("wb") as file:
        command = ["echoscu", "--log-config", configuration, "-aet", "CT_ROOM2", *arguments]
        subprocess.run(command, stderr=file, stdout=file, check=False)
    return log


@pytest.mark.dcmtk
@pytest.mark.parametrize("level", ["DEBUG", "TRACE"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_says_the_same(layout: str, level: str, port: int, tmp_path: Path) -> None:
    (one,) = read(written(tmp_path, layout, level, "-aec", "ORTHANC", "127.0.0.1", str(port))).associations
    assert (one.direction, one.calling_aet, one.called_aet) == (Direction.OUTGOING, "CT_ROOM2", "ORTHANC")
    assert (one.outcome, one.contexts_accepted) == (Outcome.RELEASED, 1)
    assert [(o.command, o.status) for o in one.operations] == [("C-ECHO", "0x0000")]


ECHO = """
import logging, sys
from pynetdicom import AE
logging.basicConfig(format=sys.argv[1], datefmt=sys.argv[2], level=logging.DEBUG)
entity = AE(ae_title="CT_ROOM2")
entity.add_requested_context("1.2.840.10008.1.1")
called = entity.associate("127.0.0.1", int(sys.argv[3]), ae_title="ORTHANC")
called.send_c_echo()
called.release()
"""


@pytest.mark.parametrize(
    ("form", "dates"),
    [
        ("%(asctime)s %(levelname)-8s %(message)s", "%a, %d %b %Y %H:%M:%S"),
        ("%(levelname)s:%(name)s:%(asctime)s %(message)s", "%d %b %Y %H:%M:%S"),
        ("%(name)-12s: %(levelname)-8s %(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"),
        ("[%(asctime)s: %(levelname)s/%(processName)s] %(message)s", "%Y-%m-%d %H:%M:%S"),
        ("%(levelname)s %(asctime)s %(module)s %(process)d %(thread)d %(message)s", "%d/%b/%Y %H:%M:%S"),
        ("%(levelname).1s %(asctime)s %(name)s] %(message)s", "%Y-%m-%d %H:%M:%S"),
        ("%(asctime)s.%(msecs)03d %(levelname)s %(module)s - %(funcName)s: %(message)s", "%Y-%m-%d %H:%M:%S"),
        ("%(asctime)s [%(levelname)5s] --- %(message)s (%(filename)s:%(lineno)s)", "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_a_program_of_python_in_a_layout_of_its_own(form: str, dates: str, port: int, tmp_path: Path) -> None:
    log = tmp_path / "client.log"
    with log.open("wb") as file:
        subprocess.run([sys.executable, "-c", ECHO, form, dates, str(port)], stderr=file, check=True)
    (one,) = read(log).associations
    assert (one.calling_aet, one.called_aet, one.outcome) == ("CT_ROOM2", "ORTHANC", Outcome.RELEASED)
    assert one.start is not None
    assert abs(datetime.now() - one.start) < timedelta(minutes=1)  # noqa: DTZ005 - local as printed


@pytest.mark.dcmtk
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rejection_in_every_layout(layout: str, port: int, tmp_path: Path) -> None:
    (one,) = read(written(tmp_path, layout, "DEBUG", "-aec", "WRONG", "127.0.0.1", str(port))).associations
    assert one.outcome is Outcome.REJECTED
    assert one.reject is not None
    assert (one.reject.result, one.reject.source, one.reject.reason) == (1, 1, 7)
