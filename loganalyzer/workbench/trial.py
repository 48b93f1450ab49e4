"""Tries patterns on a log: what they recognise, and how much noise they would make."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.events.catalogue import EventCatalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loganalyzer.diagnosis.model import Diagnosis, Finding
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.sources.block import Block, Problem

_EXAMPLES = 3


@dataclass(slots=True)
class Trial:
    """What the patterns of one file do on some logs.

    ``lines`` counts the log's lines, ``matched`` the lines of each event of the file, ``examples`` shows the first few
    of them with their place. ``findings`` are those of the file's signatures, ``silent`` its signatures without any.
    """

    lines: int = 0
    matched: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    diagnosis: Diagnosis | None = None


def try_patterns(base: PatternBase, name: str, logs: Sequence[str]) -> Trial:
    """Tries those patterns of ``base`` that stand in the file ``name`` (as faults call it) on some logs."""
    from loganalyzer.diagnosis.build import diagnose
    from loganalyzer.sources.opening import open_logs

    trial = Trial()
    own = {p.event for p in base.events if p.where.startswith(f"{name}:")}
    codes = {s.code: s.name for s in base.signatures if s.where.startswith(f"{name}:")}
    catalogue = EventCatalogue(base.events)
    opened = open_logs(list(logs), None)
    for stream in opened:
        _watch(stream.name, stream.blocks(), catalogue, own, trial)
        trial.lines += stream.state.lines
    trial.diagnosis = diagnose(*logs, patterns=base)
    trial.findings = [f for f in trial.diagnosis.findings if f.code in codes]
    trial.problems = list(trial.diagnosis.problems)
    found = {f.code for f in trial.findings}
    trial.silent = [name for code, name in codes.items() if code not in found]
    return trial


def _watch(name: str, blocks: Iterable[Block], catalogue: EventCatalogue, own: set[str], trial: Trial) -> None:
    from loganalyzer.events.reader import EventReader
    from loganalyzer.records.header import Clock

    for event in EventReader(catalogue, Clock(None)).events(blocks):
        if event.type not in own:
            continue
        trial.matched[event.type] += 1
        shown = trial.examples.setdefault(event.type, [])
        if len(shown) < _EXAMPLES:
            shown.append(f"{name}:{event.record.line}: {event.record.text}")
