"""What gives way to any error it is tied to, whatever that is: symptoms by their nature."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.findings.sighting import seconds_apart
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loganalyzer.findings.sighting import Hit, Scene
    from loganalyzer.timeline.association import Association

INCOMING, THREAD = "incoming", "thread"
_NEAR_S, _NEAR_LINES = 1.0, 12
_MOST = 64


class _Error(NamedTuple):
    """What a hit may give way to, with what is asked of the association that it is about and another side opened.

    An error is looked at for each of the hits behind it, and to find its association each time costs more.
    """

    hit: Hit
    sent: str | None = None
    caused_by: str | None = None
    calling_aet: str | None = None
    called_aet: str | None = None
    peer_ip: str | None = None


class Yielding:
    """Finds what a hit gives way to: by its signature's ``yields_to``, or where Orthanc called itself.

    ``thread``: an error of the same thread just before, on its association or one opened on its behalf, which the line
    only repeats. ``incoming``: an error on an association by which the other side sends what a C-MOVE asked it for
    (PS3.4 C.4.2). An association with itself Orthanc logs from both sides; the one that was asked knows why it failed.
    """

    def __init__(self, hits: Sequence[Hit], scene: Scene) -> None:
        self._scene = scene
        self._by_log: dict[int, list[_Error]] = defaultdict(list)
        for hit in hits:
            if hit.signature.severity != "notice" and hit.signature.confidence != "possible":
                self._by_log[hit.log].append(self._error(hit))

    def to(self, hit: Hit) -> Hit | None:
        """The nearest earlier error that it gives way to."""
        opened = self._opened(hit)
        ties: list[Callable[[_Error], bool]] = []
        if opened or (hit.client is None and "called_aet" in hit.values):
            ties.append(partial(_with_itself, hit, opened))
        if INCOMING in hit.signature.yields_to and hit.values.get("command") == "C-MOVE":
            ties.append(partial(_sent_as_asked, hit, opened))
        if THREAD in hit.signature.yields_to:
            ties.append(partial(self._just_before, hit))
        before = self._before(hit) if ties else ()
        return next((error.hit for error in before if any(tied(error) for tied in ties)), None)

    def _before(self, hit: Hit) -> Iterable[_Error]:
        errors = self._by_log[hit.log]
        at = bisect_left(errors, hit.line, key=lambda e: e.hit.line)
        near = reversed(errors[max(0, at - _MOST) : at])
        return (e for e in near if e.hit.explained_by is None and e.hit.signature is not hit.signature)

    def _error(self, hit: Hit) -> _Error:
        known = self._associations(hit.associations)
        a = next((a for a in known if a.direction is Direction.INCOMING), None)
        if a is None:
            return _Error(hit)
        return _Error(hit, a.id, a.caused_by, a.calling_aet, a.called_aet, a.peer_ip)

    def _just_before(self, hit: Hit, error: _Error) -> bool:
        found = error.hit
        near = _near(hit, found) and (hit.thread is not None or hit.line - found.line <= _NEAR_LINES)
        if found.thread != hit.thread or not near:
            return False
        return not (found.associations and hit.associations) or not {*found.associations}.isdisjoint(self._own(hit))

    def _opened(self, hit: Hit) -> list[Association]:
        """The associations that Orthanc opened before, and that a hit is about, or on whose behalf they were."""
        known = self._associations(self._own(hit))
        # At the default level nothing tells when: an association begins with the hit that shows it.
        return [a for a in known if a.direction is Direction.OUTGOING and (a.start_line or hit.line) < hit.line]

    def _own(self, hit: Hit) -> list[str]:
        """The associations that a hit is about, and those that were opened on their behalf."""
        return [*hit.associations, *(name for a in hit.associations for name in self._scene.children.get(a, ()))]

    def _associations(self, names: Iterable[str]) -> list[Association]:
        return [self._scene.by_id[name] for name in names if name in self._scene.by_id]


def _with_itself(hit: Hit, opened: Sequence[Association], error: _Error) -> bool:
    if error.called_aet is None:
        return False
    if not opened:
        return _just_now(hit, error.hit) and hit.values["called_aet"] == error.called_aet
    return any(
        (o.start_line or hit.line) < error.hit.line
        and (o.calling_aet, o.called_aet) == (error.calling_aet, error.called_aet)
        for o in opened
    )


def _sent_as_asked(hit: Hit, opened: Sequence[Association], error: _Error) -> bool:
    """Whether it came in while a C-MOVE was under way, from whom that was asked of."""
    if error.sent is None:
        return False
    if not opened:
        return _just_now(hit, error.hit)
    asked = opened[0]
    same_ip = error.peer_ip is not None and error.peer_ip == asked.peer_ip
    from_it = error.caused_by == asked.id or error.calling_aet == asked.called_aet or same_ip
    return from_it and (asked.start_line or hit.line) < error.hit.line


def _near(hit: Hit, found: Hit) -> bool:
    return seconds_apart(hit, found) <= _NEAR_S


def _just_now(hit: Hit, found: Hit) -> bool:
    return _near(hit, found) and hit.line - found.line <= _NEAR_LINES
