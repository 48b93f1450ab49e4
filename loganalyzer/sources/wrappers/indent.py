"""Leading indentation, as of a code block without fence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LiteralPrefixWrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence


class Indent(LiteralPrefixWrapper):
    """Lines that are all indented alike."""

    name: ClassVar[str] = "indent"
    form: ClassVar[re.Pattern[bytes]] = re.compile(rb"[ \t]+")
    usual: ClassVar[bytes] = b"    "

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines with the very indentation of a header: those of a dump are deeper."""
        prefixes = tuple(self.prefixes(lines))
        return share(lines, lambda line: line.startswith(prefixes)) if prefixes else 0.0
