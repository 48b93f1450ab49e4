"""The facts that signatures may name beside the plain fields of what they judge.

A fact is computed from finished associations, operations and runs; it is typed, documented here, and None where the log
does not show it. When a signature does not fit the condition language, a fact is added here, never syntax there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from loganalyzer.dicom import is_storage_class, uid_name
from loganalyzer.timeline.association import Association, Direction, Operation, PresentationContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.findings.sighting import Scene, Sighting

    Lookup = Callable[[str], Any]

_VERIFICATION = "1.2.840.10008.1.1"
_WORKLIST = "1.2.840.10008.5.1.4.31"
_IMPLICIT_VR = "1.2.840.10008.1.2"
_OF_RECORD = frozenset({"level", "file", "thread", "message", "plugin", "category"})
_ACCEPTED = "accepted"


def association_lookup(association: Association, scene: Scene) -> Lookup:
    """Fields and facts of an association.

    ``operation.*`` are those of its last failed or last operation, ``caused_by.*`` those of the association on whose
    behalf it was opened, ``child.*`` those of the last one opened on its own behalf, ``run.*`` those of its run.
    """

    def lookup(name: str) -> Any:  # noqa: ANN401 - fields of any type
        if name in ASSOCIATION_FACTS:
            return ASSOCIATION_FACTS[name](association, scene)
        head, _, rest = name.partition(".")
        if not rest:
            return _plain(getattr(association, name, None))
        if head == "run":
            return run_value(scene, association.log, association.run, rest)
        if head == "reject":
            return _plain(getattr(association.reject, rest, None))
        if head == "operation":
            return _plain(getattr(last_operation(association), rest, None))
        other = None
        if head == "caused_by":
            other = scene.by_id.get(association.caused_by or "")
        elif head == "child":
            other = scene.by_id.get(next(reversed(scene.children.get(association.id, [])), ""))
        return association_lookup(other, scene)(rest) if other is not None else None

    return lookup


def operation_lookup(operation: Operation, association: Association, scene: Scene) -> Lookup:
    """Fields of an operation; ``failed_suboperations``; ``association.*`` are those of its association."""
    above = association_lookup(association, scene)

    def lookup(name: str) -> Any:  # noqa: ANN401
        if name.startswith("association."):
            return above(name.removeprefix("association."))
        if name.startswith("run."):
            return above(name)
        if name == "failed_suboperations":
            return operation.suboperations.get("failed")
        return _plain(getattr(operation, name, None))

    return lookup


def event_lookup(sighting: Sighting, scene: Scene) -> Lookup:
    """Fields of an event.

    ``preceded_by`` and ``followed_by`` are the names of the events that the same thread logged shortly before and
    after, ``carried_by`` those after it that carry it on (``IMoveRequestHandler Failed: Error in the network
    protocol``); ``occurrences`` counts the events of its name; ``association.*`` are those of the association it
    belongs to, ``run.*`` of its run.
    """
    fields = sighting.fields

    def lookup(name: str) -> Any:  # noqa: ANN401
        if name == "event":
            return sighting.type
        if name in fields:
            return fields[name]
        if name in _OF_RECORD:
            return getattr(sighting.record, name)
        if name in EVENT_FACTS:
            return EVENT_FACTS[name](sighting, scene)
        if name.startswith("association."):
            association = scene.of_sighting(sighting)
            if name == "association.exists":
                return association is not None
            return association_lookup(association, scene)(name[12:]) if association is not None else None
        if name.startswith("run."):
            return run_value(scene, sighting.log, sighting.run, name[4:])
        return None

    return lookup


def _plain(value: Any) -> Any:  # noqa: ANN401
    return str(value) if isinstance(value, str) else value


def run_value(scene: Scene, log: int, run: int, name: str) -> Any:  # noqa: ANN401
    """A field of a run, or what one of its start-up lines said."""
    found = scene.runs.get((log, run))
    if found is None:
        return None
    value = getattr(found, name, None)
    return value if value is not None else found.facts.get(name)


def run_lookup(scene: Scene, log: int, run: int) -> Lookup:
    """Fields of a run."""
    return lambda name: run_value(scene, log, run, name)


# ---- of an association -----------------------------------------------------------------------------------------------


def last_operation(association: Association) -> Operation | None:
    """The operation that went wrong, else the last one."""
    failed = [o for o in association.operations if o.ok is False]
    return next(reversed(failed or association.operations), None)


def refused_contexts(association: Association) -> list[PresentationContext]:
    """The contexts that were answered and not accepted."""
    return [c for c in association.contexts if c.result not in (None, _ACCEPTED)]


def _missing_contexts(association: Association) -> list[PresentationContext]:
    """The refused contexts whose abstract syntax was accepted in no other context."""
    accepted = {c.abstract_syntax for c in association.contexts if c.result == _ACCEPTED}
    return [c for c in refused_contexts(association) if c.abstract_syntax not in accepted]


def lacking_contexts(association: Association) -> list[PresentationContext]:
    """What the client lacks: the missing contexts of what could be stored, others only where there is none of these.

    Beside what could be stored, services that Orthanc does not offer (printing, MPPS) do not count.
    """
    missing = _missing_contexts(association)
    return list(filter(_is_storable, missing)) or missing


def _could_be_stored(association: Association, _scene: Scene) -> bool | None:
    """Whether a missing SOP class is one whose instances are stored: of the standard's storage classes, or private."""
    missing = _missing_contexts(association)
    if not missing:
        return None
    return any(map(_is_storable, missing))


