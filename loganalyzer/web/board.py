"""Where workers' progress is put up, and read by those who wait for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.web.entry import Progress


class Board:
    """The latest progress of each diagnosis that is worked on; belongs to one event loop."""

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._changed: dict[str, asyncio.Event] = {}

    def put(self, diagnosis: str, progress: Progress | None) -> None:
        """Put up how far a diagnosis is, or take it down; wakes everybody who waits for it."""
        if progress is None:
            self._progress.pop(diagnosis, None)
        else:
            self._progress[diagnosis] = progress
        self.wake(diagnosis)

    def get(self, diagnosis: str) -> Progress | None:
        """Return what is put up."""
        return self._progress.get(diagnosis)

    def wake(self, diagnosis: str) -> None:
        """Wake everybody who waits for news of a diagnosis."""
        waiting = self._changed.pop(diagnosis, None)
        if waiting is not None:
            waiting.set()

    def wake_all(self) -> None:
        """Wake everybody."""
        for diagnosis in list(self._changed):
            self.wake(diagnosis)

    async def news(self, diagnosis: str, timeout: float) -> None:
        """Wait for news of a diagnosis, at most ``timeout`` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.setdefault(diagnosis, asyncio.Event()).wait(), timeout)
