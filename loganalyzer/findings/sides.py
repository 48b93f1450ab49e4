"""Two logs of one conversation: what Orthanc's own log says explains what the other side's log says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit


def explain_other_side(hits: list[Hit]) -> None:
    """Folds each hit in another program's log under one of Orthanc's that is about the same two AETs.

    Orthanc's log is the better witness: a client only sees that it was refused. Where the log of the client does not
    name its AETs, nothing ties the two, and both stand.
    """
    own: dict[str, list[Hit]] = {}
    for hit in hits:
        calling = hit.values.get("calling_aet")
        if (
            hit.signature.logs == "orthanc"
            and hit.signature.severity != "notice"
            and calling
            and hit.explained_by is None
        ):
            own.setdefault(calling, []).append(hit)
    for hit in hits:
        if hit.signature.logs != "peers" or hit.explained_by is not None:
            continue
        called = hit.values.get("called_aet")
        for cause in own.get(hit.values.get("calling_aet", ""), ()):
            if called in (None, cause.values.get("called_aet", called)):
                hit.explained_by = cause.signature
                cause.explains.append(hit)
                break
