"""What a signature is, for those who maintain it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loganalyzer.patternbase.asked import events_named

if TYPE_CHECKING:
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import Signature

_SHOWN = 40


def sheet_of(signature: Signature, base: PatternBase) -> str:
    """The signature in a few lines: when it holds, the wordings and the samples of its events."""
    lines = [
        f"{signature.code} {signature.name}: {signature.title}",
        f"  cause       {signature.cause}: {base.causes[signature.cause].title}",
        f"  finding     {signature.severity}, {signature.confidence}",
        f"  judges      {signature.on}s where {json.dumps(signature.when, ensure_ascii=False)}",
    ]
    if signature.unless is not None:
        lines.append(f"  unless      {json.dumps(signature.unless, ensure_ascii=False)}")
    if signature.fallback:
        lines.append("  fallback    holds only on what no other signature holds on")
    if signature.group_by:
        lines.append(f"  one finding for each {', '.join(signature.group_by)}")
    if signature.explains:
        lines.append(f"  explains    {', '.join(signature.explains)}")
    if signature.yields_to:
        lines.append(f"  yields to   any error tied to it by {', '.join(signature.yields_to)}")
    if signature.needs:
        lines.append(f"  needs       {signature.needs}")
    lines.append(f"  stands in   {signature.where}")
    named = events_named(signature.when)
    patterns = [p for p in base.events if p.event in named]
    if patterns:
        lines.append("  wordings:")
        lines += [f"    {p.levels or '*':3} {p.message or p.regex}" for p in patterns[:_SHOWN]]
        if len(patterns) > _SHOWN:
            lines.append(f"    … and {len(patterns) - _SHOWN} more")
    samples = list(dict.fromkeys(s.line for p in patterns for s in p.samples if s.hit))
    if samples:
        lines += ["  samples:", *(f"    {line}" for line in samples[:_SHOWN])]
    return "\n".join(lines)
