"""Numbers in the lines of one process, which may be hexadecimal without saying so.

Up to 1.12.7 the line ``cannot handle command: 0x…`` (``CommandDispatcher.cpp``), for which a C-CANCEL that comes too
late is enough, leaves the stream of the log hexadecimal: so are all numbers of later lines, until the process ends.
1.13.0 no longer does it.
"""

from __future__ import annotations

from math import inf

_LEAKS = [1, 12, 7]
_MENDED = [1, 13, 0]
_LONGEST_PORT = 4  # digits of a hexadecimal one


def release(version: str | None) -> list[int]:
    """The numbers of a version of Orthanc, such as ``1.12.7``; none for what has none, as ``mainline``."""
    return [int(n) for n in (version or "").split(".") if n.isdigit()]


class Numbers:
    """What the numbers of a process mean; ``version`` is that of the process, where the log shows it."""

    def __init__(self, version: str | None = None) -> None:
        known = release(version)
        self._later = 16 if known and known <= _LEAKS else 10 if known >= _MENDED else None
        self._radix: int | None = 10

    def command_not_handled(self) -> None:
        """Takes the line from which on numbers may be hexadecimal."""
        if self._radix == 10:
            self._radix = self._later

    def port(self, text: str) -> int | None:
        """A port as it is printed; None where it means one or another."""
        if not text.isdigit():
            self._radix = 16
        elif len(text) > _LONGEST_PORT:
            self._radix = 10
        return None if self._radix is None else int(text, self._radix)

    def seconds(self, text: str) -> float | None:
        """The time in ``timeout: 10s``, infinite for 0; None where none is said, or where it means one or another."""
        digits = text.removeprefix("timeout: ").removesuffix("s")
        try:
            return None if self._radix is None else int(digits, self._radix) or inf
        except ValueError:
            return None
