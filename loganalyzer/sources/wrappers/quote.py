"""Mail quotations: ``> ``, also nested (``> > ``, ``>> ``)."""

from __future__ import annotations

import re
from typing import ClassVar

from loganalyzer.sources.wrappers.peeling import LiteralPrefixWrapper


class Quote(LiteralPrefixWrapper):
    """Lines quoted in a mail or a post."""

    name: ClassVar[str] = "quote"
    form: ClassVar[re.Pattern[bytes]] = re.compile(rb"[ \t]{0,3}(?:> ?)+")
    usual: ClassVar[bytes] = b"> "
