"""Releases that name no association, or several: which one it was shows later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.attribution import last_line, served_by, storing
from loganalyzer.timeline.incoming.under_way import IncomingUnderWay

if TYPE_CHECKING:
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft
    from loganalyzer.timeline.incoming.under_way import Name

_MAX_UNPLACED = 256


class Releases(IncomingUnderWay):
    """Keeps the lines of such releases, and places them."""

    def _bearing(self, name: Name | None) -> list[AssociationDraft]:
        """The open associations of this name; all of them when a line gives none."""
        return [d for d in (self._open if name is None else self._open.of(name)) if not d.ended]

    def _release_later(self, record: Record, name: Name | None) -> None:
        """Keeps the line of a release that several associations may be meant by.

        Up to 1.9.1 it names nobody, later it gives AET and address. Which one it was shows later: those that go on were
        not it. Once as many releases were seen as associations are open, all are told apart by their order.
        """
        waiting = self._unplaced_releases.setdefault(name, [])
        waiting.append(record)
        if name is not None:
            self._told_later.add(record.thread)
        if len(waiting) >= min(len(self._bearing(name)), _MAX_UNPLACED):
            self._place_releases(name)

    def _place_certain_releases(self, name: Name | None) -> None:
        """Places the lines of releases once no more associations have been quiet since than were released."""
        waiting = self._unplaced_releases.get(name)
        if waiting and sum(last_line(d) < waiting[0].line for d in self._bearing(name)) <= len(waiting):
            self._place_releases(name)

    def _place_releases(self, name: Name | None) -> None:
        for record in self._unplaced_releases.pop(name, ()):
            quiet = [d for d in self._bearing(name) if last_line(d) < record.line]
            idle = [d for d in quiet if not (d.operations and storing(d))] or quiet
            used = [d for d in idle if d.operations] or idle
            used = used if self._crowded else served_by(used, record)
            if used:
                draft = min(used, key=last_line)
                draft.inferred = True
                self._close(draft, Outcome.RELEASED, Side.PEER, record)
