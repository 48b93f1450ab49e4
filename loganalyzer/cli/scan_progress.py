"""Tells how far a scan is: one moving line on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from loganalyzer.report.view import duration, size

if TYPE_CHECKING:
    from loganalyzer.scan.run import Account

_EVERY_S = 0.25
_PLAIN_EVERY_S = 30.0
_CLEAR = "\r\x1b[K"


class ScanProgress:
    """Writes to standard error; nothing when ``quiet``."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or sys.stderr is None
        self._terminal = not self._quiet and sys.stderr.isatty()
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            sys.stderr.write(_CLEAR)

    def take(self, account: Account) -> None:
        """Take note of how far the scan is."""
        every = _EVERY_S if self._terminal else _PLAIN_EVERY_S
        if self._quiet or time.monotonic() - self._last < every:
            return
        self._last = time.monotonic()
        text = line(account, account.seconds)
        sys.stderr.write(_CLEAR + text if self._terminal else f"loganalyzer: {text}\n")
        sys.stderr.flush()


def line(account: Account, seconds: float) -> str:
    """Files, bytes, rate and the time that is left after ``seconds``."""
    wanted = account.files - account.known
    rate = account.bytes_done / seconds if seconds > 0 else 0
    rest = account.bytes - account.bytes_done
    left = f", {duration(rest / rate)} left" if rate and rest > 0 else ""
    amount = f"{size(account.bytes_done)} of {size(account.bytes)}"
    return f"{account.done} of {wanted} files, {amount}, {size(int(rate))}/s{left}"
