"""A time stamp before every line, as ``docker logs -t``, ``kubectl logs --timestamps`` and build servers write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Clock, LinewisePeeler, Peeler, Wrapper, share
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMP = re.compile(rb"(?m)^" + RFC3339 + rb"(?: |\t|$)")


def _strip(data: bytes) -> bytes:
    return _STAMP.sub(b"", data)


class Stamped(Wrapper):
    """Lines that begin with a date and a time."""

    name: ClassVar[str] = "timestamps"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _STAMP.match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_strip)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(match[0]) for line in lines if (match := _STAMP.match(line))), None)
