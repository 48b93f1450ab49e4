"""What the signatures judge: events that were seen, and hits that they make of them."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.findings.census import Census
from loganalyzer.timeline.association import association_id
from loganalyzer.timeline.packed import indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from loganalyzer.diagnosis.model import Evidence, Run
    from loganalyzer.patternbase.types import Signature
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.association import Association, LineRef

_BEFORE_S, _AFTER_S = 120.0, 5.0
_NEIGHBOUR_LINES = 12
_MOST_NEAR = 256


@dataclass(slots=True)
class Alike:
    """Events or associations of which nothing tells one from the other but when they were.

    So many are ``judged``, and of the others, which they stand for, so many were only ``counted``, the last of them at
    ``last``, on ``line``. ``hits`` are the first of each signature on one of them, by its code.
    """

    judged: int = 0
    counted: int = 0
    last: datetime | None = None
    line: int = 0
    hits: dict[str, Hit] = field(default_factory=dict)

    def count(self, time: datetime | None, line: int) -> None:
        """Takes one more that is not judged."""
        self.counted, self.last, self.line = self.counted + 1, time or self.last, line


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that some signature wants to judge.

    ``owner`` are the log and the number of the association it belongs to, below zero where that began in the log
    before. ``step`` are the sightings of its thread since that thread turned to something else, this one at ``place``;
    without thread names, those of the whole log. It is the ``nth`` of those that are ``alike``.
    """

    type: str
    log: int
    run: int
    record: Record
    fields: dict[str, str]
    owner: tuple[int, int] | None
    step: list[Sighting] = field(default_factory=list, repr=False, compare=False)
    place: int = 0
    alike: Alike | None = None
    nth: int = 0

    def before(self) -> Iterator[Sighting]:
        """What the same thread did before, nearest first: up to 120 s back, or a dozen lines without thread names."""
        for i in range(self.place - 1, max(-1, self.place - _MOST_NEAR), -1):
            if not self._is_near(self.step[i], _BEFORE_S):
                return
            yield self.step[i]

    def after(self) -> Iterator[Sighting]:
        """What the same thread did next, within 5 s or a dozen lines.

        Without thread names, what follows the next event of this kind is rather that one's.
        """
        for i in range(self.place + 1, min(len(self.step), self.place + _MOST_NEAR)):
            other = self.step[i]
            again = self.record.thread is None and other.type == self.type and other.record.line > self.record.line + 1
            if again or not self._is_near(other, _AFTER_S):
                return
            yield self.step[i]

    def _is_near(self, other: Sighting, seconds: float) -> bool:
        if self.record.thread is None and abs(self.record.line - other.record.line) > _NEIGHBOUR_LINES:
            return False
        if self.record.time is None or other.record.time is None:
            return abs(self.record.line - other.record.line) <= _NEIGHBOUR_LINES
        return abs((self.record.time - other.record.time).total_seconds()) <= seconds


@dataclass(slots=True)
class Hit:
    """One object on which a signature holds.

    ``explains`` are the hits that this one explains, ``explained_by`` is the signature of the one that explains it.
    ``weight`` is 0 where it only says again what another hit says, more than 1 where it stands for others that were
    only counted, the last of them at ``until``, on ``until_line``. ``like`` is the first hit on those that are alike.
    ``recovered`` tells that the same went well later: ``retried`` by Orthanc itself, or ``later``, on the association
    ``recovered_by``. ``inferred``: the log does not surely tie it to its association. ``client``: the AET that calls,
    where that is an incoming one. ``elsewhere``: it is judged with the log ``before``, whose association it belongs to,
    or ``behind``, and only explains what is said here. ``evidence`` gives the lines that prove it, made only of
    the hits whose lines are shown: of very many, few are.
    """

    signature: Signature
    log: int
    line: int
    time: datetime | None
    thread: str | None
    values: dict[str, str]
    evidence: Callable[[], Sequence[Evidence]]
    associations: tuple[str, ...]
    explained_by: Signature | None = None
    weight: int = 1
    until: datetime | None = None
    until_line: int = 0
    like: Hit | None = field(default=None, repr=False)
    recovered: str | None = None
    recovered_by: str | None = None
    inferred: bool = False
    client: str | None = None
    elsewhere: str = ""
    message: str = ""
    explains: list[Hit] = field(default_factory=list, repr=False)

    @property
    def is_placed(self) -> bool:
        """Whether it belongs to an association."""
        return self.elsewhere == "before" or bool(self.associations)


def stand_for(hit: Hit, alike: Alike | None, nth: int) -> None:
    """The hit, on the nth of those that are alike, stands for its share of those that were only counted."""
    if alike is None:
        return
    hit.like = alike.hits.setdefault(hit.signature.code, hit)
    if alike.counted:
        hit.weight += alike.counted * (nth + 1) // alike.judged - alike.counted * nth // alike.judged
        hit.until, hit.until_line = alike.last, alike.line


def in_order(hits: Iterable[Hit]) -> list[Hit]:
    """Hits by their lines, as associations are found fastest one after the other."""
    return sorted(hits, key=lambda h: (h.log, h.line))


def seconds_apart(a: Hit, b: Hit) -> float:
    """How far two hits lie apart in time; 0 where the log does not show it: then only their lines can tell."""
    return 0.0 if a.time is None or b.time is None else abs((a.time - b.time).total_seconds())


@dataclass(slots=True)
class Scene:
    """All that is known of the logs when the signatures are judged; :meth:`take` gives it their associations.

    ``by_id`` finds an association by its id, ``children`` the ids of those that it caused, ``causes`` the id of the one
    that caused it; ``hosts`` are the addresses, as configured, that Orthanc called; ``telling`` the lines inside its
    dumps that show what went wrong. ``placed`` are the owners to which lines of a log turned out to belong later.
    ``lines`` counts those of the logs of which the one behind was read on, too. ``occurrences`` counts the events of
    each name. ``in_part`` where some events were too many to be judged each.
    """

    runs: dict[tuple[int, int], Run]
    associations: Sequence[Association] = ()
    by_id: Mapping[str, Association] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    telling: dict[str, list[LineRef]] = field(default_factory=dict)
    occurrences: dict[str, int] = field(default_factory=dict)
    in_part: bool = False
    placed: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    _census: defaultdict[int, Census] = field(default_factory=lambda: defaultdict(Census))

    def take(self, associations: Sequence[Association]) -> None:
        """Takes all associations of the logs."""
        self.associations, self.by_id = associations, indexed(associations)
        for association in associations:
            self.census(association.log).take(association)
            if association.caused_by is not None:
                self.children.setdefault(association.caused_by, []).append(association.id)
                self.causes[association.id] = association.caused_by

    def census(self, log: int) -> Census:
        """What the associations of a log show together."""
        return self._census[log]

    def owner(self, sighting: Sighting) -> tuple[int, int] | None:
        """The log and the number of the association that a sighting belongs to."""
        return sighting.owner or self.placed.get((sighting.log, sighting.record.line))

    def elsewhere(self, sighting: Sighting) -> str:
        """Whether a sighting is judged with the log ``before``, whose association it belongs to, or ``behind``."""
        owner = self.owner(sighting)
        if owner is None:
            return "behind" if sighting.record.line > self.lines.get(sighting.log, sys.maxsize) else ""
        return "before" if owner[1] < 0 else ""

    def of_sighting(self, sighting: Sighting) -> Association | None:
        """The association that a sighting belongs to, if it is among those that are kept."""
        owner = self.owner(sighting)
        return self.by_id.get(association_id(*owner)) if owner is not None else None
