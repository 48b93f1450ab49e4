"""One worker process, seen from the server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from loganalyzer.web.entry import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.web.job import Job

_LONGEST_LINE = 1 << 16
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Worker:
    """Runs one job; :meth:`kill` ends it."""

    def __init__(self, job: Job, time_limit: float) -> None:
        self._job = job
        self._time_limit = time_limit
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False

    async def run(self, tell: Callable[[str, int, int], None]) -> Failure | None:
        """Do the job; return why there is no result, None when there is one."""
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "loganalyzer.web.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE, start_new_session=True, env=_environment(),
        )  # fmt: skip
        try:
            if self._killed:
                return _STOPPED
            async with asyncio.timeout(self._time_limit):
                ended = await self._talk(process, tell)
                await process.wait()
        except TimeoutError:
            return _too_long(self._time_limit)
        finally:
            await self._end(process)
        return ended if isinstance(ended, Failure) else _died(process.returncode or 0) if ended is None else None

    async def _talk(
        self, process: asyncio.subprocess.Process, tell: Callable[[str, int, int], None]
    ) -> Failure | bool | None:
        """Return how the worker says that it ended: True, why not, None when it says nothing."""
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        with suppress(ConnectionError):
            process.stdin.write(self._job.text().encode("ascii"))
            await process.stdin.drain()
        ended: Failure | bool | None = None
        while line := await process.stdout.readline():
            said = json.loads(line)
            if "phase" in said:
                tell(said["phase"], said["bytes"], said["total"])
            elif said["ended"] == "done":
                ended = True
            else:
                ended = Failure(said["title"], said["detail"])
        return ended

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._kill(process)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    def kill(self) -> None:
        """End the worker at once."""
        self._killed = True
        if self._process is not None:
            self._kill(self._process)

    @staticmethod
    def _kill(process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()


def _environment() -> dict[str, str]:
    """The server's environment without its access token."""
    return {name: value for name, value in os.environ.items() if name != "LOGANALYZER_TOKEN"} | _ONE_THREAD


_STOPPED = Failure("Stopped", "The analysis was stopped.")


def _too_long(seconds: float) -> Failure:
    return Failure(
        "Too long",
        f"The analysis took longer than {seconds:g} seconds and was stopped. Send a shorter part of the log, or use"
        " “loganalyzer diagnose”, which has no limit.",
    )


def _died(status: int) -> Failure:
    how = f"exit status {status}"
    if status < 0:
        with suppress(ValueError):
            how = signal.Signals(-status).name
    return Failure(
        "The analysis broke off",
        f"The process that analysed the log ended before it was done ({how}); it may have needed too much memory."
        " Nothing else is affected. Send the log again, or a shorter part of it.",
    )
