"""Associations of a log that names no AETs (DCMTK's clients), found in the other log by what both sides show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Association, Outcome

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_SILENT = frozenset({Outcome.OPEN, Outcome.UNKNOWN})
_BROKEN = frozenset({Outcome.ABORTED, Outcome.LOST, Outcome.TIMEOUT})
_MOST_ALIKE = 64  # of which each is compared with each
_FIELDS = ("calling_aet", "called_aet", "contexts_proposed", "contexts_accepted")


@dataclass(frozen=True, slots=True)
class Likenesses:
    """``found``: nameless ones and the same ones in another log; ``doubtful``: by log, how many may be several."""

    found: tuple[tuple[Association, Association], ...]
    doubtful: dict[int, int]


def likenesses(associations: Iterable[Association], taken: set[str]) -> Likenesses:
    """Finds those without AETs that are not ``taken`` in the other logs.

    Two are alike when the same was asked for, as often and with the same answers, and ended alike; what one side does
    not show tells nothing. They are the same when neither is like any other one. As many that are alike in one log as
    in the other are the same in their order.
    """
    left = [a for a in associations if a.id not in taken and (a.operations or a.reject is not None)]
    named: dict[Hashable, list[Association]] = {}
    nameless: dict[Hashable, list[Association]] = {}
    for a in left:
        (named if a.calling_aet or a.called_aet else nameless).setdefault(_key(a), []).append(a)
    doubtful = Counter[int]()
    like: dict[str, list[Association]] = {}
    for key, group in nameless.items():
        others = named.get(key, [])
        if max(len(group), len(others)) > _MOST_ALIKE:
            doubtful.update(a.log for a in group if others)
        else:
            like |= {a.id: [b for b in others if _alike(a, b)] for a in group}
    rivals: dict[str, list[Association]] = {}
    for a in left:
        for b in like.get(a.id, ()):
            rivals.setdefault(b.id, []).append(a)
    found = []
    for a in left:
        candidates = like.get(a.id, [])
        if not candidates:
            continue
        claiming = rivals[candidates[0].id]
        if _in_order(claiming, candidates, like):
            found.append((a, candidates[claiming.index(a)]))
        else:
            doubtful[a.log] += 1
    return Likenesses(tuple(found), dict(doubtful))


def _in_order(claiming: list[Association], candidates: list[Association], like: dict[str, list[Association]]) -> bool:
    return (
        len(claiming) == len(candidates)
        and len({a.log for a in claiming}) == len({b.log for b in candidates}) == 1
        and all(like[a.id] == candidates for a in claiming)
    )


def _alike(a: Association, b: Association) -> bool:
    if a.log == b.log or a.direction is b.direction or not _ended_alike(a, b):
        return False
    told = [(getattr(a, name), getattr(b, name)) for name in _FIELDS]
    if any(x is not None and y is not None and x != y for x, y in told):
        return False
    return all(x == y for x, y in _answers(a, b))


def _ended_alike(a: Association, b: Association) -> bool:
    if a.reject is not None and b.reject is not None:
        codes = ((r.result, r.source, r.reason) for r in (a.reject, b.reject))
        one, other = codes
        return None in one + other or one == other
    ends = {a.outcome, b.outcome}
    return len(ends) == 1 or bool(ends & _SILENT) or ends <= _BROKEN


def _key(a: Association) -> Hashable:
    return frozenset(_asked(a).items())


def _asked(a: Association) -> Counter[str]:
    asked: Counter[str] = Counter()
    for o in a.operations:
        asked[o.command] += o.count
    return asked


def _answers(a: Association, b: Association) -> Iterable[tuple[set[str], set[str]]]:
    """The statuses of each kind of request of which both sides show all."""
    for command in _asked(a):
        both = [[o.status for o in x.operations if o.command == command] for x in (a, b)]
        if None not in both[0] + both[1]:
            yield {s for s in both[0] if s}, {s for s in both[1] if s}
