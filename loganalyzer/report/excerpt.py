"""Evidence in the order of the log, with the distance between its lines, for rendering in the manner of rustc."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from loganalyzer.report.visible import LONGEST, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loganalyzer.diagnosis.model import Evidence

_HEADER = re.compile(r"[EWITF][\d?]{4} [\d?:.]{15} .*?\] ")


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of an excerpt.

    ``header`` is Orthanc's prefix up to the bracket (empty where there is none), ``message`` the rest; both are visible
    text. ``skipped`` counts the lines between the line before, in this excerpt, and this one. ``cut`` counts the
    characters that are not shown.
    """

    number: int
    header: str
    message: str
    primary: bool
    label: str
    skipped: int
    cut: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of one log that prove something. ``first`` is the primary line's number, else the first one's."""

    log: int
    name: str
    first: int
    lines: tuple[ExcerptLine, ...]


def excerpts(evidence: Iterable[Evidence], names: Sequence[str]) -> list[Excerpt]:
    """Return the evidence by log, the log of the first primary line first; a line given twice is shown once.

    ``names`` are the names of the logs as they are to be shown.
    """
    ordered = list(evidence)
    first_log = next((one.log for one in ordered if one.role == "primary"), ordered[0].log if ordered else 0)
    by_place = sorted(ordered, key=lambda one: (one.log != first_log, one.log, one.line, one.role != "primary"))
    made = []
    for log, group in groupby(by_place, key=lambda one: one.log):
        lines = tuple(_lines(group))
        first = next((line.number for line in lines if line.primary), lines[0].number)
        name = names[log] if 0 <= log < len(names) else "configuration" if log < 0 else f"#{log}"
        made.append(Excerpt(log, name, first, lines))
    return made


def split_header(text: str) -> tuple[str, str]:
    """Part Orthanc's own prefix (level, time, thread, source file) from the message."""
    match = _HEADER.match(text[:400])
    return (text[: match.end()], text[match.end() :]) if match else ("", text)


def _lines(group: Iterable[Evidence]) -> Iterable[ExcerptLine]:
    before: int | None = None
    for one in group:
        if one.line == before:
            continue
        header, message = split_header(one.text[:LONGEST])
        yield ExcerptLine(
            number=one.line,
            header=visible(header),
            message=visible(message),
            primary=one.role == "primary",
            label=visible(one.label),
            skipped=0 if before is None else one.line - before - 1,
            cut=max(0, len(one.text) - LONGEST),
        )
        before = one.line
