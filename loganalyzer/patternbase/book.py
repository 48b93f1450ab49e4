"""Reads the checklist and the questions: ``patterns/book/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.patternbase.module import entries, strings
from loganalyzer.patternbase.types import BookRule, BookStep, QuestionRule

if TYPE_CHECKING:
    from loganalyzer.patternbase.faults import Fault
    from loganalyzer.patternbase.source import Mapping

_STEP_KEYS = ("step", "how", "rules")
_RULE_KEYS = ("state", "why", "causes", "when", "proof")
_QUESTION_KEYS = ("asks_for", "why", "how", "when")
_STATES = ("confirmed", "contradicted", "unknown")


def read_steps(content: Mapping, faults: list[Fault]) -> list[BookStep]:
    """The steps of a checklist file; what is wrong goes to ``faults``."""
    faults += content.unknown_keys(("schema", "about", "steps"))
    steps = []
    for entry in entries(content, "steps", faults):
        faults += entry.unknown_keys(_STEP_KEYS)
        rules = []
        for rule in entries(entry, "rules", faults):
            faults += rule.unknown_keys(_RULE_KEYS)
            if rule.get("state") not in _STATES:
                faults.append(rule.fault("state", f"'state' is one of {', '.join(_STATES)}"))
            if not rule.get("causes") and rule.get("when") is None:
                faults.append(rule.fault(None, "needs 'causes' or 'when'"))
            rules.append(
                BookRule(
                    str(rule.get("state")), str(rule.get("why", "")), strings(rule, "causes", faults), rule.get("when"),
                    rule.get("proof"),
                )
            )  # fmt: skip
        steps.append(BookStep(str(entry.get("step")), str(entry.get("how", "")), tuple(rules)))
    return steps


def read_questions(content: Mapping, faults: list[Fault]) -> list[QuestionRule]:
    """The questions of a question file; what is wrong goes to ``faults``."""
    faults += content.unknown_keys(("schema", "about", "questions"))
    questions = []
    for entry in entries(content, "questions", faults):
        faults += entry.unknown_keys(_QUESTION_KEYS)
        missing = [k for k in _QUESTION_KEYS if not entry.get(k)]
        if missing:
            faults.append(entry.fault(None, f"{missing[0]!r} is missing"))
            continue
        questions.append(QuestionRule(entry["asks_for"], entry["why"], entry["how"], entry["when"]))
    return questions
