"""Tells a person at a terminal what takes so long."""

from __future__ import annotations

import sys
import time
from threading import Event, Thread
from typing import Self

from loganalyzer.report.view import size
from loganalyzer.report.visible import visible

_PATIENCE_S = 1.0
_EVERY_S = 0.25
_LONGEST_NAME = 40
_CLEAR = "\r\x1b[K"


class Progress:
    """One line on standard error from the second second on, gone at the end; nothing where no terminal is.

    :meth:`read` is called with every block of a log, from the thread that reads.
    """

    def __init__(self) -> None:
        self._name = ""
        self._bytes = 0
        self._before = 0
        self._done = Event()
        self._thread = Thread(target=self._show, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.ident is not None:
            self._thread.join()

    def read(self, name: str, total: int) -> None:
        """Take note that ``total`` bytes of the log called ``name`` have been read."""
        if name != self._name:
            self._before += self._bytes
            self._name = name
        self._bytes = total

    def line(self, seconds: float) -> str:
        """Return what is shown after ``seconds``."""
        amount = self._before + self._bytes
        name = visible(self._name)
        name = name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"
        rate = f"{size(int(amount / seconds))}/s" if seconds > 0 else ""
        return f"reading {name}  {size(amount)}  {rate}  {seconds:.0f} s"

    def _show(self) -> None:
        begin = time.monotonic()
        wait, shown = _PATIENCE_S, False
        while not self._done.wait(wait):
            sys.stderr.write(_CLEAR + self.line(time.monotonic() - begin))
            sys.stderr.flush()
            wait, shown = _EVERY_S, True
        if shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
