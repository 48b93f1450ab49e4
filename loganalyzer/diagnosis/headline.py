"""The one sentence that says it all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Severity, Verdict
from loganalyzer.dialects.products import NO_PROGRAM
from loganalyzer.texts import grouped, texts
from loganalyzer.timeline.pairing import counted_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Finding, LogSummary
    from loganalyzer.timeline.association import Association
    from loganalyzer.timeline.pairing import Pair

_BESIDE_THE_LOG = "configuration"
"""Signature of what a configuration shows: it explains what the log shows, and adds no failure to it."""


def headline_of(
    verdict: Verdict,
    findings: Sequence[Finding],
    associations: Sequence[Association],
    folded: int,
    pairs: Sequence[Pair] = (),
) -> str:
    """For a failure, the share that failed and the cause; empty for the other verdicts, which renderers word.

    Of several causes that each explain a part, the first is named as the first, never as the cause of all.
    """
    roots = [f for f in findings if f.explained_by is None and f.severity is not Severity.NOTICE]
    if verdict is not Verdict.FAILURE or not roots:
        return ""
    first = roots[0]
    alike = [f for f in roots if f.code == first.code]
    explained = _explained(alike, findings)
    failed = Counter(a.id in explained for a in associations if a.failed)
    beside = [f for f in roots if f.code != first.code and f.signature != _BESIDE_THE_LOG]
    others = {f.code for f in beside}
    apart = any(f.severity is Severity.ERROR and not f.associations for f in beside)
    title = first.title.rstrip(".!? ")
    t = texts()
    named = t.count("headline.alike", len(alike) - 1, title=title) if len(alike) > 1 else title
    if others and (failed[False] or (failed and apart and explained)):
        cause = t("headline.several", n=grouped(len(others) + 1), title=named)
    else:
        cause = t(f"headline.{first.confidence}" if failed else f"headline.alone.{first.confidence}", title=named)
    if not failed:
        return cause
    number, lost = counted_once(associations, pairs) if pairs else (len(associations), failed.total())
    return t.count("headline.share", number + folded, failed=grouped(lost), cause=cause)


def headline_of_another(verdict: Verdict, logs: Sequence[LogSummary]) -> str:
    """For the logs of other servers, whose they are; empty where no log could be recognised, or one is Orthanc's."""
    products = sorted({log.product for log in logs} - NO_PROGRAM)
    if verdict is not Verdict.NOT_ORTHANC or not products:
        return ""
    return texts()("headline.another", products=", ".join(products))


def _explained(causes: Sequence[Finding], findings: Sequence[Finding]) -> set[str]:
    """The associations of some findings and of those that they explain."""
    codes = {f.code for f in causes}
    return {a for f in findings if f.code in codes or f.explained_by in codes for a in f.associations}
