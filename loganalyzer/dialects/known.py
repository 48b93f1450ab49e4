"""The dialects that are known, and which of them a log speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from loganalyzer.dialects import dcm4che, dcmtk, fodicom, pynetdicom

if TYPE_CHECKING:
    import re

    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.events.catalogue import EventCatalogue


class Dialect(Protocol):
    """What a dialect's module offers."""

    NAME: str
    MESSAGES: re.Pattern[str]
    """Whole messages that a log of the program has, by which its layout is learnt."""

    def score(self, sample: bytes) -> float:
        """How well the dialect fits a sample, from 0 to 1."""

    def reader(self, catalogue: EventCatalogue) -> PeerReader:
        """A reader for one log."""


DIALECTS = cast("tuple[Dialect, ...]", (dcmtk, pynetdicom, dcm4che, fodicom))
_LEAST = 0.35


def dialect_of(sample: bytes) -> Dialect | None:
    """The dialect that fits best, None where none does."""
    scores = [dialect.score(sample) for dialect in DIALECTS]
    best = max(scores)
    return DIALECTS[scores.index(best)] if best >= _LEAST else None
