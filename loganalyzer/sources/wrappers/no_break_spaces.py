"""Blanks that became no-break spaces (U+00A0), as copies from web pages, Outlook and Word have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_BREAK = "\xa0".encode()
_LEAST_SHARE = 0.02


class NoBreakSpaces(Wrapper):
    """Lines with no-break spaces in place of blanks in a row; a name in a data set may have such a space, too."""

    name: ClassVar[str] = "no-break-spaces"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        found = share(lines, lambda line: _NO_BREAK in line)
        return found if found >= _LEAST_SHARE and found >= share(lines, lambda line: b"  " in line) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(lambda data: data.replace(_NO_BREAK, b" "))
