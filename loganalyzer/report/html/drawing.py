"""Where the parts of a sequence diagram stand in its SVG. The report's script draws with the same measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.report.view import clock, duration

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.report.sequence import Diagram, Step
    from loganalyzer.texts import Texts

WIDTH = 800
GUTTER = 96
FIRST_LANE = 180
LAST_LANE = 660
TOP = 62
STEP = 44
NOTE = 13
NOTES = 3

_LABEL = {2: 74, 3: 38}


@dataclass(frozen=True, slots=True)
class Lane:
    """A life line."""

    x: int
    name: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message. ``shape`` is ``arrow`` or, for a remark on one life line, ``spot``; ``head`` an SVG path."""

    y: int
    time: str
    shape: str
    from_x: int
    to_x: int
    head: str
    text_x: int
    label: str
    notes: tuple[str, ...]
    tone: str
    reply: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sequence diagram in coordinates; ``title`` says in words what it shows."""

    width: int
    height: int
    gutter: int
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]
    title: str


def draw(diagram: Diagram, texts: Texts) -> Drawing:
    """Return the drawing of ``diagram``."""
    count = len(diagram.lanes)
    places = [FIRST_LANE + (LAST_LANE - FIRST_LANE) * number // max(1, count - 1) for number in range(count)]
    arrows = []
    before: datetime | None = None
    y = TOP
    for step in diagram.steps:
        arrow = _arrow(step, y, places, before)
        arrows.append(arrow)
        before = step.time or before
        y += STEP + NOTE * max(0, len(arrow.notes) - 1)
    return Drawing(
        width=WIDTH,
        height=y,
        gutter=GUTTER,
        lanes=tuple(Lane(x, name) for x, name in zip(places, diagram.lanes, strict=True)),
        arrows=tuple(arrows),
        title=texts("sequence.title", participants=", ".join(diagram.lanes)),
    )


def _arrow(step: Step, y: int, places: list[int], before: datetime | None) -> Arrow:
    source, target = places[step.source], places[step.target]
    room = _LABEL[min(3, max(2, len(places)))]
    way = 1 if target > source else -1
    if source == target:
        head = f"M{source - 5} {y - 5}l10 10m0-10l-10 10" if step.tone == "bad" else f"M{source - 4} {y}h8"
    elif step.tone == "bad":
        head = f"M{target - 9 * way - 5} {y - 5}l10 10m0-10l-10 10"
    else:
        head = f"M{target - 8 * way} {y - 4}L{target} {y}L{target - 8 * way} {y + 4}z"
    return Arrow(
        y=y,
        time=gutter_text(step.time, before),
        shape="spot" if source == target else "arrow",
        from_x=source,
        to_x=target,
        head=head,
        text_x=(source + target) // 2,
        label=_short(step.label, room),
        notes=tuple(_lines(step.note, room + 6)),
        tone=step.tone,
        reply=step.reply,
        line=step.line,
    )


def gutter_text(time: datetime | None, before: datetime | None) -> str:
    """Return the time of day of the first message, the distance of the others when it is worth a look."""
    if time is None:
        return ""
    if before is None:
        return clock(time)
    seconds = (time - before).total_seconds()
    return f"+ {duration(seconds)}" if seconds >= 0 else clock(time)


def _lines(text: str, room: int) -> list[str]:
    """Break a note into :data:`NOTES` lines at most, at blanks where it can be."""
    lines: list[str] = []
    while len(text) > room and len(lines) < NOTES - 1:
        place = text.rfind(" ", room // 2, room + 1)
        end = place if place > 0 else room
        lines.append(text[:end])
        text = text[end:].strip()
    return [*lines, _short(text, room)] if text else lines


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
