"""What all associations of a log together show: AETs, SOP classes, and whom Orthanc served in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.findings.similar import SimilarNames
from loganalyzer.timeline.association import Direction, Outcome

if TYPE_CHECKING:
    from loganalyzer.timeline.association import Association


class LastWell(NamedTuple):
    """Where an association begins, and its id."""

    line: int
    id: str


@dataclass
class Census:
    """``called`` are the AETs that Orthanc called, ``served`` those that it did something for.

    ``accepted`` are the abstract syntaxes that it accepted from anybody. ``well`` holds the last association with an
    AET that Orthanc called, and with one on behalf of a job, on which something was done and nothing failed.
    """

    called: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    well: dict[tuple[str | None, str | None], LastWell] = field(default_factory=dict)

    @cached_property
    def names(self) -> SimilarNames:
        """All AETs that Orthanc knows or served."""
        return SimilarNames(self.called | self.served)

    def take(self, a: Association) -> None:
        """Takes one association."""
        if a.direction is Direction.OUTGOING:
            if a.called_aet is not None:
                self.called.add(a.called_aet)
            if _went_well(a):
                served = LastWell(a.start_line or 0, a.id)
                for key in {(a.called_aet, None), (a.called_aet, a.job)}:
                    self.well[key] = max(self.well.get(key, served), served)
            return
        self.accepted.update(c.abstract_syntax for c in a.contexts if c.result == "accepted")
        if a.calling_aet is not None and any(o.ok is not False for o in a.operations):
            self.served.add(a.calling_aet)


def _went_well(a: Association) -> bool:
    """Whether something was done on it and nothing failed: a failed request of Orthanc has a line at every level."""
    commands = [o for o in a.operations if o.command != "C-ECHO"]
    return a.outcome is Outcome.RELEASED and bool(commands) and all(o.ok is not False for o in commands)
