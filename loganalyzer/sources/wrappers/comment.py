"""Comment signs of shell, Python, C, SQL, INI and Windows batch files before every line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Peeler, PrefixPeeler, Wrapper, literal_prefixes, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = rb"[ \t]*(?:#+|//+|--+|\*|;+|%+|REM\b|rem\b|::)[ \t]*"
_LINE = re.compile(_FORM)


class Comment(Wrapper):
    """Lines commented out."""

    name: ClassVar[str] = "comment"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match) if literal_prefixes(lines, _FORM) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return PrefixPeeler([prefix for prefix, _ in literal_prefixes(lines, _FORM).most_common()] or [b"# "])
