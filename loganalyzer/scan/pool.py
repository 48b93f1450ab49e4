"""Processes of this machine that work for one other process, and end with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from loganalyzer.scan.spare import spare_pandas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Left(Generic[_T]):
    """What a worker leaves in a file of the pool, or, where it cannot, gives itself."""

    path: Path | None
    result: _T | None = None

    def take(self) -> _T:
        """The result; its file is gone afterwards."""
        if self.path is None:
            return self.result  # type: ignore[return-value]
        found: _T = pickle.loads(self.path.read_bytes())  # noqa: S301 -- a worker's, in a folder of this process
        self.path.unlink()
        return found


@dataclass(frozen=True, slots=True)
class Pool:
    """Processes that leave their results in ``folder``.

    Were results sent through the pipe of the pool, a worker that is killed meanwhile would leave half of one there, and
    who waits for the rest would wait for ever. What goes through it instead is written at once.
    """

    processes: ProcessPoolExecutor
    folder: Path

    def submit(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[Left[_T]]:
        """As the executor's own. Raises ``BrokenProcessPool``, as does the future, where a worker died."""
        return self.processes.submit(_left, self.folder, partial(function, *args, **kwargs))


def _left(folder: Path, work: Callable[[], _T]) -> Left[_T]:
    result = work()
    try:
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            pickle.dump(result, file, pickle.HIGHEST_PROTOCOL)
    except OSError:  # a full disk must not cost what was read
        return Left(None, result)
    return Left(Path(name))


@contextlib.contextmanager
def pool_of(workers: int) -> Iterator[Pool]:
    """A pool whose processes are gone at the end, whatever they are at."""
    before = {child.pid for child in multiprocessing.active_children()}
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="loganalyzer-") as folder:
        processes = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
        try:
            yield Pool(processes, Path(folder))
        except BaseException:
            for child in multiprocessing.active_children():
                if child.pid not in before:
                    child.kill()
            raise
        finally:
            processes.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """A worker is ended by the process that started it, which first brings the dataset into order, or ends with it."""
    spare_pandas()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)


def _end_with_parent() -> None:
    """Without this, the workers of a scan that was killed wait for ever for more to do."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits meanwhile; a process that is started here never gets it, not even before it can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
