"""Where units of work run: in a pool of processes, on a Dask cluster. The function is the same.

A worker that dies costs its units a second try, alone and file by file; a file that takes a worker with it twice is
given up by name.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Protocol

from loganalyzer.scan.file_rows import file_id, file_row
from loganalyzer.scan.pool import interrupts_held, pool_of
from loganalyzer.scan.result import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loganalyzer.scan.helpers import ProcessHelpers
    from loganalyzer.scan.pool import Left
    from loganalyzer.scan.result import Result
    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.units import Unit

GIVEN_UP = "the worker that read it died, more than once; it may need more memory than there is"
_AHEAD = 2


class Executor(Protocol):
    """Runs units. ``same_disk``: workers may leave what is large in a folder of this process."""

    same_disk: bool

    def run(self, units: Iterable[Unit], settings: Settings) -> Iterator[tuple[Unit, Result]]:
        """Yield each unit with its result, in the order in which they are finished; units are drawn when needed."""
        ...


class Processes:
    """A pool of ``workers`` processes of this machine; ``meanwhile`` is called once, while they begin to read."""

    same_disk = True

    def __init__(self, workers: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._workers = workers
        self._meanwhile = [meanwhile]

    def run(self, units: Iterable[Unit], settings: Settings) -> Iterator[tuple[Unit, Result]]:
        """See :class:`Executor`."""
        source = iter(units)
        suspects: list[Unit] = []
        while True:
            yield from self._until_broken(source, settings, suspects)
            if not suspects:
                return
            for unit in suspects:
                yield from self._one_by_one(unit, settings)
            suspects.clear()

    def _until_broken(
        self, source: Iterator[Unit], settings: Settings, suspects: list[Unit]
    ) -> Iterator[tuple[Unit, Result]]:
        """Run units until all are done or a worker died; then ``suspects`` are those that were under way."""
        running: dict[Future[Left[Result]], Unit] = {}
        with pool_of(self._workers) as pool:
            while True:
                while not suspects and len(running) < self._workers * _AHEAD:
                    unit = next(source, None)
                    if unit is None:
                        break
                    try:
                        with interrupts_held():
                            running[pool.submit(_examined, unit, settings, self._helpers(unit, settings))] = unit
                    except BrokenProcessPool:
                        suspects.append(unit)
                if not running:
                    return
                while self._meanwhile:
                    self._meanwhile.pop()()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    unit = running.pop(future)
                    try:
                        result = future.result().take()
                    except BrokenProcessPool:
                        suspects.append(unit)
                    else:
                        yield unit, result

    def _helpers(self, unit: Unit, settings: Settings) -> ProcessHelpers | None:
        number = unit.helpers(self._workers)
        if not number:
            return None
        from loganalyzer.scan.helpers import ProcessHelpers

        return ProcessHelpers(number, settings.patterns)

    def _one_by_one(self, unit: Unit, settings: Settings) -> Iterator[tuple[Unit, Result]]:
        for alone in unit.alone():
            try:
                with pool_of(1) as pool:
                    with interrupts_held():
                        future = pool.submit(_examined, alone, settings)
                    yield alone, future.result().take()
            except BrokenProcessPool:
                yield alone, given_up(alone, GIVEN_UP)


def _examined(unit: Unit, settings: Settings, helpers: ProcessHelpers | None = None) -> Result:
    """What ``examine`` gives, which only the worker loads: what reads logs takes 0.3 s to load."""
    from loganalyzer.scan.examine import examine

    return examine(unit, settings, helpers)


def given_up(unit: Unit, why: str) -> Result:
    """The rows of files that could not be read because whoever read them died."""
    rows = Rows()
    for one in unit.inputs:
        rows.add("files", [file_row((one.name, file_id(one, one.name), None), one, "", "failed", why)])
    return rows.result({})
