"""Leading indentation, as of a code block without fence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Peeler, PrefixPeeler, Wrapper, literal_prefixes, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = rb"[ \t]+"


class Indent(Wrapper):
    """Lines that are all indented alike."""

    name: ClassVar[str] = "indent"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        prefixes = tuple(literal_prefixes(lines, _FORM))
        return share(lines, lambda line: line.startswith(prefixes)) if prefixes else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return PrefixPeeler([prefix for prefix, _ in literal_prefixes(lines, _FORM).most_common()] or [b"    "])
