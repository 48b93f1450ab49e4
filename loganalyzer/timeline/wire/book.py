"""The associations of one log that are under way, and how to find the one that an event is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, Outcome, Side
from loganalyzer.timeline.draft import status_ok

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft

_KEPT = 64
_NEAR_LINES = 3
_MAX_NAMED = 1024


class WireBook:
    """What the handlers of one log share. ``new`` makes a draft."""

    def __init__(self, new: Callable[[Direction], AssociationDraft]) -> None:
        self._new = new
        self._open: list[AssociationDraft] = []
        self._named: dict[str, AssociationDraft] = {}
        self._last: AssociationDraft | None = None
        self._tls: bool | None = None
        self._hint: str | None = None

    def name(self, name: str, draft: AssociationDraft) -> None:
        """Remembers by which name the program calls an association."""
        if len(self._named) >= _MAX_NAMED:
            self._named = {n: d for n, d in self._named.items() if not d.ended}
        self._named[name] = draft

    def follows(self, draft: AssociationDraft) -> bool:
        """Whether anything that comes may still be about an association."""
        return draft in self._open or any(named is draft for named in self._named.values())

    def end_of_run(self) -> None:
        """The program is gone; what was open stays open, as the log shows it."""
        self._open.clear()
        self._named.clear()
        self._last = None

    def _by_name(self, event: Event) -> AssociationDraft | None:
        return self._named.get(event.fields.get("association", ""))

    def _of(self, direction: Direction) -> list[AssociationDraft]:
        return [d for d in self._open if d.direction is direction]

    def _current(
        self, direction: Direction | None = None, *, prefer: Direction | None = None
    ) -> AssociationDraft | None:
        """The open association that was active last; one of the preferred direction if there is any."""
        candidates = self._of(direction) if direction is not None else list(self._open)
        preferred = [d for d in candidates if d.direction is prefer]
        candidates = preferred or candidates
        if len(candidates) > 1:
            established = [d for d in candidates if d.established is not None or d.acknowledged]
            for draft in established or candidates:
                draft.inferred = True
            candidates = established or candidates
        return max(candidates, key=lambda d: d.end_line or 0, default=None)

    def _begun(self, direction: Direction) -> AssociationDraft:
        draft = self._new(direction)
        self._open.append(draft)
        del self._open[:-_KEPT]
        return draft

    def _headless(self, direction: Direction) -> AssociationDraft:
        """One that was established before the log begins."""
        draft = self._begun(direction)
        draft.acknowledged = draft.headless = True
        return draft

    def _end(self, draft: AssociationDraft, outcome: Outcome, by: Side | None, record: Record | None) -> None:
        draft.finish(outcome, by, record)
        if draft in self._open:
            self._open.remove(draft)
        if outcome is Outcome.RELEASED:
            for operation in draft.operations:
                if operation.ok is None and operation.status is not None:
                    operation.ok = status_ok(operation.status)

    def _just_failed(self, draft: AssociationDraft, event: Event) -> bool:
        return draft.outcome is Outcome.NOT_ESTABLISHED and self._near(draft, event)

    def _near(self, draft: AssociationDraft, event: Event) -> bool:
        return event.record.line - (draft.end_line or 0) <= _NEAR_LINES

    def _broken(self, draft: AssociationDraft, event: Event) -> AssociationDraft:
        condition = event.fields.get("condition", event.record.message)
        draft.failure = draft.failure or condition
        for operation in draft.operations:
            if operation.ok is None and operation.status is None:
                operation.fail(condition, event.record)
        if draft.acknowledged or draft.answered is not None or draft.operations:
            self._end(draft, Outcome.LOST, Side.PEER, event.record)
        else:
            self._end(draft, Outcome.NOT_ESTABLISHED, None, event.record)
        return draft
