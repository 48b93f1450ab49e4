"""What is done on an association: DIMSE requests and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dumps.dump import DimseDump
from loganalyzer.timeline.association import Direction, Side
from loganalyzer.timeline.draft import OperationDraft
from loganalyzer.timeline.wire.book import WireBook

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft

_PENDING = ("0xff00", "0xff01")


class Operations(WireBook):
    """The handlers of the events that tell of DIMSE messages."""

    def operation(self, event: Event) -> AssociationDraft | None:
        """``wire.operation``."""
        dump = event.dump if isinstance(event.dump, DimseDump) else _as_dump(event.fields)
        if dump.command == "C-CANCEL":
            return self._by_name(event) or self._current()
        if dump.request:
            return self._asked(event, dump, provisional=not isinstance(event.dump, DimseDump))
        return self._answered(event, dump)

    def _asked(self, event: Event, dump: DimseDump, *, provisional: bool) -> AssociationDraft:
        sender = Side.PEER if dump.incoming else Side.ORTHANC
        prefer = Direction.INCOMING if dump.incoming else Direction.OUTGOING
        sub = self._current(Direction.OUTGOING) if event.fields.get("sub") == "yes" else None
        draft = (
            self._by_name(event)
            or sub
            or self._fitting(dump, prefer)
            or self._current(prefer=prefer)
            or self._begun(prefer)
        )
        last = draft.operations[-1] if draft.operations else None
        if (
            last is not None
            and last.provisional
            and last.command == dump.command
            and last.requested_by is sender
            and not provisional
        ):
            last.provisional = False
            last.sop_class, last.sop_instance = dump.sop_class or last.sop_class, dump.sop_instance
            last.move_destination, last.message_id = dump.move_destination, dump.message_id
            return draft
        record = event.record
        operation = OperationDraft(
            dump.command, sender, dump.message_id, record.line, record.time, dump.sop_class, dump.sop_instance,
            move_destination=dump.move_destination, provisional=provisional,
        )  # fmt: skip
        draft.begin(operation)
        draft.acknowledged = True
        draft.note(record, dump.command)
        return draft

    def _fitting(self, dump: DimseDump, prefer: Direction) -> AssociationDraft | None:
        """Several are open at once: contexts, SOP classes and the order of message ids say which one is meant."""
        candidates = [d for d in self._open if _can_carry(d, dump)]
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        candidates = [d for d in candidates if d.direction is prefer] or candidates
        idle = [d for d in candidates if not any(o.ok is None and o.status is None for o in d.operations)] or candidates
        following = [d for d in idle if (d.last_message_id or 0) + 1 == dump.message_id] or idle
        if len(following) > 1:
            for draft in following:
                draft.inferred = True
        return max(following, key=lambda d: d.end_line or 0)

    def _answered(self, event: Event, dump: DimseDump) -> AssociationDraft | None:
        asked_by = Side.ORTHANC if dump.incoming else Side.PEER
        named = self._by_name(event)
        drafts = [named] if named is not None else sorted(self._open, key=lambda d: -(d.end_line or 0))
        message_id = dump.message_id or None  # dcmqrscp prints its own answers before it fills in the id
        for draft in drafts:
            operation = next(
                (
                    o for o in reversed(draft.operations)
                    if o.command == dump.command and o.requested_by is asked_by and o.status is None
                    and (message_id is None or o.message_id in (None, message_id))
                ),
                None,
            )  # fmt: skip
            if operation is not None:
                self._take_answer(draft, operation, event, dump)
                return draft
        if (
            named is None
            and self._open
            and any(o.command == dump.command and o.status == dump.status for d in self._open for o in d.operations)
        ):
            return None  # a line and a dump told of the same answer
        if not self._open and named is None:
            named = self._begun(Direction.OUTGOING if dump.incoming else Direction.INCOMING)
        target = named or self._current(prefer=Direction.OUTGOING if dump.incoming else Direction.INCOMING)
        if target is None or (dump.status is None and "ok" not in event.fields):
            return target
        if any(o.command == dump.command and o.requested_by is asked_by for o in target.operations):
            return target
        operation = target.begin(
            OperationDraft(dump.command, asked_by, message_id, event.record.line, None, dump.sop_class)
        )
        self._take_answer(target, operation, event, dump)
        return target

    def _take_answer(self, draft: AssociationDraft, operation: OperationDraft, event: Event, dump: DimseDump) -> None:
        operation.answer(dump, event.record)
        operation.sop_class = operation.sop_class or dump.sop_class
        ok = event.fields.get("ok")
        if dump.status is None and ok is not None:
            operation.ok, operation.end, operation.last_line = ok == "yes", event.record.time, event.record.line
            operation.detail = None if operation.ok else dump.status_text
        if dump.status not in _PENDING:
            draft.note(
                event.record, "failed" if operation.ok is False else f"{dump.command} {operation.status or 'answered'}"
            )

    def operation_failed(self, event: Event) -> AssociationDraft | None:
        """``wire.operation-failed``."""
        fields, record = event.fields, event.record
        draft = self._by_name(event) or self._current()
        if draft is None:
            return self._last
        command, condition = fields.get("command"), fields["condition"]
        operation = next((o for o in reversed(draft.operations) if o.ok is None and command in (None, o.command)), None)
        if operation is not None:
            if fields.get("unsent") == "yes":
                draft.operations.remove(operation)
            else:
                operation.fail(condition, record)
        draft.failure = draft.failure or condition
        draft.note(record, "failed")
        return draft


def _as_dump(fields: dict[str, str]) -> DimseDump:
    """What a line without a dump says of a DIMSE message."""
    number = fields.get("message_id", "")
    return DimseDump(
        command=fields["command"],
        request=fields.get("phase", "request") == "request",
        incoming=fields["sender"] == "other",
        context_id=int(fields["context_id"]) if fields.get("context_id", "").isdigit() else None,
        message_id=int(number) if number.isdigit() else None,
        sop_class=fields.get("sop_class"),
        sop_instance=fields.get("sop_instance"),
        status=fields.get("status"),
        status_text=fields.get("status_text"),
        move_destination=fields.get("move_destination"),
        suboperations=tuple(
            (k, int(fields[k])) for k in ("remaining", "completed", "failed", "warning") if fields.get(k, "").isdigit()
        ),
    )


def _can_carry(draft: AssociationDraft, dump: DimseDump) -> bool:
    """Whether a request may go over this association: a context for it was accepted, as far as the log shows it."""
    if draft.answered is None:
        return draft.acknowledged
    proposed = {c.id: c.abstract_syntax for c in draft.proposed or draft.answered}
    accepted = [c.id for c in draft.answered if c.result == "accepted"]
    if dump.context_id is not None and dump.context_id not in accepted:
        return False
    if dump.sop_class is None or dump.command.startswith("N-"):
        return bool(accepted)
    return any(proposed.get(i) == dump.sop_class for i in accepted)
