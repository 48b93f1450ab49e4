"""Evidence in the order of the log, with the distance between its lines, for rendering in the manner of rustc."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from loganalyzer.report.visible import LONGEST, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loganalyzer.diagnosis.model import Evidence

_LONGEST_NAME = 120
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

    ``names`` are the names of the logs as they are to be shown; lines of a configuration bring theirs along.
    """
    placed = [_placed(one, names) for one in evidence]
    first = next((name for name, one in placed if one.role == "primary"), placed[0][0] if placed else "")
    placed.sort(key=lambda two: (two[0] != first, two[1].log, two[0], two[1].line, two[1].role != "primary"))
    made = []
    for (log, name), group in groupby(placed, key=lambda two: (two[1].log, two[0])):
        lines = tuple(_lines(one for _, one in group))
        number = next((line.number for line in lines if line.primary), lines[0].number)
        made.append(Excerpt(log, name, number, lines))
    return made


def _placed(one: Evidence, names: Sequence[str]) -> tuple[str, Evidence]:
    """Return the name of the log that a line stands in, and the line; of a configuration without its place in front."""
    if one.log >= 0:
        return (names[one.log] if one.log < len(names) else f"#{one.log}"), one
    file, _, rest = one.text.partition(f":{one.line}: ")
    return (visible(file, _LONGEST_NAME), replace(one, text=rest, label="")) if rest else ("–", one)


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
