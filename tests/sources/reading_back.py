"""Reads logs back into numbered lines, and names the real logs that the tests use."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loganalyzer.sources.block import Problem
from loganalyzer.sources.opening import Opened, open_files, open_logs
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.stream import Log

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "sample_logs").glob("*/orthanc.log"))
DATA = Path(__file__).with_name("data")
ODD_AETS = ROOT / "sample_logs" / "healthy-odd-aets-1.10.1-trace" / "orthanc.log"
ECHO = ROOT / "sample_logs" / "healthy-echo-in-1.12.7-trace" / "orthanc.log"
PEER = ROOT / "sample_logs" / "healthy-store-in-1.10.1-trace" / "peer-1-storescu.log"


@dataclass(frozen=True)
class Read:
    """A log as it was read."""

    log: Log
    lines: list[tuple[int, bytes]]

    @property
    def texts(self) -> list[bytes]:
        return [line for _, line in self.lines]

    @property
    def problems(self) -> list[str]:
        return [problem.what for problem in self.log.state.problems]


@dataclass(frozen=True)
class Everything:
    """All that one call gave."""

    logs: list[Read]
    problems: list[Problem]
    skipped: list[str]

    @property
    def only(self) -> Read:
        assert len(self.logs) == 1, ([read.log.name for read in self.logs], self.problems)
        return self.logs[0]

    @property
    def what(self) -> list[str]:
        return [problem.what for problem in self.problems]


def lines_of(log: Log) -> list[tuple[int, bytes]]:
    lines: list[tuple[int, bytes]] = []
    for block in log.blocks():
        assert block.data.endswith(b"\n")
        texts = block.data.split(b"\n")[:-1]
        numbers = block.line_numbers
        if numbers is None:
            numbers = range(block.first_line, block.first_line + len(texts))
        assert block.first_line == numbers[0]
        lines += zip(numbers, texts, strict=True)
    return lines


def drained(opened: Opened) -> Everything:
    logs = [Read(log, lines_of(log)) for log in opened]
    return Everything(logs, opened.problems, opened.skipped.names)


def read(data: bytes, name: str = "orthanc.log", **options: Any) -> Everything:
    return drained(open_files([(name, io.BytesIO(data))], ReadOptions(**options)))


def read_paths(*paths: str | Path, **options: Any) -> Everything:
    return drained(open_logs(paths, ReadOptions(**options)))


def clean_lines(path: Path) -> list[bytes]:
    """The lines of a real log; the few bytes that are no UTF-8 are replaced, as most wrappers could not carry them."""
    return path.read_bytes().decode("utf-8", "replace").encode().split(b"\n")[:-1]


def data_of(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
