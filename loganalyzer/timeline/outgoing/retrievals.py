"""What Orthanc asked others to send it by C-MOVE: the instances come in on associations of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.outgoing.under_way import OutgoingUnderWay

if TYPE_CHECKING:
    from loganalyzer.timeline.draft import AssociationDraft

_CALLS = ("/retrieve", "/move")  # POST /queries/…/retrieve, POST /modalities/…/move


class Retrievals(OutgoingUnderWay):
    """Links the associations that bring the instances to the one on which they were asked for."""

    def stored(self, incoming: AssociationDraft) -> None:
        """A C-STORE came in.

        Its dump names who asked for the C-MOVE and by which message (PS3.7 9.3.1.1); at verbose level, where nothing is
        dumped, it is likely one that waits at the AET that stores.
        """
        store = incoming.operations[-1]
        if store.move_originator is not None:
            aet, message = store.move_originator
            moving = [d for d in self._open if not d.ended and d.calling_aet == aet and _awaits(d, message)]
        elif store.message_id is None:
            moving = [d for d in self._open if not d.ended and d.called_aet == incoming.calling_aet and _retrieves(d)]
        else:
            return
        named = [d for d in moving if d.called_aet == incoming.calling_aet] or moving
        if named:
            incoming.caused_by = named[-1].number
            incoming.inferred = incoming.inferred or store.move_originator is None or len(named) > 1


def _retrieves(draft: AssociationDraft) -> bool:
    return draft.asked_by is not None and draft.asked_by.note.endswith(_CALLS)


def _awaits(draft: AssociationDraft, message: int | None) -> bool:
    return any(o.command == "C-MOVE" and o.message_id == message and o.status is None for o in draft.operations)
