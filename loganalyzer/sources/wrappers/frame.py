"""What stands around the messages of entries that differ in their values only: one search over a block removes it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before the first message of a block, between two, and behind the last one."""

    before: re.Pattern[bytes]
    between: re.Pattern[bytes]
    behind: re.Pattern[bytes]

    tail_ends: int

    @classmethod
    def of(cls, lead: bytes, tail: bytes, tail_ends: int) -> Frame:
        """The frame of entries that are ``lead``, a message, and ``tail``: regular expressions.

        ``tail_ends`` is how many line ends the tail has.
        """
        return cls(re.compile(lead), re.compile(tail + lead), re.compile(tail + rb"\Z"), tail_ends)

    def messages(self, data: bytes) -> tuple[bytes, int] | None:
        """The messages of whole entries as lines, and how many entries are there; ``None`` for what does not fit.

        What stands between two entries, and is none, stays there: then there are more lines than entries.
        """
        bare, found = self.between.subn(b"\n", data)
        end = len(bare)
        for _ in range(self.tail_ends + 1):
            end = max(bare.rfind(b"\n", 0, end), 0)
        first, last = self.before.match(bare), self.behind.search(bare, end)
        if first is None or last is None or last.start() < first.end():
            return None
        return bare[first.end() : last.start()] + b"\n", found + 1
