"""From hits to findings: the same thing said many times is one finding with a count."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Compared, Confidence, Evidence, Finding, Severity, rank
from loganalyzer.findings.advice import actions_of, cause_of
from loganalyzer.findings.phrase import fill, placeholders
from loganalyzer.findings.sighting import in_order
from loganalyzer.sources.evidence import line_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loganalyzer.findings.sighting import Hit
    from loganalyzer.patternbase.load import PatternBase
    from loganalyzer.patternbase.types import Cause, Signature

    _Evidence = dict[int, Sequence[Evidence]]  # by the id() of a hit

_MAX_EVIDENCE = 14
_HITS_WITH_EVIDENCE = 4
_MAX_ASSOCIATIONS = 200
_MAX_FINDINGS_OF_SIGNATURE = 20
_MAX_TOGETHER = 100  # characters of different values that are named together
#: The values that say where the other side is.
_PLACE = ("peer_ip", "peer_port", "host")


def findings_of(hits: list[Hit], patterns: PatternBase) -> tuple[Finding, ...]:
    """The findings, ranked: causes before what they explain, worse before milder, what explains most first."""
    groups: dict[tuple[object, ...], list[Hit]] = defaultdict(list)
    per_signature: Counter[str] = Counter()
    for hit in hits:
        s = hit.signature
        explained = hit.explained_by.code if hit.explained_by is not None else None
        key = (s.code, explained, *(hit.values.get(g, "") for g in s.group_by))
        if key not in groups:
            per_signature[s.code] += 1
            if per_signature[s.code] > _MAX_FINDINGS_OF_SIGNATURE:
                key = (s.code, explained, "and others")
        groups[key].append(hit)
    explains: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.explained_by is not None:
            explains[hit.explained_by.code].append(hit)
    evidence = _evidence_of(groups.values())
    found = [(_finding(group, cause_of(group[0].signature, patterns), evidence), group) for group in groups.values()]
    found.sort(key=lambda pair: _rank(pair[0], pair[1], explains[pair[0].code]))
    return tuple(f for f, _ in found)


def _rank(finding: Finding, group: list[Hit], explained: list[Hit]) -> tuple[object, ...]:
    touched = {name for hit in [*group, *explained] for name in hit.associations}
    return (
        finding.explained_by is not None,
        rank(finding.severity),
        finding.confidence is Confidence.POSSIBLE,
        group[0].signature.logs == "peers",
        -(len(touched) or finding.count),
        rank(finding.confidence),
        group[0].line,
        finding.fingerprint,
    )


def _finding(group: list[Hit], cause: Cause | None, evidence: _Evidence) -> Finding:
    signature, first = group[0].signature, group[0]
    values = _common_values(group)
    times = [time for h in group for time in (h.time, h.until) if time is not None]
    associations = tuple(dict.fromkeys(a for h in group for a in h.associations))[:_MAX_ASSOCIATIONS]
    proof = _shown(group, evidence)
    return Finding(
        code=signature.code,
        signature=signature.name,
        cause=signature.cause,
        title=fill(signature.title, values),
        severity=_severity(signature, group),
        confidence=_confidence(signature, group, proof),
        explained_by=first.explained_by.code if first.explained_by is not None else None,
        count=max(1, sum(h.weight for h in group)),
        first_time=min(times, default=None),
        last_time=max(times, default=None),
        values=dict(sorted(values.items())),
        evidence=proof,
        associations=associations,
        actions=actions_of(cause, signature, values),
        references=cause.references if cause is not None else (),
        what=fill(cause.what, values) if cause is not None else "",
        why=fill(cause.why, values) if cause is not None else "",
        ask=tuple(fill(q, values) for q in cause.ask) if cause is not None else (),
        fingerprint=_fingerprint(signature, values),
        compare=_compared(cause, values),
        recovered_by=_said(group)[-1].recovered_by if _is_recovered(group) else None,
    )


def _confidence(signature: Signature, group: list[Hit], proof: Sequence[Evidence]) -> Confidence:
    """That of the signature; who is named by no line of the log is never named as certain.

    Neither is which association a line is about that was pasted without time and thread.
    """
    confidence = Confidence(signature.confidence)
    bare = signature.logs != "peers" and any(hit.associations for hit in group) and _is_bare(group, proof)
    guessed = bare or all("unnamed" in hit.values for hit in group)
    return Confidence.LIKELY if guessed and confidence is Confidence.CERTAIN else confidence


def _is_bare(group: list[Hit], proof: Sequence[Evidence]) -> bool:
    """Whether the lines that prove it have lost what stands before their messages."""
    if not proof or any(hit.time is not None for hit in group):
        return False
    return not line_starts(proof[0].text.encode("utf-8", "replace"))


def _compared(cause: Cause | None, values: dict[str, str]) -> tuple[Compared, ...]:
    """What the cause compares, as far as the log shows both sides of it and they differ."""
    rows = []
    for what, expected, found in cause.compare if cause is not None else ():
        if all(values.get(name, "").strip() for text in (expected, found) for name in placeholders(text)):
            row = Compared(fill(what, values), fill(expected, values), fill(found, values))
            rows += [row] if row.expected != row.found else []
    return tuple(rows)


def _severity(signature: Signature, group: list[Hit]) -> Severity:
    """What went well in the end is milder: a notice where Orthanc itself tried again, else a warning."""
    severity = Severity(signature.severity)
    if not _is_recovered(group):
        return severity
    if all(h.recovered == "retried" for h in _said(group)):
        return Severity.NOTICE
    return Severity.WARNING if severity is Severity.ERROR else severity


def _is_recovered(group: list[Hit]) -> bool:
    return all(h.recovered is not None for h in _said(group))


def _said(group: list[Hit]) -> list[Hit]:
    return [h for h in group if h.weight] or group


def _common_values(group: list[Hit]) -> dict[str, str]:
    """Values on which all hits agree; where they differ, the few there are, most frequent first.

    Where the other side is may stand in a line that they explain: the next line of the same refusal names it.
    """
    names = dict.fromkeys(n for h in group for n in h.values)
    values = {
        name: other.values[name] for name in _PLACE for h in group for other in h.explains if name in other.values
    }
    for name in names:
        seen = Counter(h.values[name] for h in group if name in h.values)
        common = _fitting([v for v, _ in seen.most_common(3)])
        values[name] = common[0] if len(seen) == 1 else ", ".join(common) + (" …" if len(seen) > len(common) else "")
    return values


def _fitting(values: list[str]) -> list[str]:
    """The first of the values, and as many more as a title has room for."""
    while len(values) > 1 and sum(map(len, values)) > _MAX_TOGETHER:
        values = values[:-1]
    return values


def _evidence_of(groups: Iterable[list[Hit]]) -> _Evidence:
    """The evidence of the hits whose lines are shown, in the order of the lines: so it is found fastest."""
    shown = [hit for group in groups for first in _of_whom(group) for hit in (first, *_symptoms(first))]
    return {id(hit): hit.evidence() for hit in in_order(shown)}


def _of_whom(group: list[Hit]) -> list[Hit]:
    """The first hits of a finding, and the last."""
    return group if len(group) <= _HITS_WITH_EVIDENCE else [*group[: _HITS_WITH_EVIDENCE - 1], group[-1]]


def _symptoms(hit: Hit) -> list[Hit]:
    return hit.explains[:_HITS_WITH_EVIDENCE]


def _shown(group: list[Hit], evidence: _Evidence) -> tuple[Evidence, ...]:
    """The lines that prove it: what shows it, what it brought about, what leads there."""
    lines = [e for hit in _of_whom(group) for e in evidence[id(hit)]]
    proof = [e for e in lines if e.role == "primary"]
    symptoms = [
        replace(e, role="secondary") for hit in _of_whom(group) for other in _symptoms(hit)
        for e in _telling(other, evidence[id(other)])
    ]  # fmt: skip
    context = [e for e in lines if e.role != "primary"]
    kept: dict[tuple[int, int], Evidence] = {}
    for e in (*proof, *symptoms, *context):
        kept.setdefault((e.log, e.line), e)
    return tuple(kept.values())[:_MAX_EVIDENCE]


def _telling(hit: Hit, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The line that shows a symptom best; of another program's association, how it ended rather than how it began."""
    primary = [e for e in evidence if e.role == "primary"] if hit.signature.logs == "peers" else []
    return [max(primary, key=lambda e: e.line)] if primary else evidence[:1]


def _fingerprint(signature: Signature, values: dict[str, str]) -> str:
    """Tells the same finding in another log: its signature and the values it is grouped by, no times, no counts."""
    words = [signature.code, *(f"{g}={values.get(g, '')}" for g in signature.group_by)]
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:10]
