"""Mail quotations: ``> ``, also nested (``> > ``, ``>> ``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LiteralPrefixWrapper, PatternPeeler, Peeler

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEEPEST = 20


class Quote(LiteralPrefixWrapper):
    """Lines quoted in a mail or a post, some of them more often than others.

    None is taken to be quoted more often than those with a stamp: a dump keeps what looks like one more sign.
    """

    name: ClassVar[str] = "quote"
    form: ClassVar[re.Pattern[bytes]] = re.compile(rb"[ \t]{0,3}(?:> ?)+")

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        deepest = max((prefix.count(b">") for prefix in self.prefixes(lines)), default=_DEEPEST)
        return PatternPeeler(rb"[ \t]{0,3}(?:> ?){1,%d}" % deepest)
