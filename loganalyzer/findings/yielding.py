"""What gives way to any error it is tied to, whatever that is: symptoms by their nature."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loganalyzer.findings.sighting import Hit, Scene
    from loganalyzer.timeline.association import Association

INCOMING, THREAD = "incoming", "thread"
_NEAR_S, _NEAR_LINES = 1.0, 12
_MOST = 64


class Yielding:
    """Finds what a hit gives way to, as its signature says in ``yields_to``.

    ``thread``: an error of the same thread just before, which the line only repeats. ``incoming``: an error on an
    association that came in while this one waited: the very same association, where Orthanc called itself, or one by
    which the other side sends what a C-MOVE asked it for (PS3.4 C.4.2).
    """

    def __init__(self, hits: Sequence[Hit], scene: Scene) -> None:
        self._scene = scene
        self._by_log: dict[int, list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.signature.severity != "notice" and hit.signature.confidence != "possible":
                self._by_log[hit.log].append(hit)

    def to(self, hit: Hit) -> Hit | None:
        """The nearest earlier error that it gives way to."""
        ties = {INCOMING: self._came_in, THREAD: self._just_before}
        wanted = [ties[name] for name in hit.signature.yields_to]
        return next((f for f in self._before(hit) for tied in wanted if tied(f, hit)), None) if wanted else None

    def _before(self, hit: Hit) -> Iterable[Hit]:
        found = self._by_log[hit.log]
        at = bisect_left(found, hit.line, key=lambda h: h.line)
        return (
            f for f in reversed(found[max(0, at - _MOST) : at]) if f.explained_by is None and not f.signature.yields_to
        )

    @staticmethod
    def _just_before(found: Hit, hit: Hit) -> bool:
        near = _near(found, hit) and (hit.thread is not None or hit.line - found.line <= _NEAR_LINES)
        return found.thread == hit.thread and near

    def _came_in(self, found: Hit, hit: Hit) -> bool:
        incoming, outgoing = self._association(found), self._association(hit)
        if incoming is None or incoming.direction is not Direction.INCOMING:
            return False
        if outgoing is None:
            within = _near(found, hit) and hit.line - found.line <= _NEAR_LINES
        else:
            within = outgoing.direction is Direction.OUTGOING and (outgoing.start_line or hit.line) < found.line
        return within and (_is_itself(incoming, outgoing, hit) or _was_asked_for(incoming, outgoing, hit))

    def _association(self, hit: Hit) -> Association | None:
        return next((self._scene.by_id[name] for name in hit.associations if name in self._scene.by_id), None)


def _near(found: Hit, hit: Hit) -> bool:
    return found.time is None or hit.time is None or abs((hit.time - found.time).total_seconds()) <= _NEAR_S


def _is_itself(incoming: Association, outgoing: Association | None, hit: Hit) -> bool:
    called = outgoing.called_aet if outgoing is not None else hit.values.get("called_aet")
    calling = outgoing.calling_aet if outgoing is not None else None
    same_calling = None in (incoming.calling_aet, calling) or incoming.calling_aet == calling
    return called is not None and incoming.called_aet == called and same_calling


def _was_asked_for(incoming: Association, outgoing: Association | None, hit: Hit) -> bool:
    """Whether it brings what a C-MOVE asked for: by its AET or address, else since it ended just before the answer."""
    if hit.values.get("command") != "C-MOVE":
        return False
    if outgoing is None or incoming.caused_by == outgoing.id or incoming.calling_aet == outgoing.called_aet:
        return True
    return incoming.peer_ip is not None and incoming.peer_ip == outgoing.peer_ip
