"""A time stamp before every line, as ``docker logs -t``, ``kubectl logs --timestamps`` and build servers write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Clock, PatternPeeler, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import QUICK_RFC3339, RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(RFC3339 + rb"(?:[ \t]|$)")
_START = QUICK_RFC3339 + rb"(?:[ \t]|(?=\n))"


class Stamped(Wrapper):
    """Lines that begin with a date and a time."""

    name: ClassVar[str] = "timestamps"
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return PatternPeeler(_START)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(match[0]) for line in lines if (match := _LINE.match(line))), None)
