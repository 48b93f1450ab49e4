"""The associations that others open to Orthanc."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.incoming.attribution import cut_off
from loganalyzer.timeline.incoming.endings import Endings
from loganalyzer.timeline.incoming.negotiation import REJECTS, Negotiation
from loganalyzer.timeline.incoming.requests import COMMANDS, Requests
from loganalyzer.timeline.incoming.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft


class IncomingSide(Negotiation, Requests, Results, Endings):
    """Follows the negotiation under way and the accepted associations."""

    def handlers(self) -> dict[str, Callable[[Event], AssociationDraft | None]]:
        """For each event of :data:`HANDLERS` what takes it, and gives the association it belongs to."""
        return {kind: MethodType(handler, self) for kind, handler in self.HANDLERS.items()}

    def end_of_run(self, *, gone: bool) -> None:
        """Forgets what was open: cut off where the process is ``gone``, otherwise the log shows no more of it."""
        for name, waiting in list(self._unplaced.items()):
            self._place(name, len(waiting))
        if self._revocable:
            for draft in self._open:
                draft.inferred = True
        for draft in self._open if gone else ():
            cut_off(draft)
            draft.finish(Outcome.LOST, Side.ORTHANC, None)
        self._assigned.clear()
        self._revocable.clear()
        self._told_later.clear()
        self._confirmations = 0
        self._tells_beginnings = False
        self._connected = self._negotiating = None
        self._open.clear()
        self._unnamed.clear()
        self._steps.clear()
        self._unplaced_failures.clear()

    HANDLERS: ClassVar[dict[str, Callable[[IncomingSide, Event], AssociationDraft | None]]] = {
        "connection.accepted": Negotiation.connected,
        "association.request-dump": Negotiation.request_dump,
        "association.received": Negotiation.received,
        "connection.incoming": Negotiation.connection,
        "association.acknowledged": Negotiation.acknowledged,
        "association.acknowledged-empty": Negotiation.acknowledged,
        "association.no-context": Negotiation.no_context,
        "association.accept-dump": Negotiation.accept_dump,
        **dict.fromkeys(REJECTS, Negotiation.rejected),
        "association.receiving-failed": Negotiation.receiving_failed,
        "association.not-answered": Negotiation.not_answered,
        "association.answer-lost": Negotiation.not_answered,
        "association.without-context": Negotiation.not_answered,
        "dimse.received": Requests.command,
        "request.incoming": Requests.request,
        "request.worklist-query": Requests.worklist_query,
        "request.not-served": Requests.not_served,
        "move.requested": Requests.of_step,
        "move.sending": Requests.of_step,
        "commitment.requested": Requests.of_step,
        "commitment.reported": Requests.of_step,
        "get.sending": Requests.get_sending,
        "get.store-request": Requests.get_request,
        "get.store-failed": Requests.get_store_failed,
        "get.store-response": Requests.get_response,
        "modality.unknown-aet": Results.move_refused,
        "attachment.created": Results.written,
        "instance.stored": Results.stored,
        "instance.already-stored": Results.stored,
        "instance.discarded": Results.stored,
        "instance.filtered": Results.stored,
        "operation.refused": Results.refused,
        **dict.fromkeys((f"operation.failed.{c}" for c in (*COMMANDS.values(), "N-ACTION")), Results.failed),
        "association.finishing": Endings.ended,
        "association.condition": Endings.ended,
        "association.dimse-failure": Endings.ended,
        "association.released": Endings.closed,
        "association.aborted": Endings.closed,
    }
