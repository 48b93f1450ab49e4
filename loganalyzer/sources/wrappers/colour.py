"""Terminal colours (ECMA-48 SGR), also where copying lost the escape character or made it visible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_REAL = re.compile(rb"\x1b\[[\d;:]*[mK]")
_WRITTEN = re.compile(
    rb"(?:\^\[|#033|\\(?:x1b|033|e|u001b)|\xe2\x90\x9b|\xef\xbf\xbd)?\[(?:\d{1,3}(?:;\d{1,3}){0,4})?m"
)


def without_colours(data: bytes) -> bytes:
    """Remove real colour sequences; cheap where there are none. ISO 2022 escapes in DICOM values are no such thing."""
    return _REAL.sub(b"", data) if b"\x1b" in data else data


def _without_written(data: bytes) -> bytes:
    return _WRITTEN.sub(b"", without_colours(data))


class Colour(Wrapper):
    """Colour codes that lost their escape character (``[36m``) or show it (``^[[36m``); real ones always go."""

    name: ClassVar[str] = "colours"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _WRITTEN.search)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_without_written)
