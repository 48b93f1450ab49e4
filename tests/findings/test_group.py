"""From hits to findings: counts, ranks, severities, evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from loganalyzer.diagnosis.model import Evidence, Severity
from loganalyzer.findings.group import findings_of
from loganalyzer.findings.recovery import mark_recovered
from loganalyzer.findings.sighting import Hit
from loganalyzer.patternbase import PatternBase
from loganalyzer.patternbase.types import Advice, Cause
from loganalyzer.timeline.association import Association, Direction, Operation, Outcome, Side
from tests.findings.conftest import START, scene_of, signature

REFUSED = signature("T1", group_by=("called_aet",))


def hit(line: int, made_by: object = REFUSED, **more: object) -> Hit:
    values: dict[str, object] = {
        "values": {"called_aet": "PACS"}, "associations": (), "evidence": lambda: [Evidence(0, line, "primary", f"line {line}")]
    } | more  # fmt: skip
    return Hit(made_by, 0, line, START + timedelta(seconds=line), None, **values)  # type: ignore[arg-type]


def outgoing(number: int, *, ok: bool, job: str | None = None, called: str = "PACS") -> Association:
    stored = Operation("C-STORE", Side.ORTHANC, ok=True)
    return Association(
        f"1.{number}", 0, 1, Direction.OUTGOING, called_aet=called, start_line=number, end_line=number, job=job,
        outcome=Outcome.RELEASED if ok else Outcome.NOT_ESTABLISHED, operations=(stored,) if ok else (),
    )  # fmt: skip


def test_the_same_thing_said_often_is_one_finding() -> None:
    findings = findings_of([hit(1), hit(5), hit(3, values={"called_aet": "RIS"})], PatternBase())
    assert [(f.values["called_aet"], f.count) for f in findings] == [("PACS", 2), ("RIS", 1)]
    assert findings[0].fingerprint != findings[1].fingerprint


def test_worse_comes_first_then_what_touches_more() -> None:
    warning = signature("T2", severity="warning")
    possible = signature("T3", confidence="possible")
    findings = findings_of(
        [
            hit(1, warning, associations=("1.1", "1.2", "1.3")), hit(2, possible, associations=("1.4", "1.5", "1.6")),
            hit(3, associations=("1.7",)), hit(4, signature("T4"), associations=("1.8", "1.9")),
        ],
        PatternBase(),
    )  # fmt: skip
    assert [f.code for f in findings] == ["T4", "T1", "T3", "T2"]


def test_what_is_explained_comes_last_and_proves_its_cause() -> None:
    cause, symptom = hit(7), hit(9, signature("T2"))
    symptom.explained_by = cause.signature
    cause.explains.append(symptom)
    first, last = findings_of([symptom, cause], PatternBase())
    assert (first.code, last.code, last.explained_by) == ("T1", "T2", "T1")
    assert [(e.line, e.role) for e in first.evidence] == [(7, "primary"), (9, "secondary")]


def test_many_groups_are_not_many_findings() -> None:
    hits = [hit(n, values={"called_aet": f"AET{n}"}) for n in range(200)]
    findings = findings_of(hits, PatternBase())
    assert len(findings) <= 25
    assert sum(f.count for f in findings) == 200


@pytest.mark.parametrize(
    ("retried", "severity"),
    [({"a job"}, Severity.NOTICE), (set(), Severity.WARNING)],
    ids=["by Orthanc", "by somebody"],
)
def test_what_went_well_in_the_end_is_milder(retried: set[str], severity: Severity) -> None:
    failed, later = outgoing(1, ok=False, job="a job"), outgoing(2, ok=True, job="a job")
    one = hit(1, associations=(failed.id,))
    mark_recovered([one], scene_of(failed, later), retried)
    finding = findings_of([one], PatternBase())[0]
    assert (finding.severity, finding.recovered_by) == (severity, later.id)


@pytest.mark.parametrize("other", [outgoing(2, ok=False), outgoing(2, ok=True, called="RIS"), outgoing(0, ok=True)])
def test_what_did_not_go_well_for_the_same_peer_later_is_as_bad(other: Association) -> None:
    failed = outgoing(1, ok=False)
    one = hit(1, associations=(failed.id,))
    mark_recovered([one], scene_of(failed, other), set())
    finding = findings_of([one], PatternBase())[0]
    assert (finding.severity, finding.recovered_by) == (Severity.ERROR, None)


@pytest.mark.parametrize(
    ("status", "given"), [("0xA700", ["disk", "log"]), ("0x0110", ["log"]), (None, ["disk", "log"])]
)
def test_advice_for_certain_statuses_is_given_for_those(status: str | None, given: list[str]) -> None:
    advice = (Advice("peer", "disk", status=("A7",)), Advice("peer", "log"))
    base = PatternBase(causes={REFUSED.cause: Cause(REFUSED.cause, "Refused", "", "", advice)})
    (finding,) = findings_of([hit(1, values={} if status is None else {"status": status})], base)
    assert [a.text for a in finding.actions] == given


def test_an_answer_that_the_log_does_not_show_is_good_when_nothing_failed() -> None:
    """At verbose level an answer of success has no line, and a failure has one."""
    silent = replace(outgoing(2, ok=True), operations=(Operation("C-STORE", Side.ORTHANC, ok=None),))
    failed = hit(1, associations=("1.1",))
    mark_recovered([failed], scene_of(outgoing(1, ok=False), silent), set())
    assert failed.recovered_by == "1.2"
