"""The verdict: what the logs as a whole amount to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.dialects.products import NO_PROGRAM, ORTHANC, UNKNOWN_PRODUCT
from loganalyzer.timeline.association import Direction, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import LogSummary
    from loganalyzer.timeline.association import Association

_BROKEN_OFF = (Outcome.ABORTED, Outcome.LOST, Outcome.TIMEOUT)


def verdict_of(logs: Sequence[LogSummary], associations: Sequence[Association], *, findings_failed: bool) -> Verdict:
    """``findings_failed``: a finding that no other explains, and that is more than a notice.

    The log of a client says something about the Orthanc that it called. The log of another server says nothing about
    Orthanc unless Orthanc called it, which only its AET can tell.
    """
    products = {log.product for log in logs}
    if ORTHANC not in products and products - NO_PROGRAM and _serves_others(associations):
        return Verdict.NOT_ORTHANC
    if findings_failed:
        return Verdict.FAILURE
    if products <= {UNKNOWN_PRODUCT}:
        return Verdict.NOT_ORTHANC
    if products <= NO_PROGRAM:
        return Verdict.CANNOT_TELL
    if ORTHANC not in products:
        return Verdict.HEALTHY if _went_well(associations) else Verdict.CANNOT_TELL
    if any(a.outcome in _BROKEN_OFF and a.failed for a in associations):
        # It broke off, and nothing that is known says why.
        return Verdict.CANNOT_TELL
    own = (log for log in logs if log.product == ORTHANC)
    return Verdict.HEALTHY if any(log.level in ("verbose", "trace") for log in own) else Verdict.CANNOT_TELL


def _serves_others(associations: Sequence[Association]) -> bool:
    """Whether all that the logs show is a server with clients none of which is called Orthanc."""
    return any(a.calling_aet or a.called_aet for a in associations) and not any(
        a.direction is Direction.OUTGOING or "ORTHANC" in f"{a.calling_aet} {a.called_aet}".upper()
        for a in associations
    )


def _went_well(associations: Sequence[Association]) -> bool:
    """Whether all was released, and answered well; some programs do not log what they answer."""
    return len(associations) > 0 and all(
        a.outcome is Outcome.RELEASED and not a.failed and all(o.ok for o in a.operations) for a in associations
    )
