"""Which hit explains which other one: cause before symptom."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.findings.sighting import in_order, seconds_apart
from loganalyzer.findings.yielding import Yielding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.findings.sighting import Hit, Scene

_SAME_THREAD_LINES = 2000
_SAME_THREAD_S = 10.0
_SAME_PEER_S = 120.0
_CARRIED_S = 1.0
_STOPPED_S = 60.0
_STOPPED_LINES = 20
_NEIGHBOUR_LINES = 12
_NEIGHBOUR_S = 0.3
_NEAREST = 3
#: Values that name the same thing in two hits.
_PEERS = ("called_aet", "peer_aet", "move_destination", "modality", "path", "plugin")


def explain(hits: list[Hit], scene: Scene) -> None:
    """Sets ``explained_by`` of each hit that another one explains.

    A signature names what it ``explains``: causes or signatures. Whether it does so here is decided by what ties the
    two together, the strongest first: the same association, or one that it caused; the same thread shortly after;
    without thread names the exception that was thrown just before, and neighbouring lines; the same peer, since an
    error that crosses threads is printed again. Two hits that surely belong to different associations are never tied
    by less. What nothing explains so may give way to any error that it is tied to (``yields_to``). Of those that are
    alike and too many to be judged each, what explains the first explains the others.
    """
    by_word: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        for word in hit.signature.explains:
            by_word[word].append(hit)
    indexes = {word: _Index(found, scene) for word, found in by_word.items()}
    for hit in hits:
        asked = [indexes[w] for w in (hit.signature.name, hit.signature.cause) if w in indexes]
        cause = next(filter(None, (tie(index, hit) for tie in _TIES for index in asked)), None)
        if cause is not None:
            _tie(hit, cause)
    _drop_circles(hits)
    ordered = in_order(hits)
    yielding = Yielding(ordered, scene)
    for hit in ordered:
        cause = yielding.to(hit) if hit.explained_by is None else None
        if cause is not None:
            _tie(hit, cause)
        elif scene.in_part and hit.explained_by is None and hit.like is not None:
            # What explains this one may only have been counted.
            hit.explained_by = hit.like.explained_by


def _tie(hit: Hit, cause: Hit) -> None:
    hit.explained_by = cause.signature
    cause.explains.append(hit)


class _Index:
    """The hits that may explain something, by all that can tie them to it."""

    def __init__(self, hits: list[Hit], scene: Scene) -> None:
        self._by_association: dict[str, list[Hit]] = defaultdict(list)
        self._by_thread: dict[tuple[int, str | None], list[Hit]] = defaultdict(list)
        self._by_log: dict[int, list[Hit]] = defaultdict(list)
        self._by_peer: dict[tuple[int, str], list[Hit]] = defaultdict(list)
        for hit in in_order(hits):
            for name in hit.associations:
                self._by_association[name].append(hit)
                if name in scene.causes:
                    self._by_association[scene.causes[name]].append(hit)
            self._by_thread[hit.log, hit.thread].append(hit)
            self._by_log[hit.log].append(hit)
            for value in _peers(hit):
                self._by_peer[hit.log, value].append(hit)

    def by_association(self, hit: Hit) -> Hit | None:
        """A hit on the same association, or on one that was opened on its behalf."""
        found = (f for name in hit.associations for f in self._by_association.get(name, ()))
        return next((f for f in found if f.signature is not hit.signature), None)

    def by_thread(self, hit: Hit) -> Hit | None:
        """A hit of the same thread shortly before or after."""
        if hit.thread is None:
            return None
        for found in _nearest(self._by_thread.get((hit.log, hit.thread), []), hit):
            near = abs(found.line - hit.line) <= _SAME_THREAD_LINES and seconds_apart(found, hit) <= _SAME_THREAD_S
            if near and _may_be_tied(found, hit):
                return found
        return None

    def by_line(self, hit: Hit) -> Hit | None:
        """A hit of a neighbouring line, where one of the two has no thread."""
        # What stops Orthanc is printed last, after everything has been torn down.
        lines, seconds = (_STOPPED_LINES, _STOPPED_S) if _stops(hit) else (_NEIGHBOUR_LINES, _NEIGHBOUR_S)
        for found in _nearest(self._by_log.get(hit.log, []), hit):
            near = abs(found.line - hit.line) <= lines and seconds_apart(found, hit) <= seconds
            if near and None in (found.thread, hit.thread) and _may_be_tied(found, hit):
                return found
        return None

    def by_carrier(self, hit: Hit) -> Hit | None:
        """The exception, thrown shortly before, that this line carries on without its details.

        With thread names it may come from another thread, which worked for this one: then it stands just before.
        """
        carried = hit.values.get("condition")
        if not carried:
            return None
        limit = _STOPPED_S if _stops(hit) else _CARRIED_S
        for found in _nearest(self._by_log.get(hit.log, []), hit):
            near = found.line < hit.line and seconds_apart(found, hit) <= limit
            if hit.thread is not None:
                near = near and hit.line - found.line <= _NEIGHBOUR_LINES and _may_be_tied(found, hit)
            if near and found.signature is not hit.signature and found.message.startswith(carried):
                return found
        return None

    def by_peer(self, hit: Hit) -> Hit | None:
        """An earlier hit that names the same peer."""
        for value in _peers(hit):
            for found in _nearest(self._by_peer.get((hit.log, value), []), hit):
                if _may_be_tied(found, hit) and found.line <= hit.line and seconds_apart(found, hit) <= _SAME_PEER_S:
                    return found
        return None


_TIES = (_Index.by_association, _Index.by_thread, _Index.by_carrier, _Index.by_line, _Index.by_peer)


def _peers(hit: Hit) -> set[str]:
    """The names of what a hit is about; who is called is Orthanc itself where a client calls."""
    named = {hit.values[key] for key in _PEERS if key in hit.values and (key != "called_aet" or hit.client is None)}
    return named | ({hit.client} if hit.client is not None else set())


def _nearest(hits: list[Hit], hit: Hit) -> Iterable[Hit]:
    """The few nearest in line order, the earlier ones first."""
    at = bisect_left(hits, hit.line, key=lambda h: h.line)
    return [*reversed(hits[max(0, at - _NEAREST) : at]), *hits[at : at + _NEAREST]]


def _may_be_tied(found: Hit, hit: Hit) -> bool:
    surely_apart = found.is_placed and hit.is_placed and not (found.inferred or hit.inferred)
    # Where there are threads, the lines of associations name their client: a thread serves one after the other.
    clients = {h.client for h in (found, hit) if h.thread is not None and h.client is not None}
    return found.signature is not hit.signature and not surely_apart and len(clients) <= 1


def _stops(hit: Hit) -> bool:
    return hit.message.startswith("Uncaught exception")


def _drop_circles(hits: list[Hit]) -> None:
    """Two signatures that explain each other would hide both: the one that comes first stays."""
    pairs = {(h.signature.code, h.explained_by.code) for h in hits if h.explained_by is not None}
    for hit in hits:
        by = hit.explained_by
        if by is not None and (by.code, hit.signature.code) in pairs and hit.signature.code < by.code:
            hit.explained_by = None
    for hit in hits:
        hit.explains = [other for other in hit.explains if other.explained_by is hit.signature]
