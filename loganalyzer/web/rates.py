"""How many uploads an address may begin: a bucket of tokens for each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ADDRESSES = 10_000


class Rates:
    """Allows ``per_minute`` at once, and as many again over each minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._full = float(per_minute)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> float:
        """Take one for ``address``; return 0.0, or the seconds after which there will be one again."""
        now = self._clock()
        left, since = self._left.pop(address, (self._full, now))
        left = min(self._full, left + (now - since) * self._full / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / self._full
        self._left[address] = (left if wait else left - 1, now)
        while len(self._left) > _MOST_ADDRESSES:
            del self._left[next(iter(self._left))]
        return wait
