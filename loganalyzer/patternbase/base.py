"""All patterns of one or more folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from loganalyzer.patternbase.asked import AskedEvents, asked_events
from loganalyzer.patternbase.types import BookStep, Cause, EventPattern, QuestionRule, Signature


@dataclass(frozen=True)
class PatternBase:
    """All patterns of one or more folders. ``folders`` says where they came from."""

    events: tuple[EventPattern, ...] = ()
    signatures: tuple[Signature, ...] = ()
    causes: dict[str, Cause] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    checklist: tuple[BookStep, ...] = ()
    questions: tuple[QuestionRule, ...] = ()

    @cached_property
    def asked(self) -> AskedEvents:
        """The events that the signatures ask for, found once for all logs."""
        return asked_events(self.signatures)

    @cached_property
    def ordered(self) -> tuple[Signature, ...]:
        """The signatures in the order in which they are judged: those that stand in for others last."""
        return tuple(sorted(self.signatures, key=lambda s: (s.fallback, s.code)))

    @cached_property
    def tests(self) -> dict[str, Any]:
        """Room for what the judge makes of a signature, by its code, when it first needs it, for all logs."""
        return {}

    def signature(self, code_or_name: str) -> Signature | None:
        """The signature with this code or name."""
        return next((s for s in self.signatures if code_or_name in (s.code, s.name)), None)
