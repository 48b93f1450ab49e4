"""The one sentence that says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Confidence, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Finding
    from loganalyzer.timeline.association import Association

_LEAD = {Confidence.CERTAIN: "Cause", Confidence.LIKELY: "Most likely cause", Confidence.POSSIBLE: "Possible cause"}


def headline_of(verdict: Verdict, findings: Sequence[Finding], associations: Sequence[Association], folded: int) -> str:
    """For a failure, the share that failed and the first cause; empty for the other verdicts, which renderers word."""
    roots = [f for f in findings if f.explained_by is None and f.severity is not Severity.NOTICE]
    if verdict is not Verdict.FAILURE or not roots:
        return ""
    lead = f"{_LEAD[roots[0].confidence]}: {roots[0].title}"
    lead += "" if lead.endswith((".", "!", "?")) else "."
    total = len(associations) + folded
    failed = sum(a.failed for a in associations)
    if not total or not failed:
        return lead
    noun = "association" if total == 1 else "associations"
    return f"{failed} of {total} {noun} failed. {lead}"
