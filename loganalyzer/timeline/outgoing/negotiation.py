"""How outgoing associations begin: what makes Orthanc open them, the request and the peer's answer."""

from __future__ import annotations

from string import hexdigits
from typing import TYPE_CHECKING

from loganalyzer.dicom import reject_code, reject_text
from loganalyzer.dumps.dump import AssociateDump, RejectDump, TransportDump
from loganalyzer.timeline.association import Direction, Reject, Side
from loganalyzer.timeline.outgoing.under_way import OutgoingUnderWay

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft


class Negotiation(OutgoingUnderWay):
    """The handlers of the events before the first request."""

    def called(self, event: Event) -> AssociationDraft | None:
        """Remembers what a REST call or a script asked for: Orthanc's own C-ECHO leaves no other line."""
        self.calls.feed(event)
        if event.type == "http.query-request" and self._silent_release:
            self._query_answered(event)
        return None

    def _query_answered(self, event: Event) -> None:
        """The first call about a query comes when Orthanc has given its name away, once the C-FIND was answered."""
        query = event.fields["target"].partition("/")[0]
        if query in self._queries:
            return
        asked = [
            d for d in self._open
            if d.purpose == "query" and not d.ended and (d.established is not None or d.proposed is None)
        ]  # fmt: skip
        if asked:
            self._queries.append(query)
        if len(asked) == 1:
            self._released_silently(asked[0], event.record)

    def opening(self, event: Event) -> AssociationDraft:
        """``scu.opening``."""
        record, fields = event.record, event.fields
        self._tells_openings = True
        for old in [d for d in self._open.of(record.thread) if record.thread is not None or d.ended]:
            if not old.ended:
                self._released(old, None)
            self._open.discard(old)
        draft = self._new(Direction.OUTGOING)
        draft.calling_aet, draft.called_aet = fields["calling_aet"], fields["called_aet"]
        draft.host, draft.peer_port = fields["host"], self._incoming.numbers.port(fields["peer_port"])
        draft.timeout = self._incoming.numbers.seconds(fields.get("timeout", ""))
        draft.manufacturer, draft.thread = fields["manufacturer"], record.thread
        if "tls" in fields:
            draft.tls = fields["tls"].startswith("using")
        draft.job = self.jobs.job_of(record)
        draft.caused_by = self.jobs.cause_of(draft.job)
        if draft.job is not None:
            self.jobs.results.setdefault(draft.job)
        cause = self._incoming.serving(record, "C-MOVE", draft.called_aet) if draft.job is None else None
        if cause is not None:
            draft.caused_by = cause.number
            draft.inferred = draft.inferred or record.thread is None
        self._take_call(draft, record)
        draft.note(record, "opening")
        self._follow(draft, record)
        return draft

    def _take_call(self, draft: AssociationDraft, record: Record) -> None:
        if draft.job is not None:
            draft.asked_by = self.jobs.asked_by(draft.job)
        other = draft.caused_by is not None or (draft.job is not None and self.calls.waits(record))
        call = None if other else self.calls.take(record)
        if call is not None:
            draft.purpose, call.kind = call.kind, None
            draft.asked_by = draft.asked_by or (call.line if call.certain else None)

    def request_dump(self, event: Event) -> AssociationDraft | None:
        """``scu.request-dump``."""
        dump = event.dump
        if not isinstance(dump, AssociateDump):
            return None
        draft = self._of_dump(event.record, dump, answered=False)
        if draft is None:
            draft = self._new(Direction.OUTGOING)
            draft.thread = event.record.thread
            self._follow(draft, event.record)
        draft.take_request(dump)
        draft.note(event.record, "request")
        return draft

    def _of_dump(self, record: Record, dump: AssociateDump, *, answered: bool) -> AssociationDraft | None:
        """The association that a dump belongs to.

        Without thread names: one with these AETs that waits for it, whose proposal has the contexts that are answered.
        """
        if record.thread is not None:
            return self._find(record)
        waiting = [
            d for d in self._open.of(None)
            if not d.ended and d.called_aet == dump.called_aet
            and d.answered is None and (d.proposed is not None) == answered
        ]  # fmt: skip
        if answered:
            fitting = {c.id: c.abstract_syntax for c in dump.contexts}
            waiting = [
                d for d in waiting if fitting.items() <= {c.id: c.abstract_syntax for c in d.proposed or ()}.items()
            ]
        if len(waiting) > 1:
            for draft in waiting:
                draft.inferred = True
        return waiting[0] if waiting else None

    def transport(self, event: Event) -> AssociationDraft | None:
        """``scu.transport``."""
        draft = self._find(event.record)
        if draft is not None and isinstance(event.dump, TransportDump):
            draft.tls = event.dump.tls
        return draft

    def accept_dump(self, event: Event) -> AssociationDraft | None:
        """``scu.accept-dump``."""
        if not isinstance(event.dump, AssociateDump):
            return None
        draft = self._of_dump(event.record, event.dump, answered=True)
        if draft is None:
            return None
        draft.take_answer(event.dump)
        draft.note(event.record, "accepted contexts")
        self._establish(draft, event.record)
        return draft

    def reject_dump(self, event: Event) -> AssociationDraft | None:
        """``scu.reject-dump``."""
        if not isinstance(event.dump, RejectDump):
            return None
        result, source, reason = reject_code(event.dump.result, event.dump.source, event.dump.reason)
        if "reason" in self._reserved_reject:
            source, reason = divmod(self._reserved_reject["reason"], 256)
        result, source = self._reserved_reject.get("result", result), self._reserved_reject.get("source", source)
        self._reserved_reject.clear()
        text = reject_text(result, source, reason)
        reject = Reject(Side.PEER, result, source, reason, text)
        asking = [d for d in self._open.of(event.record.thread) if not d.ended and d.established is None]
        if len(asking) > 1 and event.record.thread is None:
            self._unplaced_reject = reject
            return None
        draft = asking[0] if asking else self._find(event.record)
        if draft is None:
            return None
        draft.reject = reject
        draft.note(event.record, "rejected")
        return draft

    def reserved(self, event: Event) -> AssociationDraft | None:
        """DCMTK replaces reserved sources and reasons before Orthanc prints them, and says which it was."""
        code = event.fields["replaced"]
        if len(code) <= 4 and set(code) <= set(hexdigits):
            self._reserved_reject[event.fields["part"]] = int(code, 16)
        return None
