"""Blanks at the ends of lines, to the width of the screen: copies from terminals in a browser, consoles, tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import HEADER
from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMPED = re.compile(HEADER)
# Possessive, from the first blank of a row: each is looked at once.
_BLANKS = re.compile(rb"(?<! )  ++(?=\n)")
_LEAST_SHARE = 0.5


class TrailingBlanks(Wrapper):
    """No message of Orthanc ends with two blanks."""

    name: ClassVar[str] = "trailing-blanks"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines with a stamp that end with blanks, 0 for less than half of them."""
        found = share([line for line in lines if _STAMPED.match(line)], lambda line: line.endswith(b"  "))
        return found if found >= _LEAST_SHARE else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(lambda data: _BLANKS.sub(b"", data))