def _is_storable(context: PresentationContext) -> bool:
    return is_storage_class(context.abstract_syntax) or uid_name(context.abstract_syntax)[:1].isdigit()


def _refused_kind(association: Association, scene: Scene) -> str | None:
    """Why contexts were refused: ``sop-class``, ``transfer-syntax``, ``mixed``, None when nothing is missing.

    Orthanc answers *abstract syntax not supported* (result 3) for a transfer syntax that it does not accept as well, so
    for an incoming association the proposal decides. It was the transfer syntax when the same SOP class was accepted
    from somebody in this log, or is a storage class of the standard that was not offered in implicit VR, which every
    side that is open to others accepts (PS3.5 10.1). What Orthanc itself needs it proposes first, before the classes
    that it may need later (DicomStoreUserConnection.cpp, NegotiatePresentationContext): there the first one counts.
    """
    kinds = [_kind_of(c, association, scene) for c in lacking_contexts(association)]
    if not kinds:
        return None
    return kinds[0] if association.direction is Direction.OUTGOING or len(set(kinds)) == 1 else "mixed"


def _refused_by_proposal(association: Association, scene: Scene) -> str | None:
    """The same where Orthanc may have been the one who was asked: the proposal decides."""
    return _refused_kind(replace(association, direction=Direction.INCOMING), scene)


def _kind_of(context: PresentationContext, association: Association, scene: Scene) -> str:
    if context.result == "transfer-syntaxes-not-supported":
        return "transfer-syntax"
    if association.direction is Direction.OUTGOING:
        return "sop-class"
    if context.abstract_syntax in scene.census(association.log).accepted:
        return "transfer-syntax"
    other_syntax = is_storage_class(context.abstract_syntax) and _IMPLICIT_VR not in context.transfer_syntaxes
    return "transfer-syntax" if other_syntax else "sop-class"


def _repeated_ids(association: Association, _scene: Scene) -> bool | None:
    """Whether two of the proposed contexts have one identifier (PS3.8 9.3.2.2 forbids it, and so more than 128)."""
    if not association.contexts:
        return None
    return len({c.id for c in association.contexts}) < len(association.contexts)


def _unused(association: Association, _scene: Scene) -> bool | None:
    """Whether it was accepted and nothing was asked on it."""
    return None if association.established is None else not association.operations


def _only_verification(association: Association, _scene: Scene) -> bool | None:
    if not association.contexts:
        return None
    return all(c.abstract_syntax == _VERIFICATION for c in association.contexts)


def _asked_worklist(association: Association, _scene: Scene) -> bool | None:
    """Whether it proposed Modality Worklist (PS3.4 K) and it was refused."""
    if not association.contexts:
        return None
    return any(c.abstract_syntax == _WORKLIST for c in _missing_contexts(association))


def _failed_commands(association: Association, _scene: Scene) -> list[str]:
    return [o.command for o in association.operations if o.ok is False]


ASSOCIATION_FACTS: dict[str, Callable[[Association, Scene], Any]] = {
    "failed": lambda a, _: a.failed,
    "established": lambda a, _: a.established is not None,
    "refused": lambda a, _: len(refused_contexts(a)) if a.contexts_accepted is not None and a.contexts else None,
    "missing": lambda a, _: len(_missing_contexts(a)) if a.contexts_accepted is not None and a.contexts else None,
    "missing.storable": _could_be_stored,
    "refused.kind": _refused_kind,
    "refused.by_proposal": _refused_by_proposal,
    "refused.worklist": _asked_worklist,
    "repeated_ids": _repeated_ids,
    "unused": _unused,
    "only_verification": _only_verification,
    "commands": lambda a, _: [o.command for o in a.operations],
    "failed_commands": _failed_commands,
    "known": lambda a, scene: _is_known(a.log, a.peer_aet, scene),
}


# ---- of an event -----------------------------------------------------------------------------------------------------


def _is_known(log: int, aet: str | None, scene: Scene) -> bool:
    """Whether a log shows that an AET is in ``DicomModalities``: Orthanc calls by that list."""
    return aet in scene.census(log).called


def similar_aet(log: int, aet: str | None, scene: Scene) -> str | None:
    """An AET that Orthanc knows or served in this log, and that differs from this one by case, blanks or one edit."""
    return scene.census(log).names.to(aet) if aet is not None else None


def _carried_by(sighting: Sighting, _scene: Scene) -> list[str]:
    """An exception is printed twice: where it is thrown with its details, and, without them, where it is caught."""
    message = sighting.record.message
    return [s.type for s in sighting.after() if message.startswith(s.fields.get("condition", "\0"))]


EVENT_FACTS: dict[str, Callable[[Sighting, Scene], Any]] = {
    "carried_by": _carried_by,
    "occurrences": lambda s, scene: scene.occurrences.get(s.type, 0),
    "preceded_by": lambda s, _: [other.type for other in s.before()],
    "followed_by": lambda s, _: [other.type for other in s.after()],
    "known": lambda s, scene: _is_known(s.log, s.fields.get("calling_aet"), scene),
    "similar_aet": lambda s, scene: similar_aet(s.log, s.fields.get("calling_aet"), scene),
}
