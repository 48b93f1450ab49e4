"""Two logs of one conversation: what Orthanc's own log says explains what the other side's log says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit


def explain_other_side(hits: list[Hit]) -> None:
    """Folds what one side says under what the other side says of the same thing.

    Orthanc's log is the better witness: a client only sees that it was refused. Only where Orthanc itself is refused
    and its log does not show why, the log of the one who refuses explains it. The same thing is what is about the same
    two AETs, or where a log does not name them, what has the same cause; all else stands beside each other.
    """
    standing = [hit for hit in hits if hit.explained_by is None]
    own = [hit for hit in standing if hit.signature.logs == "orthanc" and hit.signature.severity != "notice"]
    for hit in standing:
        if hit.signature.logs != "peers":
            continue
        unsure = (one for one in own if _is_unseen(one) and hit.signature.confidence == "certain")
        of_own = next((one for one in unsure if _same(one, hit, "called_aet")), None)
        if of_own is not None:
            _fold(of_own, hit)
        elif (cause := next((one for one in own if _are_one(one, hit)), None)) is not None:
            _fold(hit, cause)


def _is_unseen(hit: Hit) -> bool:
    """Whether Orthanc was refused, and its log does not show why."""
    return hit.explained_by is None and hit.signature.confidence == "possible" and hit.signature.direction == "outgoing"


def _are_one(own: Hit, other: Hit) -> bool:
    if own.explained_by is not None:
        return False
    if _same(own, other, "calling_aet"):
        return other.values.get("called_aet") in (None, own.values.get("called_aet", other.values.get("called_aet")))
    named = all(one.values.get("calling_aet") for one in (own, other))
    return not named and own.signature.cause == other.signature.cause


def _same(one: Hit, other: Hit, name: str) -> bool:
    return bool(one.values.get(name)) and one.values[name] == other.values.get(name)


def _fold(hit: Hit, cause: Hit) -> None:
    hit.explained_by = cause.signature
    cause.explains.append(hit)
