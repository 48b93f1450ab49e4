"""A large log that several processes read in parts has the rows that one process gives it."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from loganalyzer.events.parts import read_part
from loganalyzer.scan.examine import examine
from loganalyzer.scan.helpers import ProcessHelpers
from loganalyzer.scan.inputs import discover
from loganalyzer.scan.schemas import TABLES
from loganalyzer.scan.settings import Settings
from loganalyzer.scan.units import Unit, units_of
from tests.knowledge import catalogue
from tests.scan.conftest import recorded

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from loganalyzer.events.parts import Part, PartRead
    from loganalyzer.scan.inputs import Input
    from loganalyzer.scan.result import Result

PART = 40_000


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    shutil.copyfile(recorded("busy-hundreds-1.12.7-verbose"), tmp_path / "orthanc.log")
    found = discover([str(tmp_path)], tmp_path / "out")
    return Unit(tuple(found.inputs), ("key",))


def rows(result: Result) -> dict[str, list[Any]]:
    return {name: [row for table in result.tables(name) for row in table.to_pylist()] for name in TABLES}


class Killed(ProcessHelpers):
    """Helpers of which one is killed after the first part."""

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        from multiprocessing import active_children

        before = {child.pid for child in active_children()}
        found = super().read(parts)
        yield next(found)
        victim = next(child.pid for child in active_children() if child.pid not in before)
        os.kill(victim or 0, signal.SIGKILL)
        yield from found


@pytest.mark.parametrize("helpers", [ProcessHelpers(2, (), PART), Killed(2, (), PART)], ids=["all", "one is killed"])
def test_helpers_change_nothing(unit: Unit, helpers: ProcessHelpers) -> None:
    settings = Settings("")
    assert unit.size > 10 * PART
    assert rows(examine(unit, settings, helpers)) == rows(examine(unit, settings))


@pytest.mark.parametrize(
    ("megabytes", "workers", "helpers"),
    [((5000,), 2, [2]), ((5000,), 1, [0]), ((600, 600, 600), 2, [0, 0, 0]), ((900, 100), 4, [4, 0]), ((90,), 4, [0])],
)
def test_a_file_that_is_more_than_one_workers_share_gets_helpers(
    megabytes: tuple[int, ...], workers: int, helpers: list[int]
) -> None:
    from dataclasses import replace

    from loganalyzer.scan.inputs import Input

    found: list[tuple[Input, str]] = [(Input(f"{i}.log", size << 20, ""), "") for i, size in enumerate(megabytes)]
    units = [replace(unit, of=sum(megabytes) << 20) for unit in units_of(found)]
    assert [unit.helpers(workers) for unit in units] == helpers
    assert not any(alone.helpers(workers) for unit in units for alone in unit.alone())


class InTurn:
    """Helpers that are this process itself."""

    part_size = 1_000

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        assert len(parts) > 1
        return (read_part(part, catalogue()) for part in parts)


@pytest.mark.parametrize(
    "sample",
    [
        "alike-in-turn-1.13.0-trace",
        "called-aet-mismatch-1.12.7-trace",
        "calling-aet-unknown-store-1.9.1-trace",
        "calls-itself-1.9.1-default",
        "busy-interleaved-a-1.10.1-verbose",
        "move-destination-name-unknown-1.12.7-verbose",
        "new-year-1.10.1-trace",
    ],
)
def test_parts_of_any_log_give_its_rows_and_its_page(sample: str, tmp_path: Path) -> None:
    shutil.copyfile(recorded(sample), tmp_path / "orthanc.log")
    unit, settings = Unit(tuple(discover([str(tmp_path)], tmp_path / "out").inputs), ("key",)), Settings("")
    whole, parts = examine(unit, settings), examine(unit, settings, InTurn())
    assert rows(parts) == rows(whole)
    assert parts.pages == whole.pages
