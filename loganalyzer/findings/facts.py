"""The facts that signatures may name beside the plain fields of what they judge.

A fact is computed from finished associations, operations and runs; it is typed, documented here, and None where the log
does not show it. When a signature does not fit the condition language, a fact is added here, never syntax there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loganalyzer.dicom import is_storage_class
from loganalyzer.findings.sighting import Scene, Sighting
from loganalyzer.timeline.association import Association, Direction, Operation, PresentationContext

if TYPE_CHECKING:
    from collections.abc import Callable

_VERIFICATION = "1.2.840.10008.1.1"
_UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def association_lookup(association: Association, scene: Scene) -> Callable[[str], Any]:
    """Fields and facts of an association; ``operation.*`` are those of its last failed or last operation."""

    def lookup(name: str) -> Any:  # noqa: ANN401 - fields of any type
        if name in ASSOCIATION_FACTS:
            return ASSOCIATION_FACTS[name](association, scene)
        if name.startswith("run."):
            return run_value(scene, association.log, association.run, name[4:])
        if name.startswith("reject."):
            return getattr(association.reject, name[7:], None) if association.reject is not None else None
        if name.startswith("caused_by."):
            cause = scene.by_id.get(association.caused_by or "")
            return association_lookup(cause, scene)(name[10:]) if cause is not None else None
        if name.startswith("operation."):
            operation = last_operation(association)
            return getattr(operation, name[10:], None) if operation is not None else None
        value = getattr(association, name, None)
        return str(value) if hasattr(value, "value") and isinstance(value, str) else value

    return lookup


def event_lookup(sighting: Sighting, scene: Scene) -> Callable[[str], Any]:
    """Fields of an event; ``association.*`` are those of the association it belongs to, ``run.*`` of its run."""
    association = scene.by_draft.get((sighting.log, sighting.draft)) if sighting.draft is not None else None

    def lookup(name: str) -> Any:  # noqa: ANN401
        if name == "event":
            return sighting.type
        if name in sighting.fields:
            return sighting.fields[name]
        if name in {"level", "file", "thread", "message", "plugin", "category"}:
            return getattr(sighting.record, name)
        if name.startswith("association."):
            if name == "association.exists":
                return association is not None
            return association_lookup(association, scene)(name[12:]) if association is not None else None
        if name.startswith("run."):
            return run_value(scene, sighting.log, sighting.run, name[4:])
        return None

    return lookup


def run_value(scene: Scene, log: int, run: int, name: str) -> Any:  # noqa: ANN401
    """A field of a run, or what one of its start-up lines said."""
    found = scene.runs.get((log, run))
    if found is None:
        return None
    value = getattr(found, name, None)
    return value if value is not None else found.facts.get(name)


def last_operation(association: Association) -> Operation | None:
    """The operation that went wrong, else the last one."""
    failed = [o for o in association.operations if o.ok is False]
    return (failed or list(association.operations) or [None])[-1]


def refused_contexts(association: Association) -> list[PresentationContext]:
    """The contexts that were answered and not accepted."""
    return [c for c in association.contexts if c.result not in (None, "accepted")]


def _refused_kind(association: Association, _scene: Scene) -> str | None:
    """Why contexts were refused: ``sop-class``, ``transfer-syntax``, ``mixed``, None when none was.

    Orthanc answers *abstract syntax not supported* (result 3) for a transfer syntax that it does not accept as well, so
    for an incoming association the proposal decides: a SOP class of which nothing uncompressed was proposed, and which
    is a storage class of the standard, was refused for its transfer syntax.
    """
    refused = refused_contexts(association)
    if not refused:
        return None
    accepted = {c.abstract_syntax for c in association.contexts if c.result == "accepted"}
    kinds = {_kind_of(c, association.direction) for c in refused if c.abstract_syntax not in accepted}
    if not kinds:
        return None
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _kind_of(context: PresentationContext, direction: Direction) -> str:
    if context.result == "transfer-syntaxes-not-supported":
        return "transfer-syntax"
    if direction is Direction.OUTGOING:
        return "sop-class"
    uncompressed = any(t in _UNCOMPRESSED for t in context.transfer_syntaxes)
    return "transfer-syntax" if is_storage_class(context.abstract_syntax) and not uncompressed else "sop-class"


def _unused(association: Association, _scene: Scene) -> bool | None:
    """Whether it was accepted and nothing was asked on it."""
    if association.established is None:
        return None
    return not association.operations


def _only_verification(association: Association, _scene: Scene) -> bool | None:
    if not association.contexts:
        return None
    return all(c.abstract_syntax == _VERIFICATION for c in association.contexts)


def _refused_syntaxes(association: Association, _scene: Scene) -> str | None:
    refused = refused_contexts(association)
    names = list(dict.fromkeys(t for c in refused for t in c.transfer_syntaxes))
    return ", ".join(names[:4]) or None


def _refused_classes(association: Association, _scene: Scene) -> str | None:
    names = list(dict.fromkeys(c.abstract_syntax for c in refused_contexts(association)))
    return ", ".join(names[:4]) or None


def _child_outcome(association: Association, scene: Scene) -> str | None:
    children = scene.children.get(association.id, [])
    return str(children[-1].outcome) if children else None


def _failed_commands(association: Association, _scene: Scene) -> list[str]:
    return [o.command for o in association.operations if o.ok is False]


def _orthanc_aet(association: Association, scene: Scene) -> str | None:
    known = run_value(scene, association.log, association.run, "aet")
    return str(known) if known is not None else None


ASSOCIATION_FACTS: dict[str, Callable[[Association, Scene], Any]] = {
    "failed": lambda a, _: a.failed,
    "established": lambda a, _: a.established is not None,
    "peer_aet": lambda a, _: a.peer_aet,
    "refused": lambda a, _: len(refused_contexts(a)) if a.contexts_accepted is not None and a.contexts else None,
    "refused.kind": _refused_kind,
    "refused.syntaxes": _refused_syntaxes,
    "refused.classes": _refused_classes,
    "unused": _unused,
    "only_verification": _only_verification,
    "child.outcome": _child_outcome,
    "failed_commands": _failed_commands,
    "orthanc_aet": _orthanc_aet,
    "duration": lambda a, _: (a.end - a.start).total_seconds() if a.end and a.start else None,
}
