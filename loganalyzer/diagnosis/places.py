"""From the lines of a log to the lines of the file that holds it; see :mod:`loganalyzer.sources.line_map`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from loganalyzer.diagnosis.model import Evidence
from loganalyzer.timeline.association import LineRef
from loganalyzer.timeline.packed import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loganalyzer.diagnosis.model import Diagnosis, LogSummary
    from loganalyzer.sources.line_map import LineMap
    from loganalyzer.timeline.association import Association, Operation

    Line = Callable[[int], int]


def in_file_lines(diagnosis: Diagnosis, maps: Sequence[LineMap]) -> Diagnosis:
    """The diagnosis with the line numbers of the files as given; ``maps`` has one entry a log."""
    if all(one.is_plain for one in maps):
        return diagnosis

    def proofs(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        # Findings have many thousands: ``replace`` takes three times as long.
        return tuple(
            Evidence(e.log, maps[e.log].line(e.line), e.role, e.text, e.label) if 0 <= e.log < len(maps) else e
            for e in evidence
        )

    return replace(
        diagnosis,
        logs=tuple(_log(log, one.line) for log, one in zip(diagnosis.logs, maps, strict=True)),
        findings=tuple(replace(f, evidence=proofs(f.evidence)) for f in diagnosis.findings),
        checklist=tuple(replace(s, evidence=proofs(s.evidence)) for s in diagnosis.checklist),
        associations=mapped(lambda a: _association(a, maps[a.log].line), diagnosis.associations),
        stories=tuple(replace(s, asked_by=_shown(s.asked_by, maps[s.log].line)) for s in diagnosis.stories),
    )


def _log(log: LogSummary, line: Line) -> LogSummary:
    runs = tuple(
        replace(
            run, first_line=line(run.first_line), fact_lines={k: _ref(ref, line) for k, ref in run.fact_lines.items()}
        )
        for run in log.runs
    )
    return replace(log, runs=runs)


def _association(association: Association, line: Line) -> Association:
    return structs.replace(
        association,
        start_line=_known(association.start_line, line),
        end_line=_known(association.end_line, line),
        lines=tuple(_ref(ref, line) for ref in association.lines),
        asked_by=_shown(association.asked_by, line),
        operations=tuple(_operation(o, line) for o in association.operations),
    )


def _operation(operation: Operation, line: Line) -> Operation:
    return structs.replace(
        operation, first_line=_known(operation.first_line, line), last_line=_known(operation.last_line, line)
    )


def _ref(ref: LineRef, line: Line) -> LineRef:
    return LineRef(line(ref.line), ref.text, ref.note)


def _shown(ref: LineRef | None, line: Line) -> LineRef | None:
    return None if ref is None else _ref(ref, line)


def _known(number: int | None, line: Line) -> int | None:
    return None if number is None else line(number)
