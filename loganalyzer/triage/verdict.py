"""Second thoughts about a diagnosis, from what only a post tells: that the log is cut, or that nothing is wrong.

Both make less of the findings, never more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Confidence, Severity, Verdict
from loganalyzer.dialects.products import ORTHANC, TEXT
from loganalyzer.texts import texts
from loganalyzer.triage.clauses import asks_for_help, says_all_works, says_that_something_fails
from loganalyzer.triage.products import product_in, speaks_of_orthanc

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis, Finding, LogSummary

_FEW_LINES = 2000
_GOES_ON = 3
_FEW_UNDERSTOOD = 8
_START = ("plugin-", "python-", "lua-", "configuration-", "shared-")
#: What Orthanc never goes on after, whatever a debugger or a shell prints behind it.
_STOPS_THE_START = frozenset({"configuration-syntax-error", "configuration-file-missing"})


def reconsidered(diagnosis: Diagnosis, prose: str, whole: str) -> Diagnosis:
    """The diagnosis with the verdict that fits the whole post; ``prose`` are its sentences.

    ``whole`` is all of its text.
    """
    if _is_cut_start(diagnosis):
        return _with_notices(diagnosis, Verdict.CANNOT_TELL)
    product = product_in(whole)
    if product is not None and (_is_other_server(diagnosis, whole) or diagnosis.verdict is Verdict.NOT_ORTHANC):
        return _with_notices(diagnosis, Verdict.NOT_ORTHANC, texts()("triage.verdict.product", product=product))
    if _is_thin(diagnosis) and (says_that_something_fails(prose) or asks_for_help(prose)):
        return _with_notices(diagnosis, Verdict.CANNOT_TELL, texts()("triage.verdict.thin"))
    if _is_only_prose(diagnosis, prose, whole):
        return replace(diagnosis, verdict=Verdict.CANNOT_TELL, headline=texts()("triage.verdict.prose"))
    if _may_be_noise(diagnosis) and says_all_works(prose):
        return _with_notices(diagnosis, Verdict.HEALTHY)
    return diagnosis


def _is_thin(diagnosis: Diagnosis) -> bool:
    """Whether a log without a failure is a few lines, or breaks off, and no association in it is told to its end."""
    if diagnosis.verdict is not Verdict.HEALTHY or any(a.outcome == "released" for a in diagnosis.associations):
        return False
    lines = sum(log.understood_lines for log in diagnosis.logs)
    return lines <= _FEW_UNDERSTOOD or bool(diagnosis.associations)


def _is_cut_start(diagnosis: Diagnosis) -> bool:
    """Whether the only log ends while Orthanc starts, and nothing in it is what stopped the start.

    What goes wrong at a start and does not end it is followed by more lines of the start.
    """
    if diagnosis.verdict not in (Verdict.FAILURE, Verdict.HEALTHY) or len(diagnosis.logs) != 1:
        return False
    log = diagnosis.logs[0]
    if not ends_in_start(log) or diagnosis.associations:
        return False
    return all(
        f.severity is Severity.NOTICE
        or (f.cause.startswith(_START) and f.cause not in _STOPS_THE_START and _went_on(f, log))
        for f in diagnosis.findings
    )


def _is_other_server(diagnosis: Diagnosis, whole: str) -> bool:
    """Whether nothing speaks of Orthanc, and the log is that of another server that is known, or of its client."""
    logs = all(log.product not in (ORTHANC, TEXT) for log in diagnosis.logs)
    return logs and bool(diagnosis.logs) and not speaks_of_orthanc(whole)


def _is_only_prose(diagnosis: Diagnosis, prose: str, whole: str) -> bool:
    """Whether there is no log, but sentences at most, or what could not be read to its end."""
    told = 2 * _lines_of(prose) >= _lines_of(whole)
    if diagnosis.verdict is Verdict.CANNOT_TELL and diagnosis.logs and not diagnosis.findings:
        return told and all(log.product == TEXT and not log.runs for log in diagnosis.logs)
    if diagnosis.verdict is not Verdict.NOT_ORTHANC or any(log.product != "unknown" for log in diagnosis.logs):
        return False
    return told or not diagnosis.complete


def _lines_of(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def ends_in_start(log: LogSummary) -> bool:
    """Whether a log breaks off while Orthanc starts."""
    last = log.runs[-1] if log.runs else None
    return (
        last is not None
        and last.orthanc_version is not None
        and last.ended == "open"
        and "ready" not in last.facts
        and last.dicom_port is None
        and log.lines < _FEW_LINES
    )


def _went_on(finding: Finding, log: LogSummary) -> bool:
    return max((e.line for e in finding.evidence), default=log.lines) + _GOES_ON <= log.lines


def _may_be_noise(diagnosis: Diagnosis) -> bool:
    """Whether a log shows no failure that stands whatever the person says: a certain error, or a failed association."""
    failed = {association.id for association in diagnosis.associations if association.failed}
    return diagnosis.verdict in (Verdict.FAILURE, Verdict.CANNOT_TELL) and not any(
        finding.severity is Severity.ERROR
        and (finding.confidence is not Confidence.POSSIBLE or not failed.isdisjoint(finding.associations))
        for finding in diagnosis.findings
    )


def _with_notices(diagnosis: Diagnosis, verdict: Verdict, headline: str | None = None) -> Diagnosis:
    findings = tuple(replace(f, severity=Severity.NOTICE) for f in diagnosis.findings)
    if verdict is Verdict.HEALTHY and not diagnosis.complete:
        verdict = Verdict.CANNOT_TELL
    headline = headline or texts()(f"triage.verdict.{verdict}")
    return replace(diagnosis, verdict=verdict, findings=findings, headline=headline)
