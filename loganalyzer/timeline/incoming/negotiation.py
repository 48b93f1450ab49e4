"""How incoming associations begin: the request (A-ASSOCIATE-RQ) and Orthanc's answer to it.

One thread of Orthanc accepts all associations, so a single negotiation is under way at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dicom import reject_text
from loganalyzer.dumps.dump import AssociateDump
from loganalyzer.timeline.association import Direction, Outcome, Reject, Side
from loganalyzer.timeline.incoming.under_way import IncomingUnderWay

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft

REJECTS = {
    "association.rejected-called": (1, 1, 7),
    "association.rejected-calling": (1, 1, 3),
    "association.rejected-application-context": (1, 1, 2),
    "association.rejected-no-implementation": (1, 1, 1),
    "association.rejected-invalid-aet": (1, 1, 3),
}
"""What Orthanc's own rejections send (PS3.8 9.3.4; ``CommandDispatcher.cpp``)."""

_OTHER_VERSION = "Unsupported peer protocol"
_VERSION_REJECT = (1, 2, 2)  # what DCMTK answers to another version of the protocol (dulparse.cc, dulfsm.cc)


class Negotiation(IncomingUnderWay):
    """The handlers of the events before the first request."""

    def connected(self, event: Event) -> None:
        """``connection.accepted``, at trace level: what is not known yet is whether a request will come."""
        self._connected = event

    def _new_incoming(self) -> AssociationDraft:
        """A new association: that of whoever has connected, where the log shows it."""
        draft, connected = self._new(Direction.INCOMING), self._connected
        if connected is not None:
            draft.host, self._connected = connected.fields["peer_ip"], None
        return draft

    def request_dump(self, event: Event) -> AssociationDraft | None:
        """``association.request-dump``."""
        if not isinstance(event.dump, AssociateDump):
            return None
        draft = self._negotiating = self._new_incoming()
        draft.take_request(event.dump)
        draft.thread = event.record.thread
        draft.note(event.record, "request")
        return draft

    def received(self, event: Event) -> AssociationDraft:
        """``association.received``."""
        draft = self._negotiating
        calling = event.fields["calling_aet"]
        if (
            draft is None
            or draft.received
            or draft.acknowledged
            or (draft.calling_aet or "").strip() != calling.strip()
        ):
            draft = self._negotiating = self._new_incoming()
            draft.calling_aet = calling
        draft.received, draft.host, draft.calling_aet = True, event.fields["peer_ip"], calling
        self._tells_beginnings = True
        draft.thread = event.record.thread
        draft.note(event.record, "received")
        return draft

    def connection(self, event: Event) -> AssociationDraft | None:
        """``connection.incoming``."""
        draft = self._negotiating
        if draft is not None and draft.calling_aet == event.fields["calling_aet"] and not draft.acknowledged:
            draft.called_aet = draft.called_aet or event.fields["called_aet"]
            draft.note(event.record)
            return draft
        return None

    def acknowledged(self, event: Event) -> AssociationDraft | None:
        """``association.acknowledged``, ``association.acknowledged-empty``."""
        draft = self._negotiating
        if draft is None:
            return None
        draft.acknowledged, draft.established = True, event.record.time
        draft.no_context = event.type == "association.acknowledged-empty"
        draft.note(event.record, "acknowledged")
        self._open.add(draft)
        return draft

    def no_context(self, event: Event) -> AssociationDraft | None:
        """``association.no-context``."""
        draft = self._negotiating
        if draft is not None:
            draft.no_context = True
            draft.note(event.record)
        return draft

    def accept_dump(self, event: Event) -> AssociationDraft | None:
        """``association.accept-dump``."""
        draft = self._negotiating
        if draft is None or not isinstance(event.dump, AssociateDump):
            return None
        draft.take_answer(event.dump)
        draft.called_aet = draft.called_aet or event.dump.called_aet
        draft.note(event.record, "accepted contexts")
        return draft

    def rejected(self, event: Event) -> AssociationDraft:
        """``association.rejected-…``."""
        draft = self._negotiating
        if draft is None or draft.acknowledged:
            draft = self._new_incoming()
        result, source, reason = REJECTS[event.type]
        draft.reject = Reject(Side.ORTHANC, result, source, reason, reject_text(result, source, reason))
        draft.calling_aet = event.fields.get("calling_aet", draft.calling_aet)
        draft.called_aet = event.fields.get("called_aet", draft.called_aet)
        draft.host = event.fields.get("peer_ip", draft.host)
        draft.finish(Outcome.REJECTED, Side.ORTHANC, event.record)
        self._negotiating = None
        return draft

    def receiving_failed(self, event: Event) -> AssociationDraft:
        """``association.receiving-failed``."""
        draft, connected = self._negotiating, self._connected
        if draft is None or draft.acknowledged or draft.ended:
            draft = self._new_incoming()
            if connected is not None:
                draft.note(connected.record, "connected")
        draft.failure = event.fields["condition"]
        if _OTHER_VERSION in draft.failure:
            draft.reject = Reject(Side.ORTHANC, *_VERSION_REJECT, reject_text(*_VERSION_REJECT))
            draft.finish(Outcome.REJECTED, Side.ORTHANC, event.record)
        else:
            draft.finish(Outcome.NOT_ESTABLISHED, None, event.record)
        self._negotiating = None
        return draft

    def not_answered(self, event: Event) -> AssociationDraft | None:
        """DCMTK refuses to build the answer (an empty calling AET, up to 1.12.7), or the peer does not wait for it."""
        draft = self._negotiating
        if draft is None or draft.acknowledged:
            return None
        draft.failure = event.record.message
        by = Side.PEER if event.type == "association.answer-lost" else Side.ORTHANC
        draft.finish(Outcome.NOT_ESTABLISHED, by, event.record)
        self._negotiating = None
        return draft
