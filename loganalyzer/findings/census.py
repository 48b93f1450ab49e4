"""What all associations of a log together show of AETs and of SOP classes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from loganalyzer.findings.similar import SimilarNames
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.timeline.association import Association


@dataclass
class Census:
    """``called`` are the AETs that Orthanc called, ``served`` those that it did something for.

    ``accepted`` are the abstract syntaxes that it accepted from anybody.
    """

    called: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)

    @cached_property
    def names(self) -> SimilarNames:
        """All AETs that Orthanc knows or served."""
        return SimilarNames(self.called | self.served)

    def take(self, a: Association) -> None:
        """Takes one association."""
        if a.direction is Direction.OUTGOING:
            if a.called_aet is not None:
                self.called.add(a.called_aet)
            return
        self.accepted.update(c.abstract_syntax for c in a.contexts if c.result == "accepted")
        if a.calling_aet is not None and any(o.ok is not False for o in a.operations):
            self.served.add(a.calling_aet)


def census_of(associations: Iterable[Association]) -> dict[int, Census]:
    """The census of each log."""
    found: dict[int, Census] = defaultdict(Census)
    for association in associations:
        found[association.log].take(association)
    return found
