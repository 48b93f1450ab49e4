"""Endings that name no association, or several: which one it was shows later.

Up to 1.9.1 the line of an ending names nobody, later it gives AET and address. Those that go on were not it. So each
ending is assigned to the association that it most likely belongs to, which then counts as ended; when that one goes on,
the ending is assigned anew. It is placed for good when nothing else is possible: when no more associations have been
quiet since than endings were seen, or when the log ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Outcome
from loganalyzer.timeline.incoming.attribution import last_line, retrieving, served_by, storing
from loganalyzer.timeline.incoming.conclusions import Conclusions, is_silence

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft
    from loganalyzer.timeline.incoming.under_way import Name

_MAX_UNPLACED = 64


class UnplacedEndings(Conclusions):
    """Keeps the events of such endings in order, by what they name, and assigns them to associations."""

    def _conclude_later(self, event: Event) -> None:
        """Assigns the event of an ending that several associations may be meant by."""
        name = name_of(event)
        self._unplaced.setdefault(name, []).append(event)
        self._assign(event)
        self._place_certain(name)

    def _goes_on(self, draft: AssociationDraft) -> None:
        """An association is heard of again: what was assigned to it belongs to another one."""
        event = self._assigned.pop(draft.number, None)
        if event is not None:
            self._assign(event)
        self._place_certain(None)
        self._place_certain((draft.calling_aet, draft.host))

    def _assign(self, event: Event | None) -> None:
        """Assigns an ending, and those that have to make way for it, which are later ones."""
        while event is not None:
            line = event.record.line
            quiet = [d for d in self._bearing(name_of(event)) if last_line(d) < line]
            free = [d for d in quiet if d.number not in self._assigned]
            later = free or [d for d in quiet if self._assigned[d.number].record.line > line]
            if not later:
                return
            draft = self._likeliest(event, later)
            making_way = self._assigned.get(draft.number)
            self._assigned[draft.number] = event
            event = making_way

    def _likeliest(self, event: Event, quiet: list[AssociationDraft]) -> AssociationDraft:
        """Of those that were quiet since an ending, whose it is: of one that waits the shortest, if it asked at all."""
        if is_silence(event):
            return min(quiet, key=last_line)
        idle = [d for d in quiet if not (d.operations and (storing(d) or retrieving(d)))] or quiet
        used = [d for d in idle if d.operations] or idle
        likely = used if self._crowded else served_by(used, event.record)
        latest = max(likely, key=last_line)
        return min((d for d in likely if d.calling_aet == latest.calling_aet and d.host == latest.host), key=last_line)

    def _reopened(self, name: Name) -> AssociationDraft | None:
        """The one of this name to which an ending was placed last: it goes on, so the ending was another one's."""
        found = [pair for pair in self._revocable.values() if name == (pair[0].calling_aet, pair[0].host)]
        if not found:
            return None
        draft, event = max(found, key=lambda pair: last_line(pair[0]))
        del self._revocable[draft.number]
        self.placed.pop(event.record.line, None)
        draft.reopen()
        self._open.add(draft)
        waiting = self._unplaced.setdefault(name_of(event), [])
        waiting.append(event)
        waiting.sort(key=lambda e: e.record.line)
        self._assign(event)
        return draft

    def _place_certain(self, name: Name | None) -> None:
        """Places the endings for which nobody else is left, and the oldest ones where too many wait."""
        waiting = self._unplaced.get(name)
        if not waiting:
            return
        certain, quiet = max(0, len(waiting) - _MAX_UNPLACED), 0
        lasts = sorted(map(last_line, self._bearing(name)))
        for number, event in enumerate(waiting, 1):
            while quiet < len(lasts) and lasts[quiet] < event.record.line:
                quiet += 1
            if quiet <= number:
                certain = number
        self._place(name, certain)

    def _place(self, name: Name | None, number: int) -> None:
        """Places the first endings of those that wait."""
        owners = {self._assigned[d.number].record.line: d for d in self._bearing(name) if d.number in self._assigned}
        for event in self._unplaced[name][:number]:
            draft = owners.get(event.record.line) or self._longest_quiet(event)
            if draft is not None:
                self._assigned.pop(draft.number, None)
                draft.inferred = True
                self._conclude(draft, event)
                self._revocable[draft.number] = draft, event
                if draft.outcome is not Outcome.RELEASED:
                    self.placed[event.record.line] = draft.number
        for old in list(self._revocable)[:-_MAX_UNPLACED]:
            del self._revocable[old]
        del self._unplaced[name][:number]
        if not self._unplaced[name]:
            del self._unplaced[name]

    def _longest_quiet(self, event: Event) -> AssociationDraft | None:
        """Where all go on, requests were taken for another one's: as many end as endings were seen."""
        begun = [d for d in self._bearing(name_of(event)) if (d.start_line or 0) < event.record.line]
        return min((d for d in begun if d.number not in self._assigned), key=last_line, default=None)


def name_of(event: Event) -> Name | None:
    """By what a line names an association, if it does."""
    if "calling_aet" not in event.fields:
        return None
    return event.fields["calling_aet"], event.fields["peer_ip"]
