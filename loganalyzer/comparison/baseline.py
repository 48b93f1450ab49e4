"""Known findings: a diagnosis in which what somebody has accepted before is no failure any more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.comparison.compare import DocumentError, findings_of_document
from loganalyzer.diagnosis.cuts import unless_cut
from loganalyzer.diagnosis.headline import headline_of
from loganalyzer.diagnosis.model import Severity, Verdict
from loganalyzer.diagnosis.verdict import verdict_of
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis, Finding

_MAX_BYTES = 1 << 20
_LINE = re.compile(r"(?:F-\w+-)?([0-9a-f]{6,64})(?:\s.*)?")


def known_fingerprints(path: str) -> frozenset[str]:
    """The fingerprints of a JSON document of ``diagnose``, or of a text with one a line (``#`` begins a remark).

    A line may also be the name of a finding in a report, ``F-LA101-0123456789``.

    Raises:
        DocumentError: the file is neither, in one sentence.
        OSError: the file cannot be read.
    """
    findings = findings_of_document(path)
    if findings is not None:
        return frozenset(f.fingerprint for f in findings)
    with Path(path).open("rb") as stream:
        text = stream.read(_MAX_BYTES + 1).decode("utf-8", "replace")
    lines = [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]
    matches = [_LINE.fullmatch(line) for line in lines]
    if len(text) > _MAX_BYTES or not all(matches):
        at = next((n for n, raw in enumerate(text.splitlines(), 1) if not _fits(raw)), 1)
        raise DocumentError(
            f"{path}: line {at} is no fingerprint; a baseline is a JSON document of diagnose, or a fingerprint a line"
        )
    return frozenset(match[1] for match in matches if match)


def accept(diagnosis: Diagnosis, known: frozenset[str]) -> Diagnosis:
    """The diagnosis with the findings of ``known``, and what they explain, as notices behind all others.

    Where nothing else failed, the verdict is what the logs without them amount to.
    """
    codes = {f.code for f in diagnosis.findings if f.explained_by is None and f.fingerprint not in known}
    findings = [_accepted(f) if _is_known(f, known, codes) else f for f in diagnosis.findings]
    findings.sort(key=lambda f: f.known)
    if diagnosis.verdict is not Verdict.FAILURE or not any(f.known for f in findings):
        return replace(diagnosis, findings=tuple(findings))
    failed = any(f.severity is not Severity.NOTICE and f.explained_by is None for f in findings)
    told = {name for f in findings for name in f.associations}  # why these broke off is known
    others = [a for a in diagnosis.associations if a.id not in told or not a.failed]
    verdict = verdict_of(diagnosis.logs, others, findings_failed=failed)
    verdict = unless_cut(verdict, diagnosis.problems)
    if failed:
        seen = diagnosis.associations, diagnosis.folded_associations, diagnosis.pairs
        headline = headline_of(verdict, findings, *seen)
    else:
        headline = texts().count("headline.known", sum(f.known and f.explained_by is None for f in findings))
    return replace(diagnosis, findings=tuple(findings), verdict=verdict, headline=headline)


def _fits(raw: str) -> bool:
    line = raw.partition("#")[0].strip()
    return not line or _LINE.fullmatch(line) is not None


def _is_known(finding: Finding, known: frozenset[str], new_codes: set[str]) -> bool:
    """Whether a finding is accepted itself, or is a symptom of accepted ones only."""
    if finding.fingerprint in known:
        return True
    return finding.explained_by is not None and finding.explained_by not in new_codes


def _accepted(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.NOTICE, known=True)
