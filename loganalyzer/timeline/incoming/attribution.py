"""Which of several associations a line is about, where it names none or they bear the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Side
from loganalyzer.timeline.phases import seconds_between

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loganalyzer.dumps.dump import DimseDump
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.draft import AssociationDraft, OperationDraft

_VERIFICATION = "1.2.840.10008.1.1"  # the dump of a C-ECHO does not name its SOP class
_COMMITMENT = "1.2.840.10008.1.20.1"
_SERVED_AGAIN_S = 0.6  # nothing is waited for longer before other associations have their turn
_NOT_STORED = "answered, but no line says that the instance was stored"
_CUT_OFF = "Orthanc ended before the instance was stored"
_NONE_TAKEN = "the client took none of the instances"


def pick(likely: list[AssociationDraft]) -> AssociationDraft | None:
    """Of the associations that a request may have come in on, the one that has waited longest.

    They are marked as inferred when they are several.
    """
    if len(likely) > 1:
        for draft in likely:
            draft.inferred = True
    return min(likely, key=last_line, default=None)


def narrowed(
    candidates: list[AssociationDraft],
    command: str,
    dump: DimseDump | None,
    record: Record,
    *,
    crowded: bool,
    going_on: Callable[[list[AssociationDraft]], list[AssociationDraft]],
) -> list[AssociationDraft]:
    """Those of several open associations of one name that a request has most likely come in on.

    Only the presentation context is proof. The rest is likely, in this order: message ids are counted on; who waits for
    an answer asks nothing, nor does who has most likely ended (``going_on`` leaves those out); the thread serves who it
    served before; who asks has asked for the like before, or for nothing yet. When it is ``crowded``, with more
    associations than threads, these take turns.
    """
    if len(candidates) <= 1:
        return candidates
    fitting = [d for d in candidates if dump is None or fits(d, dump)] or candidates
    if len(fitting) <= 1:
        return fitting
    for draft in fitting:
        draft.inferred = True
    counting = _counting(fitting, dump) or fitting
    idle = going_on([d for d in counting if not (d.operations and (storing(d) or retrieving(d)))] or counting)
    kept = idle if crowded else served_by(idle, record)
    likely = kept if len(kept) < len(idle) else following(idle, dump) or idle
    if crowded:
        return likely
    return [d for d in likely if not d.operations or _has_asked(d, command)] or likely


def _has_asked(draft: AssociationDraft, command: str) -> bool:
    return any(o.command == command and o.requested_by is Side.PEER for o in draft.operations)


def served_by(candidates: list[AssociationDraft], record: Record) -> list[AssociationDraft]:
    """Those that the thread of a record has just served, else those that no other one has; all, where it tells nothing.

    A thread that has answered puts the association into a queue and takes the first one out of it
    (``RunnableWorkersPool.cpp``): the same, unless there are more associations than threads or nothing comes in.
    """
    if record.thread is None or len(candidates) <= 1:
        return candidates
    recent = [d for d in candidates if (seconds_between(_last_time(d), record.time) or 0.0) < _SERVED_AGAIN_S]
    mine = [d for d in recent if d.served_by == record.thread]
    return mine or [d for d in candidates if d.served_by is None or d not in recent] or candidates


def _last_time(draft: AssociationDraft) -> datetime | None:
    return draft.operations[-1].start if draft.operations else None


def settle(draft: AssociationDraft) -> None:
    """The peer goes on, so its last request was answered.

    A C-STORE of which no line says that the instance was stored, discarded or refused has failed: Orthanc logs each
    of these (``ServerContext.cpp``), but not a data set that it cannot read. Where the beginning of the association is
    not in the log, somebody may have shown some of its lines only.
    """
    last = draft.operations[-1] if draft.operations else None
    if last is None or not _comes_in(last) or last.ok is not None or last.uncertain:
        return
    if not draft.inferred and not draft.headless:
        last.ok, last.detail = False, _NOT_STORED


def cut_off(draft: AssociationDraft) -> None:
    """Orthanc has ended: what was still coming in was not stored."""
    last = draft.operations[-1] if draft.operations else None
    if last is not None and storing(draft) and not draft.inferred:
        last.ok, last.detail = False, _CUT_OFF


def settle_get(draft: AssociationDraft, record: Record) -> None:
    """The peer has released: a C-GET of which it took no instance has failed, which no line says (``GetScp.cpp``)."""
    gets = draft.requests("C-GET", Side.PEER)
    if len(gets) != 1 or gets[0].ok is not None or draft.inferred:
        return
    sent = draft.requests("C-STORE", Side.ORTHANC)
    if sent and all(o.ok is False for o in sent):
        gets[0].fail(_NONE_TAKEN, record)


def following(candidates: list[AssociationDraft], dump: DimseDump | None) -> list[AssociationDraft]:
    """Those on which the message id of a request is the next one; none, where peers that do not count may be meant."""
    if dump is None or dump.message_id is None:
        return []
    if any(d.same_message_ids and d.last_message_id == dump.message_id for d in candidates):
        return []
    return [d for d in candidates if (d.last_message_id or 0) + 1 == dump.message_id]


def _counting(candidates: list[AssociationDraft], dump: DimseDump | None) -> list[AssociationDraft]:
    """Those on which a message id is the next one, or may be the same again where it is not.

    Peers of one name are of one kind: where one is known to give all its messages the same id, the others may do so.
    """
    if dump is None or dump.message_id is None:
        return candidates
    again = [d for d in candidates if d.same_message_ids is not False and d.last_message_id == dump.message_id]
    counted = [d for d in candidates if not d.same_message_ids and (d.last_message_id or 0) + 1 == dump.message_id]
    alike = any(d.same_message_ids for d in again)
    return [d for d in candidates if d in again or d in counted] if alike else counted or again


def _comes_in(operation: OperationDraft) -> bool:
    return operation.command == "C-STORE" and operation.requested_by is Side.PEER


def storing(draft: AssociationDraft) -> bool:
    """Whether an image is coming in: no line says yet that it was stored, so the peer has not ended in good order."""
    last = draft.operations[-1]
    return _comes_in(last) and last.ok is None and not last.uncertain


def retrieving(draft: AssociationDraft) -> bool:
    """Whether it may still be sent what it asked for: that is answered, but no line says when."""
    last = draft.operations[-1]
    return last.ok is None and (last.command in ("C-MOVE", "C-GET") or last.requested_by is Side.ORTHANC)


def last_line(draft: AssociationDraft) -> int:
    """Where it was last heard of: its last request, or the end of its negotiation."""
    return draft.operations[-1].line if draft.operations else draft.end_line or 0


def fits(draft: AssociationDraft, dump: DimseDump) -> bool:
    """Whether a request may have come in on this association: its context exists there with its abstract syntax."""
    if draft.answered is None or dump.context_id is None:
        return True
    context = next((c for c in draft.answered if c.id == dump.context_id), None)
    if context is None or context.result != "accepted":
        return False
    wanted = _VERIFICATION if dump.command == "C-ECHO" else dump.sop_class
    of_meta = dump.command.startswith("N-") and wanted != _COMMITMENT  # a meta SOP class may stand for it (PS3.7 8.2)
    return wanted is None or of_meta or context.abstract_syntax == wanted
