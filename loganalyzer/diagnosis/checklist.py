"""Answers the Orthanc Book's checklist, and asks for what would decide the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import ChecklistStep, Question, StepState
from loganalyzer.findings.conditions import holds
from loganalyzer.findings.phrase import fill
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Evidence, Finding
    from loganalyzer.diagnosis.overview import Overview
    from loganalyzer.patternbase.types import BookRule, BookStep, QuestionRule

_MAX_EVIDENCE = 4


def checklist_of(
    steps: Sequence[BookStep], overview: Overview, findings: Sequence[Finding]
) -> tuple[ChecklistStep, ...]:
    """Each step with the state that its first fitting rule gives it, and the lines that say so."""
    return tuple(_answer(step, overview, findings) for step in steps)


def _answer(step: BookStep, overview: Overview, findings: Sequence[Finding]) -> ChecklistStep:
    for rule in step.rules:
        causing = [f for f in findings if f.cause in rule.causes]
        if (rule.causes and not causing) or (rule.when is not None and holds(rule.when, overview.lookup) is not True):
            continue
        return ChecklistStep(
            step.step,
            StepState(rule.state),
            fill(rule.why, overview.texts()),
            step.how,
            _proof(rule, overview, causing),
        )
    return ChecklistStep(step.step, StepState.UNKNOWN, texts()("checklist.silent"), step.how)


def _proof(rule: BookRule, overview: Overview, causing: Sequence[Finding]) -> tuple[Evidence, ...]:
    if causing:
        return tuple(e for e in causing[0].evidence if e.role == "primary")[:_MAX_EVIDENCE]
    return tuple(overview.proofs.get(rule.proof or "", ()))[:_MAX_EVIDENCE]


def questions_of(
    rules: Sequence[QuestionRule], overview: Overview, findings: Sequence[Finding]
) -> tuple[Question, ...]:
    """What to ask for, each thing once: first what the likely causes need, then what the log as a whole lacks."""
    asked = {q: Question(q, f.title, "") for f in findings if f.explained_by is None for q in f.ask}
    general = [
        Question(fill(r.asks_for, overview.texts()), r.why, r.how)
        for r in rules
        if holds(r.when, overview.lookup) is True
    ]
    return tuple({q.asks_for: q for q in [*asked.values(), *general]}.values())
