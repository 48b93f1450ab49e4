"""Which hit explains which other one: cause before symptom."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit, Scene

_SAME_THREAD_LINES = 2000
_SAME_THREAD_S = 10.0
_SAME_PEER_S = 120.0
_NEIGHBOUR_LINES = 4
_NO_THREAD_S = 2.0


def explain(hits: list[Hit], scene: Scene) -> None:
    """Sets ``explained_by`` of each hit that another one explains.

    A signature names what it ``explains``: causes or signatures. Whether it does so here is decided by what ties the two
    together: the same association, or one that caused it; the same thread shortly after; the same peer, since an error
    that crosses threads is printed again; or neighbouring lines where nothing else is known.
    """
    by_word: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        for word in hit.signature.explains:
            by_word[word].append(hit)
    indexes = {word: _Index(found, scene) for word, found in by_word.items()}
    for hit in hits:
        for word in (hit.signature.name, hit.signature.cause):
            index = indexes.get(word)
            cause = index.explaining(hit) if index is not None else None
            if cause is not None:
                hit.explained_by = cause.signature
                break
    _drop_circles(hits)


class _Index:
    """The hits that may explain something, by all that can tie them to it."""

    def __init__(self, hits: list[Hit], scene: Scene) -> None:
        self._scene = scene
        self._by_association: dict[str, Hit] = {}
        self._by_thread: dict[tuple[int, str | None], list[Hit]] = defaultdict(list)
        self._by_peer: dict[tuple[int, str], list[Hit]] = defaultdict(list)
        for hit in sorted(hits, key=lambda h: h.line):
            for name in hit.associations:
                self._by_association.setdefault(name, hit)
                association = scene.by_id.get(name)
                if association is not None and association.caused_by is not None:
                    self._by_association.setdefault(association.caused_by, hit)
            self._by_thread[hit.log, hit.thread].append(hit)
            for key in ("called_aet", "peer_aet", "move_destination", "modality", "path", "plugin"):
                if key in hit.values:
                    self._by_peer[hit.log, hit.values[key]].append(hit)

    def explaining(self, hit: Hit) -> Hit | None:
        for name in hit.associations:
            found = self._by_association.get(name)
            if found is not None and found.signature is not hit.signature:
                return found
        for found in self._near(self._by_thread.get((hit.log, hit.thread), []), hit):
            if found.signature is hit.signature or (hit.associations and found.associations and hit.thread is None):
                continue
            seconds = _seconds(found, hit)
            limit = _SAME_THREAD_S if hit.thread is not None else _NO_THREAD_S
            if abs(found.line - hit.line) <= _NEIGHBOUR_LINES or (
                abs(found.line - hit.line) <= _SAME_THREAD_LINES and seconds is not None and seconds <= limit
            ):
                return found
        for key in ("called_aet", "peer_aet", "move_destination", "modality", "path", "plugin"):
            value = hit.values.get(key)
            for found in self._near(self._by_peer.get((hit.log, value or ""), []), hit):
                seconds = _seconds(found, hit)
                if found.signature is not hit.signature and found.line <= hit.line and (seconds or 0) <= _SAME_PEER_S:
                    return found
        return None

    @staticmethod
    def _near(hits: list[Hit], hit: Hit) -> list[Hit]:
        """The few nearest in line order, the earlier ones first."""
        at = bisect_left(hits, hit.line, key=lambda h: h.line)
        return [*reversed(hits[max(0, at - 3) : at]), *hits[at : at + 3]]


def _seconds(a: Hit, b: Hit) -> float | None:
    if a.time is None or b.time is None:
        return None
    return abs((a.time - b.time).total_seconds())


def _drop_circles(hits: list[Hit]) -> None:
    """Two signatures that explain each other would hide both: the one that comes first stays."""
    pairs = {(h.signature.code, h.explained_by.code) for h in hits if h.explained_by is not None}
    for hit in hits:
        if hit.explained_by is not None and (hit.explained_by.code, hit.signature.code) in pairs:
            if hit.signature.code < hit.explained_by.code:
                hit.explained_by = None
