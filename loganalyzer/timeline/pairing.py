"""Two logs of one conversation: which association in the one is which in the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Association, Direction, Outcome
from loganalyzer.timeline.likeness import likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOLERANCE_S = 2.0
_MAX_TRIED = 400


@dataclass(frozen=True, slots=True)
class Pair:
    """The same association, seen from both sides.

    ``opened`` is the id in the log of the side that opened it, ``accepted`` the id in the other one's. ``offset_s`` is
    what has to be added to the times of the log of ``opened`` to get those of the other, in seconds; None when one of
    the logs has no times. ``by_likeness``: one of the logs names no AETs, and nothing else there is like this.
    ``disagreements`` are sentences on what the two logs say differently.
    """

    opened: str
    accepted: str
    offset_s: float | None
    disagreements: tuple[str, ...] = ()
    by_likeness: bool = False


def pair_up(associations: Iterable[Association]) -> tuple[Pair, ...]:
    """Pairs the associations of each two logs.

    Outgoing ones of one log and incoming ones of the other fit when calling and called AET are the same. The offset
    between the two clocks is the one under which most of them begin together; without times their order decides, if
    there are as many on both sides.
    """
    by_log: dict[int, list[Association]] = defaultdict(list)
    for association in associations:
        by_log[association.log].append(association)
    pairs: list[Pair] = []
    for a, b in combinations(sorted(by_log), 2):
        for one, other in ((by_log[a], by_log[b]), (by_log[b], by_log[a])):
            opened = [x for x in one if x.direction is Direction.OUTGOING]
            accepted = [x for x in other if x.direction is Direction.INCOMING]
            pairs += _pair_logs(opened, accepted)
    taken = {name for pair in pairs for name in (pair.opened, pair.accepted)}
    return (*pairs, *(_like(a, b) for a, b in likenesses(associations, taken).found))


def not_paired(associations: Iterable[Association], pairs: Iterable[Pair]) -> dict[int, int]:
    """The logs that name no AETs, and how many of their associations may each be one of several in another log."""
    return likenesses(associations, {name for pair in pairs for name in (pair.opened, pair.accepted)}).doubtful


def _like(a: Association, b: Association) -> Pair:
    opened, accepted = (a, b) if a.direction is Direction.OUTGOING else (b, a)
    timed = opened.start is not None and accepted.start is not None
    offset = round(_gap(opened, accepted), 6) if timed else None
    return Pair(opened.id, accepted.id, offset, _disagreements(opened, accepted), by_likeness=True)


def counted_once(associations: Iterable[Association], pairs: Iterable[Pair]) -> tuple[int, int]:
    """How many associations there were and how many of them failed; one that two logs show counts once."""
    seen_from = {pair.accepted: pair.opened for pair in pairs}
    failed: dict[str, bool] = {}
    for association in associations:
        name = seen_from.get(association.id, association.id)
        failed[name] = failed.get(name, False) or association.failed
    return len(failed), sum(failed.values())


def _key(a: Association) -> tuple[str, str]:
    return (a.calling_aet or "").strip(), (a.called_aet or "").strip()


def _pair_logs(opened: list[Association], accepted: list[Association]) -> list[Pair]:
    keys = {_key(a) for a in opened} & {_key(a) for a in accepted}
    opened = [a for a in opened if _key(a) in keys]
    accepted = [a for a in accepted if _key(a) in keys]
    if not opened or not accepted:
        return []
    if all(a.start is not None for a in (*opened, *accepted)):
        offset = _offset(opened, accepted)
        matched = _by_time(opened, accepted, offset)
        exact = median([_gap(a, b) for a, b in matched]) if matched else offset
        return [Pair(a.id, b.id, round(exact, 6), _disagreements(a, b)) for a, b in matched]
    return [
        Pair(a.id, b.id, None, _disagreements(a, b))
        for key in sorted(keys)
        for a, b in _by_order([x for x in opened if _key(x) == key], [x for x in accepted if _key(x) == key])
    ]


def _gap(a: Association, b: Association) -> float:
    return (b.start - a.start).total_seconds() if a.start is not None and b.start is not None else 0.0


def _offset(opened: list[Association], accepted: list[Association]) -> float:
    """The difference of clocks under which most associations begin together; the smallest such one."""
    candidates = [_gap(a, b) for a in opened[:_MAX_TRIED] for b in accepted[:_MAX_TRIED] if _key(a) == _key(b)][
        : _MAX_TRIED * 4
    ]
    return max(candidates, key=lambda o: (len(_by_time(opened[:_MAX_TRIED], accepted[:_MAX_TRIED], o)), -abs(o)))


def _by_time(
    opened: list[Association], accepted: list[Association], offset: float
) -> list[tuple[Association, Association]]:
    """Walks both in order of time and takes what begins within the tolerance."""
    matched = []
    for key in {_key(a) for a in opened}:
        left = [a for a in opened if _key(a) == key]
        right = [b for b in accepted if _key(b) == key]
        at = 0
        for a in left:
            while at < len(right) and _gap(a, right[at]) - offset < -_TOLERANCE_S:
                at += 1
            if at < len(right) and _gap(a, right[at]) - offset <= _TOLERANCE_S:
                matched.append((a, right[at]))
                at += 1
    return sorted(matched, key=lambda pair: pair[0].id)


def _by_order(opened: list[Association], accepted: list[Association]) -> list[tuple[Association, Association]]:
    return list(zip(opened, accepted, strict=True)) if len(opened) == len(accepted) else []


def _disagreements(opened: Association, accepted: Association) -> tuple[str, ...]:
    """What the two sides say differently of the same thing; what one of them does not show is no disagreement."""
    said = []
    silent = (Outcome.OPEN, Outcome.UNKNOWN)
    if opened.outcome is not accepted.outcome and opened.outcome not in silent and accepted.outcome not in silent:
        said.append(f"the side that opened it says {opened.outcome}, the other side {accepted.outcome}")
    for name, text in (("contexts_proposed", "proposed contexts"), ("contexts_accepted", "accepted contexts")):
        one, other = getattr(opened, name), getattr(accepted, name)
        if one is not None and other is not None and one != other:
            said.append(f"{one} {text} on the side that opened it, {other} on the other")
    for command in sorted({o.command for a in (opened, accepted) for o in a.operations}):
        one, other = (sum(o.count for o in a.operations if o.command == command) for a in (opened, accepted))
        if one and other and one != other:
            said.append(f"{one} × {command} on the side that opened it, {other} on the other")
    return tuple(said)
