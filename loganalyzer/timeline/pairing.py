"""Two logs of one conversation: which association in the one is which in the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Association, Direction, Outcome
from loganalyzer.timeline.likeness import likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOLERANCE_S, _FINE_S = 2.0, 0.1
_MOST_OPENED, _MOST_ACCEPTED = 100, 4000  # that vote on the difference of the clocks
_MOST_TRIED = 32


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
        pairs += _pair_logs(by_log[a], by_log[b])
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


def _pair_logs(one: list[Association], other: list[Association]) -> list[Pair]:
    """The pairs of two logs; what the first one opened comes first. Both directions tell of the same two clocks."""
    ways = [way for way in (_Way.of(one, other, 1), _Way.of(other, one, -1)) if way.opened and way.accepted]
    timed = [way for way in ways if all(a.start is not None for a in (*way.opened, *way.accepted))]
    offset = _offset(timed) if timed else 0.0
    pairs: list[Pair] = []
    for way in ways:
        if way in timed:
            matched = _by_time(way, offset * way.sign)
            gaps = [_gap(a, b) for a, b in matched]
            drifts = bool(gaps) and max(gaps) - min(gaps) > _TOLERANCE_S
            usual = median(gaps) if gaps else 0.0
            pairs += [
                Pair(a.id, b.id, round(gap if drifts else usual, 6), _disagreements(a, b))
                for (a, b), gap in zip(matched, gaps, strict=True)
            ]
        else:
            pairs += [Pair(a.id, b.id, None, _disagreements(a, b)) for a, b in _by_order(way)]
    return pairs


@dataclass(frozen=True, slots=True)
class _Way:
    """What one log opened and the other accepted under names that both know; ``sign`` of the difference of clocks."""

    opened: list[Association]
    accepted: list[Association]
    sign: int

    @staticmethod
    def of(one: list[Association], other: list[Association], sign: int) -> _Way:
        opened = [a for a in one if a.direction is Direction.OUTGOING]
        accepted = [a for a in other if a.direction is Direction.INCOMING]
        keys = {_key(a) for a in opened} & {_key(a) for a in accepted}
        return _Way([a for a in opened if _key(a) in keys], [a for a in accepted if _key(a) in keys], sign)

    def by_key(self) -> list[tuple[list[Association], list[Association]]]:
        keys = sorted({_key(a) for a in self.opened})
        return [([a for a in self.opened if _key(a) == k], [b for b in self.accepted if _key(b) == k]) for k in keys]


def _gap(a: Association, b: Association) -> float:
    return (b.start - a.start).total_seconds() if a.start is not None and b.start is not None else 0.0


def _offset(ways: list[_Way]) -> float:
    """The difference of clocks under which most associations begin together; the smallest such one."""
    votes: Counter[int] = Counter()
    for way in ways:
        for opened, accepted in way.by_key():
            mine, theirs = _thinned(opened, _MOST_OPENED), _thinned(accepted, _MOST_ACCEPTED)
            votes.update(round(_gap(a, b) * way.sign / _FINE_S) for a in mine for b in theirs)
    likely = _likeliest(votes)
    return max(likely, key=lambda o: (round(sum(_agreement(_by_time(way, o * way.sign)) for way in ways)), -abs(o)))


def _likeliest(votes: Counter[int]) -> list[float]:
    """The most voted for, each of another stretch: where the clocks drift apart, the votes lie close together."""
    stretches: Counter[int] = Counter()
    for vote, count in votes.items():
        stretches[round(vote * _FINE_S / _TOLERANCE_S)] += count
    chosen = dict(stretches.most_common(_MOST_TRIED))
    best: dict[int, int] = {}
    for vote, _ in votes.most_common():
        stretch = round(vote * _FINE_S / _TOLERANCE_S)
        if stretch in chosen:
            best.setdefault(stretch, vote)
    return [vote * _FINE_S for vote in best.values()]


def _agreement(matched: list[tuple[Association, Association]]) -> float:
    """How many pairs there are; those that move the clocks against each other count less."""
    gaps = [_gap(a, b) for a, b in matched]
    return sum(
        max(0.0, 1 - abs(gap - before) / _TOLERANCE_S) for before, gap in zip(gaps[:1] + gaps, gaps, strict=False)
    )


def _thinned(all_of_them: list[Association], most: int) -> list[Association]:
    return all_of_them[:: -(-len(all_of_them) // most)]


def _by_time(way: _Way, offset: float) -> list[tuple[Association, Association]]:
    """Takes what begins together under a difference of clocks, which may drift from one pair to the next."""
    matched: list[tuple[Association, Association]] = []
    for opened, accepted in way.by_key():
        behind = _walk(opened, accepted, offset, 1)
        if behind:
            first, their_first = behind[0]
            earlier = opened[: opened.index(first)][::-1], accepted[: accepted.index(their_first)][::-1]
            matched += _walk(*earlier, _gap(first, their_first), -1)[::-1]
        matched += behind
    return sorted(matched, key=lambda pair: pair[0].start_line or 0)


def _walk(
    opened: list[Association], accepted: list[Association], offset: float, sign: int
) -> list[tuple[Association, Association]]:
    """Goes through both in time; the first pair has to fit well, from there on the clocks may drift."""
    matched: list[tuple[Association, Association]] = []
    at = 0
    for a in opened:
        tolerance = _TOLERANCE_S if matched or sign < 0 else 2 * _FINE_S
        while at < len(accepted) and sign * (_gap(a, accepted[at]) - offset) < -tolerance:
            at += 1
        while at + 1 < len(accepted) and abs(_gap(a, accepted[at + 1]) - offset) < abs(_gap(a, accepted[at]) - offset):
            at += 1
        if at < len(accepted) and sign * (_gap(a, accepted[at]) - offset) <= tolerance:
            matched.append((a, accepted[at]))
            offset = _gap(a, accepted[at])
            at += 1
    return matched


def _by_order(way: _Way) -> list[tuple[Association, Association]]:
    """Without times, the order decides, where there are as many on both sides."""
    alike = [(opened, accepted) for opened, accepted in way.by_key() if len(opened) == len(accepted)]
    return [pair for opened, accepted in alike for pair in zip(opened, accepted, strict=True)]


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
