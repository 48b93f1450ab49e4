"""Mail quotations: ``> ``, also nested (``> > ``, ``>> ``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Peeler, PrefixPeeler, Wrapper, literal_prefixes, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = rb"[ \t]{0,3}(?:> ?)+"
_LINE = re.compile(_FORM)


class Quote(Wrapper):
    """Lines quoted in a mail or a post."""

    name: ClassVar[str] = "quote"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match) if literal_prefixes(lines, _FORM) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return PrefixPeeler([prefix for prefix, _ in literal_prefixes(lines, _FORM).most_common()] or [b"> "])
