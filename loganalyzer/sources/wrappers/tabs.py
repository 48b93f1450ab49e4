"""Blanks that an editor, or ``unexpand -a``, turned into tabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMP = re.compile(rb"[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6}[ \t]")
_LETTER = re.compile(rb"[A-Za-z]")
_LEAST_SHARE = 0.02
_FEWEST = 2


class Tabs(Wrapper):
    """Lines with tabs behind words: Orthanc writes them at the beginning of lines only."""

    name: ClassVar[str] = "tabs"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines with such tabs, 0 for few of them, and where tabs stand before the stamps."""
        first = next((line.partition(stamp[0][:-1])[0] for line in lines if (stamp := _STAMP.search(line))), b"\t")

        def has_tabs(line: bytes) -> bool:
            # Orthanc's own line begins behind what another wrapper puts before it, at times a number that grows.
            letter = _LETTER.search(line, len(first))
            return letter is not None and line.find(b"\t", letter.end()) >= 0

        if b"\t" in first or sum(map(has_tabs, lines)) < _FEWEST:
            return 0.0
        part = share(lines, has_tabs)
        return part if part >= _LEAST_SHARE else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(bytes.expandtabs)
