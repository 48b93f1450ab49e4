"""Hands waiting work to worker processes, fairly, and writes down what came of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.web.entry import Failure, Progress, Work
from loganalyzer.web.folders import RESULT
from loganalyzer.web.job import SUMMARY, Job, summary_of
from loganalyzer.web.process import Worker
from loganalyzer.web.store import MAX_ATTEMPTS
from loganalyzer.web.turns import Turns

if TYPE_CHECKING:
    from loganalyzer.web.board import Board
    from loganalyzer.web.entry import Entry, Task
    from loganalyzer.web.folders import DataFolder
    from loganalyzer.web.metrics import Metrics
    from loganalyzer.web.results import Results
    from loganalyzer.web.settings import Settings
    from loganalyzer.web.store import Store

_LOG = logging.getLogger("loganalyzer.web")
_REPEATED = Failure(
    "The analysis broke off",
    f"The server itself died {MAX_ATTEMPTS} times while it analysed this log, so it does not try again.",
)
_FAULT = Failure("Fault of the program", "The result could not be taken over; please report it.")


@dataclass(slots=True)
class _Running:
    task: Task
    worker: Worker | None = None
    stopped: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Dispatcher:
    """The work of one server; belongs to one event loop."""

    def __init__(
        self, settings: Settings, store: Store, folder: DataFolder, results: Results, board: Board, metrics: Metrics
    ) -> None:
        self._settings, self._store, self._folder = settings, store, folder
        self._results, self._board, self._metrics = results, board, metrics
        self._turns = Turns()
        self._running: dict[int, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._closing = False
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what waits from an earlier life of the server."""
        for task in await asyncio.to_thread(self._store.recover):
            await asyncio.to_thread(self._store.fail, task, _REPEATED)
        self._loop = asyncio.create_task(self._dispatch())
        self._wake.set()

    def wake(self) -> None:
        """Say that there is work."""
        self._wake.set()

    async def stop(self, diagnosis: str) -> None:
        """End all work on a diagnosis; returns when nothing of it runs any more."""
        mine = [running for running in self._running.values() if running.task.diagnosis == diagnosis]
        for running in mine:
            running.stopped = True
            if running.worker is not None:
                running.worker.kill()
        for running in mine:
            await running.ended.wait()
        self._board.put(diagnosis, None)

    async def close(self) -> None:
        """End all work; what was running will be run again by the next server."""
        self._closing = True
        if self._loop is not None:
            self._loop.cancel()
        for running in self._running.values():
            if running.worker is not None:
                running.worker.kill()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def ahead(self, diagnosis: str) -> int:
        """Return how many tasks will be served before that of a diagnosis."""
        waiting = await asyncio.to_thread(self._store.waiting)
        for place, task in enumerate(self._turns.order(waiting)):
            if task.diagnosis == diagnosis:
                return place
        return 0

    async def _dispatch(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            free = self._settings.workers - len(self._running)
            listed = await asyncio.to_thread(self._store.waiting)
            waiting = [task for task in listed if task.number not in self._running]  # one may be about to begin
            for task in list(self._turns.order(waiting))[: max(0, free)]:
                self._turns.served(task.client)
                running = self._running[task.number] = _Running(task)
                work = asyncio.create_task(self._serve(running))
                self._tasks.add(work)
                work.add_done_callback(self._tasks.discard)
            for task in waiting:
                self._board.wake(task.diagnosis)

    async def _serve(self, running: _Running) -> None:
        task = running.task
        try:
            entry = await asyncio.to_thread(self._store.begin, task)
            if entry is not None and not running.stopped:
                await self._work(running, entry)
        except Exception as fault:  # noqa: BLE001 - one diagnosis failed, the server goes on
            _LOG.error("a task could not be carried out: %s", type(fault).__name__)
            await asyncio.to_thread(self._store.fail, task, _FAULT)
        finally:
            del self._running[task.number]
            running.ended.set()
            self._board.put(task.diagnosis, None)
            self._wake.set()

    async def _work(self, running: _Running, entry: Entry) -> None:
        task, settings = running.task, self._settings
        total = sum(file.bytes for file in entry.files)
        self._board.put(entry.id, Progress("starting", 0, total))
        job = Job(
            task.work, self._folder.path(entry.folder), entry.files, entry.redact and task.work is Work.DIAGNOSE,
            settings.patterns, settings.memory, settings.max_expanded,
        )  # fmt: skip
        running.worker = Worker(job, settings.time_limit)
        failure = await running.worker.run(
            lambda phase, read, total: self._board.put(entry.id, Progress(phase, read, total))
        )
        if running.stopped:
            return
        if self._closing and failure is not None:
            await asyncio.to_thread(self._store.give_back, task)
            return
        self._metrics.worked(task.work, failed=failure is not None)
        if failure is None:
            await asyncio.to_thread(self._take_over, task, entry)
        else:
            await asyncio.to_thread(self._give_up, task, entry, failure)

    def _take_over(self, task: Task, entry: Entry) -> None:
        if task.work is Work.REDACT:
            self._store.finish(task, None)
            return
        summary = summary_of((self._folder.path(entry.folder) / RESULT / SUMMARY).read_text(encoding="utf-8"))
        for gone in self._results.keep(entry):
            self._store.remove(gone)
        self._store.finish(task, summary)

    def _give_up(self, task: Task, entry: Entry, failure: Failure) -> None:
        self._store.fail(task, failure)
        if task.work is Work.DIAGNOSE and not self._settings.store:
            self._folder.remove(entry.folder)
