"""Which of several associations a line is about, where it names none or they bear the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.dumps.dump import DimseDump
    from loganalyzer.timeline.draft import AssociationDraft

_VERIFICATION = "1.2.840.10008.1.1"  # the dump of a C-ECHO does not name its SOP class
_NOT_STORED = "answered, but no line says that the instance was stored"


def pick(candidates: list[AssociationDraft], dump: DimseDump | None) -> AssociationDraft | None:
    """The association that a request came in on.

    Several may be open with the same names. Then the presentation context, the order of message ids and who has
    waited longest decide, and all of them are marked as inferred.
    """
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    fitting = [d for d in candidates if dump is None or fits(d, dump)] or candidates
    if len(fitting) == 1:
        return fitting[0]
    for draft in fitting:
        draft.inferred = True
    return min(following(fitting, dump) or fitting, key=last_line)


def settle(draft: AssociationDraft) -> None:
    """The peer goes on, so its last request was answered.

    A C-STORE of which no line says that the instance was stored, discarded or refused has failed: Orthanc logs each
    of these (``ServerContext.cpp``), but not a data set that it cannot read. Where the beginning of the association is
    not in the log, somebody may have shown some of its lines only.
    """
    last = draft.operations[-1] if draft.operations else None
    if last is None or last.command != "C-STORE" or last.ok is not None or last.uncertain:
        return
    if not draft.inferred and not draft.headless:
        last.ok, last.detail = False, _NOT_STORED


def following(candidates: list[AssociationDraft], dump: DimseDump | None) -> list[AssociationDraft]:
    """Those on which the message id of a request is the next one."""
    if dump is None or dump.message_id is None:
        return []
    return [d for d in candidates if fits(d, dump) and (d.last_message_id or 0) + 1 == dump.message_id]


def storing(draft: AssociationDraft) -> bool:
    """Whether an image is coming in: no line says yet that it was stored, so the peer has not ended in good order."""
    last = draft.operations[-1]
    return last.command == "C-STORE" and last.ok is None and not last.uncertain


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
    return wanted is None or dump.command.startswith("N-") or context.abstract_syntax == wanted
