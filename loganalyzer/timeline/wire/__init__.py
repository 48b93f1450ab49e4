"""Associations in the log of another program than Orthanc, from the service primitives that it shows.

The toolkits print what goes over the wire: requests, answers, rejections, DIMSE messages, ends (PS3.8 7, PS3.7
9). So no knowledge of a program is needed here, only of the protocol. The program that wrote the log stands
where Orthanc stands in its own log: what it opens is *outgoing*, what it does is done by :attr:`Side.ORTHANC`.

Events (``wire.…``) and their fields, all of them optional unless said otherwise:

========================  ==========================================================================================
``wire.request``          ``direction`` (must), ``calling_aet``, ``called_aet``, ``host``, ``port``; dump AssociateDump
``wire.accept``           ``direction`` (must), ``none`` (``yes``: no context accepted); dump AssociateDump
``wire.reject``           ``direction`` (must), ``result``, ``source``, ``reason`` as numbers
``wire.operation``        ``sender`` (must: own, other), ``command``, ``phase`` (request, response), ``message_id``,
                          ``status``, ``status_text``, ``ok`` (yes, no); or a DimseDump
``wire.operation-failed`` ``condition`` (must), ``command``, ``unsent`` (yes: the request never left)
``wire.release``          ``by`` (must: own, other), ``sub`` (yes: an association for the sub-operations of a C-MOVE)
``wire.dropped``          this side closes the connection without release or abort
``wire.abort``            ``by`` (must: own, other), ``condition``
``wire.closed``           ``condition``: TCP ended without release or abort
``wire.timeout``          ``condition``: this side waited in vain
``wire.failed``           ``direction`` (must), ``condition`` (must): the association never came to be
``wire.tls``              ``tls`` (yes, no)
``wire.broken``           ``condition`` (must): the server side gives up an association
``wire.end-failed``       ``condition`` (must): the release or abort told before did not get through
``wire.hint``             ``hint`` (must: closed, aborted): what ended the connection; the end itself is told later
``wire.program``          a new run of the program
========================  ==========================================================================================

``association`` in the fields of any event is the name by which the program tells its associations apart, where it does.
Where that name says more of it, any event may have ``direction``, ``calling_aet`` and ``called_aet``: then an
association that begins before the log is known by its first line there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loganalyzer.timeline.association import Direction
from loganalyzer.timeline.wire.endings import Endings
from loganalyzer.timeline.wire.negotiation import Negotiation
from loganalyzer.timeline.wire.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft

#: What an association may begin with; all else needs one that has begun.
_BEGINNINGS = frozenset({"wire.request", "wire.accept", "wire.reject", "wire.failed", "wire.tls"})


class WireSide(Negotiation, Operations, Endings):
    """Follows the associations of one log."""

    def feed(self, event: Event) -> AssociationDraft | None:
        """Takes an event of :data:`HANDLERS`; gives the association it belongs to."""
        fields = event.fields
        name = fields.get("association")
        goes_on = event.type not in _BEGINNINGS and "direction" in fields
        if name is not None and goes_on and self._by_name(event) is None:
            self.name(name, headless := self._headless(Direction(fields["direction"])))
            headless.note(event.record)
        draft = self.HANDLERS[event.type](self, event)
        if draft is not None:
            self._last = draft
            if name is not None:
                self.name(name, draft)
                draft.calling_aet = draft.calling_aet or fields.get("calling_aet")
                draft.called_aet = draft.called_aet or fields.get("called_aet")
        return draft

    def current(self, record: Record) -> AssociationDraft | None:  # noqa: ARG002 - no line of these logs names a thread
        """The association that was spoken of last."""
        return self._last

    HANDLERS: ClassVar[dict[str, Callable[[WireSide, Event], AssociationDraft | None]]] = {
        "wire.request": Negotiation.request,
        "wire.accept": Negotiation.accept,
        "wire.reject": Negotiation.reject,
        "wire.failed": Negotiation.failed,
        "wire.tls": Negotiation.transport,
        "wire.operation": Operations.operation,
        "wire.operation-failed": Operations.operation_failed,
        "wire.release": Endings.release,
        "wire.dropped": Endings.dropped,
        "wire.abort": Endings.abort,
        "wire.closed": Endings.closed,
        "wire.timeout": Endings.timeout,
        "wire.broken": Endings.broken_server,
        "wire.end-failed": Endings.end_failed,
        "wire.hint": Endings.hinted,
        "wire.program": Endings.program,
    }
