"""A sign that ends all lines: ``cat -A``, rows of tables in Markdown, frames of terminals, continued lines."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

# No message of Orthanc ends with one of these.
_SIGN = re.compile(rb"(?:[$|\\#~^]|\xe2\x94\x82)\Z")
_BEGINS = re.compile(BEGIN)
_FEWEST = 3
_LEAST_SHARE = 0.9


def _commonest(lines: Sequence[bytes]) -> bytes | None:
    """Return the sign at the ends of nearly all lines that begin as Orthanc's or DCMTK's do."""
    begun = [line for line in lines if _BEGINS.match(line)]
    signs = Counter(match[0] for line in begun if (match := _SIGN.search(line)))
    sign, count = signs.most_common(1)[0] if signs else (b"", 0)
    return sign if count >= max(_FEWEST, _LEAST_SHARE * len(begun)) else None


class Suffix(Wrapper):
    """Lines that all end with the same sign, which may stand behind blanks."""

    name: ClassVar[str] = "suffix"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share of the lines that end with the sign, 0 where not nearly all do."""
        sign = _commonest(lines)
        found = share(lines, lambda line: line.endswith(sign)) if sign else 0.0
        return found if found >= _LEAST_SHARE else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        sign = _commonest(lines) or b"$"
        blanks = rb"(?:(?<! ) ++)?+" if sign != b"$" else b""
        pattern = re.compile(blanks + re.escape(sign) + rb"(?=\n)")
        return LinewisePeeler(lambda data: pattern.sub(b"", data))
