"""What gives way to any error it is tied to, whatever that is: symptoms by their nature."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from loganalyzer.findings.sighting import seconds_apart
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loganalyzer.findings.sighting import Hit, Scene
    from loganalyzer.timeline.association import Association

INCOMING, THREAD = "incoming", "thread"
_NEAR_S, _NEAR_LINES = 1.0, 12
_MOST = 64


class Yielding:
    """Finds what a hit gives way to: by its signature's ``yields_to``, or where Orthanc called itself.

    ``thread``: an error of the same thread just before, which the line only repeats. ``incoming``: an error on an
    association by which the other side sends what a C-MOVE asked it for (PS3.4 C.4.2). An association with itself
    Orthanc logs from both sides; the one that was asked knows why it failed.
    """

    def __init__(self, hits: Sequence[Hit], scene: Scene) -> None:
        self._scene = scene
        self._by_log: dict[int, list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.signature.severity != "notice" and hit.signature.confidence != "possible":
                self._by_log[hit.log].append(hit)

    def to(self, hit: Hit) -> Hit | None:
        """The nearest earlier error that it gives way to."""
        opened = self._opened(hit)
        ties: list[Callable[[Hit], bool]] = []
        if opened or (hit.client is None and "called_aet" in hit.values):
            ties.append(partial(self._with_itself, hit, opened))
        if INCOMING in hit.signature.yields_to and hit.values.get("command") == "C-MOVE":
            ties.append(partial(self._sent_as_asked, hit, opened))
        if THREAD in hit.signature.yields_to:
            ties.append(partial(_just_before, hit))
        before = self._before(hit) if ties else ()
        return next((found for found in before if any(tied(found) for tied in ties)), None)

    def _before(self, hit: Hit) -> Iterable[Hit]:
        found = self._by_log[hit.log]
        at = bisect_left(found, hit.line, key=lambda h: h.line)
        near = reversed(found[max(0, at - _MOST) : at])
        return (f for f in near if f.explained_by is None and f.signature is not hit.signature)

    def _with_itself(self, hit: Hit, opened: Sequence[Association], found: Hit) -> bool:
        # What the hits themselves tell comes first: to look at an association costs more.
        if not opened and not _just_now(hit, found):
            return False
        if opened and found.client is not None and all(o.calling_aet != found.client for o in opened):
            return False
        incoming = self._incoming(found)
        if incoming is None or incoming.called_aet is None:
            return False
        if not opened:
            return hit.values["called_aet"] == incoming.called_aet
        return any(
            (o.start_line or hit.line) < found.line
            and (o.calling_aet, o.called_aet) == (incoming.calling_aet, incoming.called_aet)
            for o in opened
        )

    def _sent_as_asked(self, hit: Hit, opened: Sequence[Association], found: Hit) -> bool:
        """Whether it came in while a C-MOVE was under way, from whom that was asked of."""
        incoming = self._incoming(found)
        if incoming is None:
            return False
        if not opened:
            return _just_now(hit, found)
        asked = opened[0]
        same_ip = incoming.peer_ip is not None and incoming.peer_ip == asked.peer_ip
        from_it = incoming.caused_by == asked.id or incoming.calling_aet == asked.called_aet or same_ip
        return from_it and (asked.start_line or hit.line) < found.line

    def _incoming(self, hit: Hit) -> Association | None:
        """The association that a hit is about and that another side opened."""
        return next((a for a in self._associations(hit.associations) if a.direction is Direction.INCOMING), None)

    def _opened(self, hit: Hit) -> list[Association]:
        """The associations that Orthanc opened and that a hit is about, or on whose behalf they were."""
        children = [name for parent in hit.associations for name in self._scene.children.get(parent, ())]
        known = self._associations((*hit.associations, *children))
        return [a for a in known if a.direction is Direction.OUTGOING]

    def _associations(self, names: Iterable[str]) -> list[Association]:
        return [self._scene.by_id[name] for name in names if name in self._scene.by_id]


def _just_before(hit: Hit, found: Hit) -> bool:
    apart = found.associations and hit.associations and not {*found.associations} & {*hit.associations}
    near = _near(hit, found) and (hit.thread is not None or hit.line - found.line <= _NEAR_LINES)
    return found.thread == hit.thread and near and not apart


def _near(hit: Hit, found: Hit) -> bool:
    return seconds_apart(hit, found) <= _NEAR_S


def _just_now(hit: Hit, found: Hit) -> bool:
    return _near(hit, found) and hit.line - found.line <= _NEAR_LINES
