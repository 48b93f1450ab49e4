"""Comment signs of shell, Python, C, SQL, INI and Windows batch files before every line."""

from __future__ import annotations

import re
from typing import ClassVar

from loganalyzer.sources.wrappers.peeling import LiteralPrefixWrapper


class Comment(LiteralPrefixWrapper):
    """Lines commented out."""

    name: ClassVar[str] = "comment"
    form: ClassVar[re.Pattern[bytes]] = re.compile(rb"[ \t]*(?:#+|//+|--+|\*|;+|%+|REM\b|rem\b|::)[ \t]*")
    usual: ClassVar[bytes] = b"# "
