"""Units of work on a Dask cluster, by the very function that runs in a process of this machine."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from loganalyzer import __version__
from loganalyzer.scan.errors import MissingPackageError, SchedulerError
from loganalyzer.scan.examine import examine
from loganalyzer.scan.executors import GIVEN_UP, given_up
from loganalyzer.scan.helpers import ClusterHelpers
from loganalyzer.scan.remote import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.scan.result import Result
    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.units import Unit

_ANSWER_S = 10.0
_WORKERS_S = 30.0
_AHEAD = 2


class Cluster:
    """The cluster of the scheduler at ``address``, or one of ``workers`` processes that is started for this scan."""

    same_disk = False

    def __init__(self, address: str | None, workers: int) -> None:
        self._address = address
        self._workers = workers

    def run(self, units: Iterable[Unit], settings: Settings) -> Iterator[tuple[Unit, Result]]:
        """Yield each unit with its result. Raises ``SchedulerError``; see ``executors.Executor``."""
        with _client(self._address, self._workers) as client:
            yield from _run(client, iter(units), settings)


@contextmanager
def _client(address: str | None, workers: int) -> Iterator[Any]:
    distributed = _distributed()
    for name in ("distributed", "distributed.client"):  # the second has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        if address is None:
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
            )
            address = stack.enter_context(cluster).scheduler_address
        try:
            client = stack.enter_context(distributed.Client(address, timeout=_ANSWER_S))
        except (OSError, ValueError) as error:
            raise SchedulerError(f"no Dask scheduler answers at {address}: {said(error)}") from None
        _check(client, address)
        yield client


def _distributed() -> Any:  # noqa: ANN401 - it has no types
    try:
        import distributed
    except ImportError:
        raise MissingPackageError("a Dask cluster needs distributed: pip install 'loganalyzer[cluster]'") from None
    return distributed


def _check(client: Any, address: str) -> None:  # noqa: ANN401 - distributed has no types
    """Raise ``SchedulerError`` where no worker is, or one that has another program."""
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError:
        raise SchedulerError(f"the Dask scheduler at {address} has no workers") from None
    found: dict[str, object] = client.run(program_version, on_error="return")
    for worker, version in found.items():
        if version != __version__:
            what = f"runs loganalyzer {version}" if isinstance(version, str) else "has no loganalyzer"
            raise SchedulerError(f"the worker {worker} {what}; all need version {__version__}")


def program_version() -> str:
    """The version of loganalyzer where this runs."""
    return __version__


def _run(client: Any, units: Iterator[Unit], settings: Settings) -> Iterator[tuple[Unit, Result]]:  # noqa: ANN401
    running: dict[Any, Unit] = {}
    done = _distributed().as_completed()

    def submit(unit: Unit) -> None:
        number = unit.helpers(sum(client.nthreads().values()))
        helpers = ClusterHelpers(number, settings.patterns) if number else None
        future = client.submit(examine, unit, settings, helpers, pure=False, retries=1)
        running[future] = unit
        done.add(future)

    def fill() -> None:
        wanted = max(1, sum(client.nthreads().values())) * _AHEAD
        while len(running) < wanted and (unit := next(units, None)) is not None:
            submit(unit)

    fill()
    while running:
        future = next(done)
        unit = running.pop(future)
        result = _result_of(future, unit)
        if result is not None:
            yield unit, result
        else:
            for alone in unit.alone():
                submit(alone)
        fill()


def _result_of(future: Any, unit: Unit) -> Result | None:  # noqa: ANN401
    """What came of a unit; None when it took its workers with it, and its files are to be tried one by one."""
    try:
        result: Result = future.result()
    except _distributed().KilledWorker:
        return given_up(unit, GIVEN_UP) if len(unit.inputs) == 1 else None
    except Exception as error:  # noqa: BLE001 -- distributed raises what the transport raises
        raise SchedulerError(f"the Dask cluster was lost ({type(error).__name__}); what was read is kept") from None
    finally:
        future.release()
    return result
