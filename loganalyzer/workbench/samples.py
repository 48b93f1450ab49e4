"""Whether every sample line is what its pattern says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.patternbase.faults import Fault
from loganalyzer.records.header import Clock, parse_record

if TYPE_CHECKING:
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import EventPattern


def sample_faults(base: PatternBase) -> list[Fault]:
    """What is wrong with the samples; empty when each matches exactly the pattern that it stands under.

    The base must have been loaded with ``samples=True``.
    """
    catalogue = EventCatalogue(base.events)
    faults: dict[Fault, None] = {}
    seen: set[tuple[str, str]] = set()
    for pattern in base.events:
        for sample in pattern.samples:
            if (pattern.where, sample.line) in seen:  # an entry with several wordings shares its samples
                continue
            seen.add((pattern.where, sample.line))
            found = recognised(catalogue, sample.line)
            text = _fault_of(pattern, sample.line, found, hit=sample.hit, fields=sample.fields)
            if text is not None:
                faults[Fault.at(pattern.where, text)] = None
    return list(faults)


def recognised(catalogue: EventCatalogue, line: str) -> tuple[EventPattern, dict[str, str]] | None:
    """The pattern that a line of a log matches, with its fields."""
    record = parse_record(line, 1, Clock(2000))
    if record is None:
        return catalogue.recognise_bare(line, catalogue.candidates(line))
    return catalogue.recognise(record, catalogue.candidates(record.message))


def _fault_of(
    pattern: EventPattern,
    line: str,
    found: tuple[EventPattern, dict[str, str]] | None,
    *,
    hit: bool,
    fields: dict[str, str],
) -> str | None:
    same_entry = found is not None and found[0].where == pattern.where
    if not hit:
        return f"the near-miss {line!r} matches this pattern" if same_entry else None
    if found is None:
        return f"the sample {line!r} matches no pattern"
    if not same_entry:
        return f"the sample {line!r} is taken by the pattern at {found[0].where}"
    wrong = {name: found[1].get(name) for name, value in fields.items() if found[1].get(name) != value}
    if wrong:
        name, value = next(iter(wrong.items()))
        return f"the sample {line!r} gives {{{name}}} = {value!r}, not {fields[name]!r}"
    return None
