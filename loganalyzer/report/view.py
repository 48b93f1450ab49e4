"""What all renderers say about a diagnosis in the same way: causes with what they explain, doubts, times, results."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Verdict, rank
from loganalyzer.dialects.products import UNKNOWN_PRODUCT, of_another_program
from loganalyzer.report.visible import visible
from loganalyzer.timeline.association import Direction, Outcome, Side
from loganalyzer.timeline.pairing import counted_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from loganalyzer.diagnosis.model import Diagnosis, Finding, LogSummary, Severity
    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association

DOUBTFUL_SHARE = 0.05
"""Share of lines not understood from which a diagnosis is in doubt."""

DOUBTFUL_WRAPPER = 0.7
"""Score of the wrapper's recognition below which a diagnosis is in doubt."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that no other explains, and the findings that it explains, in the order of the diagnosis."""

    finding: Finding
    explains: tuple[Finding, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the whole diagnosis; ``failed`` are associations of which the log shows that they failed.

    An association that two logs show is one association. ``failed_key`` names the text that counts the failed ones: of
    a healthy log, they are such as health checks.
    """

    associations: int
    failed: int
    lines: int
    understood_lines: int
    bytes: int
    first_time: datetime | None
    last_time: datetime | None
    failed_key: str


def causes(diagnosis: Diagnosis) -> list[Cause]:
    """Return the findings that stand for themselves, each with those folded under it, however many steps away.

    A finding whose ``explained_by`` names nothing here, or that explains itself in a ring, stands for itself.
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in diagnosis.findings:
        by_code.setdefault(finding.code, []).append(finding)
    folded: dict[int, list[Finding]] = {}
    heads: list[Finding] = []
    for finding in diagnosis.findings:
        head = _head(finding, by_code)
        if head is finding:
            heads.append(finding)
        else:
            folded.setdefault(id(head), []).append(finding)
    anchors = unique(anchor_of(finding) for finding in heads)
    return [Cause(head, tuple(folded.get(id(head), ())), anchor) for head, anchor in zip(heads, anchors, strict=True)]


def alike(found: Iterable[Cause]) -> list[list[Cause]]:
    """Return causes of one code together, in the place of the first: the same cause with other names."""
    groups: dict[str, list[Cause]] = {}
    for cause in found:
        groups.setdefault(cause.finding.code, []).append(cause)
    return list(groups.values())


def _head(finding: Finding, by_code: dict[str, list[Finding]]) -> Finding:
    seen = [finding]
    while candidates := by_code.get(seen[-1].explained_by or ""):
        below = seen[-1]
        above = max(candidates, key=lambda one: _kinship(one, below)) if len(candidates) > 1 else candidates[0]
        if any(above is one for one in seen):
            return finding
        seen.append(above)
    return seen[-1]


def _kinship(above: Finding, below: Finding) -> tuple[int, int, int]:
    """Say how well ``above`` may explain ``below``: by common associations, then names, then distance in the log."""
    lines = (one.line for one in above.evidence)
    place = below.evidence[0].line if below.evidence else 0
    return (
        len(set(above.associations) & set(below.associations)),
        len(set(above.values.values()) & set(below.values.values())),
        -min((abs(line - place) for line in lines), default=place),
    )


def display_names(logs: Sequence[LogSummary]) -> list[str]:
    """Return the names of the logs without their folders, unless that would make two alike.

    A report is forwarded; the folders of the machine that made it are nobody's business.
    """
    short = [re.split(r"[/\\]", log.name.rstrip("/\\"))[-1] or log.name for log in logs]
    return [visible(name) for name in (short if len(set(short)) == len(short) else [log.name for log in logs])]


def anchor_of(finding: Finding) -> str:
    """Return the stable name of a finding in a report: its code and its fingerprint, letters and digits only."""
    parts = (re.sub(r"[^A-Za-z0-9_]", "", part) for part in (finding.code[:40], finding.fingerprint[:12]))
    return "-".join(part for part in ("F", *parts) if part)


def unique(names: Iterable[str]) -> list[str]:
    """Return ``names`` with ``-2``, ``-3``, … at every repetition, so that each can be an ``id``."""
    seen: Counter[str] = Counter()
    made = []
    for name in names:
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return made


def totals(diagnosis: Diagnosis) -> Totals:
    """Return the counts; times span all logs, else all associations."""
    first = [log.first_time for log in diagnosis.logs if log.first_time]
    last = [log.last_time for log in diagnosis.logs if log.last_time]
    number, failed = counted_once(diagnosis.associations, diagnosis.pairs)
    return Totals(
        associations=number + diagnosis.folded_associations,
        failed=failed,
        lines=sum(log.lines for log in diagnosis.logs),
        understood_lines=sum(log.understood_lines for log in diagnosis.logs),
        bytes=sum(log.bytes for log in diagnosis.logs),
        first_time=min(first) if first else None,
        last_time=max(last) if last else None,
        failed_key="count.harmless" if failed and diagnosis.verdict is Verdict.HEALTHY else "count.failed",
    )


def year_known(diagnosis: Diagnosis) -> bool:
    """Whether every log says, or somebody said, which year its times belong to."""
    return all(log.year_from != "none" for log in diagnosis.logs)


def moment(time: datetime | None, *, year: bool = True, digits: int = 3) -> str:
    """Return a local time as people read it, with ``digits`` decimals of the second (0 to 6); none is a dash."""
    if time is None:
        return "–"
    day = f"{time:%Y-%m-%d}" if year else f"{time:%m-%d}"
    return f"{day} {clock(time, digits=digits)}"


def clock(time: datetime | None, *, digits: int = 3) -> str:
    """Return the time of day alone."""
    if time is None:
        return "–"
    text = f"{time:%H:%M:%S}"
    return f"{text}.{time:%f}"[: len(text) + 1 + digits] if digits else text


def span(first: datetime | None, last: datetime | None, *, year: bool = True) -> str:
    """Return a stretch of time, without saying the day twice."""
    if first is None or last is None or first == last:
        return moment(first or last, year=year, digits=0)
    begin = moment(first, year=year, digits=0)
    if begin == moment(last, year=year, digits=0):
        return begin
    if first.date() == last.date():
        return f"{begin} – {clock(last, digits=0)}"
    return f"{begin} – {moment(last, year=year, digits=0)}"


def seconds_of(association: Association) -> float | None:
    """Return how long an association took, in seconds; None unless the log shows start and end in that order."""
    if association.start is None or association.end is None or association.end < association.start:
        return None
    return (association.end - association.start).total_seconds()


def duration(seconds: float | None) -> str:
    """Return a duration with a unit that fits; none is a dash."""
    if seconds is None:
        return "–"
    if 0 < seconds < 0.001:
        return "<1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(number: int) -> str:
    """Return a number of bytes in the unit that fits (decimal, as file managers show it)."""
    if number < 1000:
        return f"{number} B"
    if number < 1_000_000:
        return f"{number / 1000:.0f} kB"
    return f"{number / 1_000_000:.1f} MB"


def from_to(association: Association) -> tuple[str, str]:
    """Return calling and called AET, as shown; an AET that the log does not show is a question mark."""
    return visible(association.calling_aet or "?"), visible(association.called_aet or "?")


def peer(association: Association) -> str:
    """Return the name that a person knows the other side by: its AET, else its address."""
    return visible(association.peer_aet or association.peer_ip or "?")


def peers_of(finding: Finding, associations: Mapping[str, Association]) -> list[tuple[str, int]]:
    """Return the other sides of a finding's associations with their number, the most frequent first."""
    hits = (associations[one] for one in finding.associations if one in associations)
    named = (peer(one) for one in hits if one.peer_aet or one.peer_ip)
    return sorted(Counter(named).items(), key=lambda item: (-item[1], item[0]))


def services(association: Association) -> str:
    """Return what was asked for on an association: ``C-STORE ×373, C-ECHO``."""
    counts: Counter[str] = Counter()
    for operation in association.operations:
        counts[operation.command] += operation.count
    return ", ".join(visible(name) + (f" ×{number}" if number > 1 else "") for name, number in counts.items())


def failed_operations(association: Association) -> int:
    """Return how many DIMSE requests failed, as far as the log shows it."""
    return sum(operation.count for operation in association.operations if operation.ok is False)


def result(association: Association, texts: Texts) -> str:
    """Return the word for how an association ended, with the number of failed operations where it is not zero."""
    word = texts(f"outcome.{association.outcome}")
    failed = failed_operations(association)
    return f"{word}, {texts.count('outcome.operations_failed', failed)}" if failed else word


def arrow(association: Association) -> str:
    """Return an association as peer and arrow seen from Orthanc, in the manner of dcm4che."""
    calling, called = from_to(association)
    if association.direction is Direction.INCOMING:
        return f"{called} ← {calling}"
    return f"{calling} → {called}"


def writer(log: LogSummary) -> str:
    """Return the program that wrote a log: Orthanc with its version, or the other side's."""
    if log.product == UNKNOWN_PRODUCT:
        return "not Orthanc"
    if of_another_program(log.product):
        return visible(log.product, 80)
    return f"Orthanc {visible(log.orthanc_version or '?')}"


def side_of(association: Association, side: Side, logs: Sequence[LogSummary]) -> str:
    """Return ``orthanc`` or ``peer``; for the side that wrote another program's log, that program."""
    log = logs[association.log] if association.log < len(logs) else None
    own = side is Side.ORTHANC and log is not None and of_another_program(log.product)
    return visible(log.product, 80) if own and log is not None else str(side)


def recovery(finding: Finding, by_id: Mapping[str, Association], texts: Texts, *, year: bool) -> str | None:
    """Return the sentence that says where the same went well later, if it did."""
    served = by_id.get(finding.recovered_by or "")
    if finding.recovered_by is None:
        return None
    if served is None:
        return texts("outcome.recovered", association=finding.recovered_by)
    return texts("outcome.recovered", association=f"{moment(served.start, year=year)}  {arrow(served)} ({served.id})")


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the gravest severity of ``findings``, of which there is at least one."""
    return min((finding.severity for finding in findings), key=rank)


def established(association: Association) -> bool:
    """Whether the association came to stand."""
    return association.outcome not in (Outcome.REJECTED, Outcome.NOT_ESTABLISHED)


def doubts(diagnosis: Diagnosis, texts: Texts) -> list[str]:
    """Return, a sentence each, why the diagnosis may be incomplete or in doubt; empty when there is no reason."""
    found = []
    if not diagnosis.complete:
        missed = sum(problem.incomplete for problem in diagnosis.problems)
        found.append(texts.count("doubt.incomplete", missed) if missed else texts("doubt.incomplete_unsaid"))
    for log, name in zip(diagnosis.logs, display_names(diagnosis.logs), strict=True):
        found.extend(_doubts_about(log, name, texts))
    if diagnosis.folded_associations:
        found.append(texts.count("doubt.folded", diagnosis.folded_associations))
    if diagnosis.unknown_messages:
        found.append(texts.count("doubt.unknown_messages", diagnosis.unknown_messages))
    return found


def not_understood(log: LogSummary) -> int:
    """How many lines were read, and are neither understood nor the wrapper's own."""
    return max(0, log.lines - log.understood_lines - log.dropped_lines)


def _doubts_about(log: LogSummary, name: str, texts: Texts) -> list[str]:
    found = []
    missed = not_understood(log)
    if log.lines and missed > DOUBTFUL_SHARE * log.lines:
        found.append(texts.count("doubt.not_understood", missed, log=name, share=f"{100 * missed / log.lines:.0f}"))
    if log.wrapper_score < DOUBTFUL_WRAPPER:
        found.append(texts("doubt.wrapper", log=name, wrapper=visible(log.wrapper)))
    if log.level in ("default", "unknown", "mixed"):
        found.append(texts(f"doubt.level_{log.level}", log=name))
    return found
