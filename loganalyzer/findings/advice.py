"""The advice for a finding: that of its cause, with what is known filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Action
from loganalyzer.findings.phrase import fill, fill_command, fill_to_paste
from loganalyzer.patternbase.types import PEERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loganalyzer.patternbase.load import PatternBase
    from loganalyzer.patternbase.types import Advice, Cause, Signature


def cause_of(signature: Signature, patterns: PatternBase) -> Cause | None:
    """The words for a cause; those for other programs' logs, where it has such."""
    if signature.logs == "peers" and signature.cause + PEERS in patterns.causes:
        return patterns.causes[signature.cause + PEERS]
    return patterns.causes.get(signature.cause)


def actions_of(cause: Cause | None, signature: Signature, values: Mapping[str, str]) -> tuple[Action, ...]:
    """The advice that fits the signature; what is for this signature alone comes first."""
    if cause is None:
        return ()
    fitting = [
        a
        for a in cause.actions
        if (signature.direction is None or a.direction in (None, signature.direction))
        and (not a.signatures or signature.name in a.signatures)
        and _is_for(a, values.get("status"))
    ]
    return tuple(
        Action(
            who=a.who,
            text=fill(a.text, values),
            option=a.option,
            suggested=fill_to_paste(a.suggested, values) if a.suggested else None,
            risk=fill(a.risk, values) if a.risk else None,
            verify=fill_command(a.verify, values) if a.verify else None,
        )
        for a in sorted(fitting, key=lambda a: not a.signatures)
    )


def _is_for(advice: Advice, status: str | None) -> bool:
    """Whether advice for certain DIMSE statuses is for this one; where none is known, all of it is given."""
    if status is None or not advice.status:
        return True
    digits = status.lower().removeprefix("0x").zfill(4)
    return any(digits.startswith(beginning.lower()) for beginning in advice.status)
