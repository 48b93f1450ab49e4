"""The associations that Orthanc opens to others."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.timeline.association import Outcome, Side
from loganalyzer.timeline.outgoing import calls, jobs
from loganalyzer.timeline.outgoing.endings import Endings
from loganalyzer.timeline.outgoing.exchange import Exchange
from loganalyzer.timeline.outgoing.negotiation import Negotiation
from loganalyzer.timeline.outgoing.retrievals import Retrievals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft


class OutgoingSide(Negotiation, Exchange, Retrievals, Endings):
    """Follows each thread's outgoing association; without thread names the AETs and the order have to do."""

    def handlers(self) -> dict[str, Callable[[Event], AssociationDraft | None]]:
        """For each event of :data:`HANDLERS` what takes it, and gives the association it belongs to."""
        return {kind: MethodType(handler, self) for kind, handler in self.HANDLERS.items()}

    def begin_run(self, *, silent_release: bool) -> None:
        """A process begins; ``silent_release``: this version releases without a line."""
        self._silent_release = silent_release
        self._tells_openings = False
        self._untold_failures.clear()

    def end_of_run(self, *, stopped: bool, gone: bool, last: datetime | None) -> None:
        """The log of this process ends, at ``last``; ``stopped`` in good order, or ``gone`` in any way."""
        self._place_closings(keep=0)
        for draft in list(self._open):
            self._end_silently(draft, stopped=stopped, last=last)
            if gone and draft.established is not None:
                draft.finish(Outcome.LOST, Side.ORTHANC, None)
        self._silent_release = False
        self._open.clear()
        self._announced.clear()
        self._closings.clear()
        self.calls.clear()
        self.jobs.end_of_run()

    HANDLERS: ClassVar[dict[str, Callable[[OutgoingSide, Event], AssociationDraft | None]]] = {
        **dict.fromkeys(calls.KINDS, Negotiation.called),
        "scu.opening": Negotiation.opening,
        "scu.request-dump": Negotiation.request_dump,
        "scu.transport": Negotiation.transport,
        "scu.accept-dump": Negotiation.accept_dump,
        "scu.reject-dump": Negotiation.reject_dump,
        "scu.reserved-reject": Negotiation.reserved,
        "dimse.sent": Exchange.sent,
        "dimse.answered": Exchange.answered,
        "dimse.requested-by-peer": Exchange.asked_by_peer,
        "dimse.response-sent": Exchange.response_sent,
        "scu.store-announced": Exchange.announced,
        "scu.store-performing": Exchange.performing,
        "scu.store-status": Exchange.status,
        "scu.status": Exchange.status,
        "scu.closing": Endings.closing,
        "scu.closing-inactive": Endings.closing_inactive,
        "scu.failed": Endings.failed,
        "scu.commitment-failed": Endings.failed,
        "scu.no-context": Endings.no_context,
        "scu.command-not-supported": Endings.no_context,
        "scu.cannot-transcode": Endings.cannot_transcode,
        **dict.fromkeys(jobs.KINDS, Endings.job),
    }
