"""The events that end an incoming association."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.conclusions import SILENCE, condition_of, is_release, is_told_by_peer
from loganalyzer.timeline.incoming.under_way import GONE
from loganalyzer.timeline.incoming.unplaced import UnplacedEndings, name_of

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft


class Endings(UnplacedEndings):
    """The handlers of the events that end an association."""

    def ended(self, event: Event) -> AssociationDraft | None:
        """``association.finishing``, ``association.condition``, ``association.dimse-failure``."""
        named = name_of(event) is not None
        if event.type == "association.finishing" and not is_told_by_peer(event):
            return None  # Orthanc aborts, and the next line of this thread says so
        if event.type in ("association.finishing", "association.condition") and not named:
            self._confirmations += 1
        meant = self._bearing(name_of(event))
        if len(meant) > 1:
            draft = self._surely(event, meant)
            if draft is None:
                self._told_later.add(event.record.thread)
                self._conclude_later(event)
                return None
            draft.inferred = True
        elif not meant:
            return None
        else:
            draft = meant[0]
        self._conclude(draft, event)
        return draft

    def _surely(self, event: Event, meant: list[AssociationDraft]) -> AssociationDraft | None:
        """Of several, the one whose request has just failed, or that the thread serves."""
        if is_release(event):
            return None
        failed = self._failed(meant, condition_of(event))
        if failed is not None:
            return failed
        step = self._steps.get(event.record.thread)
        served = step is not None and step[0] in meant and event.record.thread is not None
        return step[0] if step is not None and served and name_of(event) is None else None

    def _failed(self, candidates: list[AssociationDraft], condition: str) -> AssociationDraft | None:
        """The one whose last request has failed; of a peer that is gone, the one on which that was found before."""
        lasts = [(d, d.operations[-1]) for d in candidates if d.operations]
        failed = [(d, o) for d, o in lasts if o.ok is False]
        if any(words in condition for words in (*GONE, *SILENCE)):  # what follows a lost peer is worded as silence, too
            lost = {command for command, _ in self._unplaced_failures}
            gone = [(d, o) for d, o in failed if any(g in (o.detail or "") for g in GONE)]
            broken = [(d, o) for d, o in lasts if o.ok is None and o.command in lost]
            failed = gone or broken[:1] or failed
        return max(failed, key=lambda pair: pair[1].last_line, default=(None, None))[0]

    def closed(self, event: Event) -> AssociationDraft | None:
        """``association.released``, ``association.aborted``: behind the line with the condition nothing new."""
        thread, awaited = event.record.thread, self._confirmations > 0
        if name_of(event) is None:
            self._confirmations -= awaited
        if thread in self._told_later:
            self._told_later.discard(thread)
            return None
        ended, operation = self._steps.get(thread, (None, None))
        if ended is not None and ended.ended and (awaited or operation is None):
            ended.note(event.record, "end")
            return ended
        return None if awaited else self.ended(event)

    def task_failed(self, record: Record) -> AssociationDraft | None:
        """An exception that leaves the thread of an association ends it: Orthanc closes TCP without a word."""
        draft, operation = self._steps.get(record.thread, (None, None))
        if draft is None or operation is None or draft.ended:
            return None
        if record.thread is None and len([d for d in self._open if d.operations]) > 1:
            draft.inferred = True
        if operation.ok is None:
            operation.fail(record.message, record)
        draft.failure = record.message
        self._close(draft, Outcome.LOST, Side.ORTHANC, record)
        return draft
