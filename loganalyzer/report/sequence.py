"""The messages of an association, and of those that it caused, as the steps of one sequence diagram.

Only what the log shows becomes a step: a C-MOVE that Orthanc answers has no reply here, because Orthanc never logs the
status that it sends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loganalyzer.dicom import status_text, uid_name
from loganalyzer.report.view import from_to, seconds_of
from loganalyzer.report.visible import visible
from loganalyzer.texts import grouped
from loganalyzer.timeline.association import Direction, Outcome, Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association, Operation

CHILDREN_DRAWN = 4
LANES = 3
_ASKS_FOR_MORE = ("C-MOVE", "C-GET")


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow from life line ``source`` to ``target`` (a remark when they are equal).

    ``tone`` is ``plain``, ``good`` or ``bad``; ``reply`` draws a dashed line; ``line`` is the 1-based line of the log.
    """

    source: int
    target: int
    label: str
    note: str = ""
    tone: str = "plain"
    reply: bool = False
    time: datetime | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """Life lines by name, two or three, and the steps between them, in order."""

    lanes: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an association's life, in seconds; ``name`` is a key of the texts ``sequence.phase``."""

    name: str
    seconds: float


def diagram(root: Association, children: Sequence[Association], texts: Texts) -> Diagram:
    """Return the diagram of ``root`` with the associations that it caused, drawn inside its C-MOVE or C-GET."""
    lanes = _lanes(root, children)
    own = list(_steps(root, lanes, texts))
    place = next(
        (
            number
            for number, (operation, step) in enumerate(own, 1)
            if operation is not None and operation.command in _ASKS_FOR_MORE and not step.reply
        ),
        len(own),
    )
    steps = [step for _, step in own]
    steps[place:place] = _children(children, lanes, texts)
    return Diagram(_lane_names(root, lanes, texts), tuple(steps))


def phases(association: Association) -> list[Phase]:
    """Return how the time of an association was spent, as far as the log shows it; empty when it does not."""
    total = seconds_of(association)
    if not total or association.start is None or association.end is None:
        return []
    first = min((one.start for one in association.operations if one.start), default=None)
    last = max((time for one in association.operations if (time := one.end or one.start)), default=None)
    marks = [
        ("negotiation", association.established),
        ("waiting", first),
        ("operations", last),
        ("closing", association.end),
    ]
    made = []
    before = association.start
    for name, mark in marks:
        if mark is not None and before <= mark <= association.end:
            if mark > before:
                made.append(Phase(name, (mark - before).total_seconds()))
            before = mark
    return made


def _lanes(root: Association, children: Sequence[Association]) -> dict[str | None, int]:
    """Give every participant a life line: key None is Orthanc, any other the AET or address of another side."""
    lanes: dict[str | None, int] = {}
    own = _key(root)
    for key in (own, None) if root.direction is Direction.INCOMING else (None, own):
        lanes[key] = len(lanes)
    for child in children:
        lanes.setdefault(_key(child), min(len(lanes), LANES - 1))
    return lanes


def _key(association: Association) -> str:
    return association.peer_aet or association.peer_ip or ""


def _lane_names(root: Association, lanes: dict[str | None, int], texts: Texts) -> tuple[str, ...]:
    shared: dict[int, list[str]] = {}
    for key, lane in lanes.items():
        shared.setdefault(lane, []).append(_lane_name(key, root, texts))
    names = (shared[lane] for lane in sorted(shared))
    return tuple(one[0] if len(one) == 1 else texts("sequence.several", n=len(one)) for one in names)


def _lane_name(key: str | None, root: Association, texts: Texts) -> str:
    if key is not None:
        return visible(key, 40) or texts("sequence.peer_unknown")
    if root.direction is Direction.INCOMING:
        # Orthanc may have been called by an AET that is not its own.
        name, own = "sequence.orthanc_called", root.called_aet
    else:
        name, own = "sequence.orthanc_named", root.calling_aet
    return texts(name, aet=visible(own, 20)) if own else texts("sequence.orthanc")


def _children(children: Sequence[Association], lanes: dict[str | None, int], texts: Texts) -> Iterator[Step]:
    for child in children[:CHILDREN_DRAWN]:
        for _, step in _steps(child, lanes, texts):
            yield step
    if len(children) > CHILDREN_DRAWN:
        lane = lanes[None]
        yield Step(lane, lane, texts("sequence.more", n=grouped(len(children) - CHILDREN_DRAWN)))


def _steps(
    association: Association, lanes: dict[str | None, int], texts: Texts
) -> Iterator[tuple[Operation | None, Step]]:
    orthanc, other = lanes[None], lanes[_key(association)]
    caller, callee = (other, orthanc) if association.direction is Direction.INCOMING else (orthanc, other)
    calling, called = from_to(association)
    asks = texts("sequence.asks", calling=calling[:40], called=called[:40])
    yield (
        None,
        Step(caller, callee, texts("sequence.request"), asks, time=association.start, line=association.start_line),
    )
    answer = _answer(association, caller, callee, texts)
    if answer is not None:
        yield None, answer
    for operation in association.operations:
        for step in _operation(operation, orthanc, other, texts):
            yield operation, step
    end = _end(association, orthanc, other, texts)
    if end is not None:
        yield None, end


def _answer(association: Association, caller: int, callee: int, texts: Texts) -> Step | None:
    reject = association.reject
    if association.outcome is Outcome.REJECTED or reject is not None:
        text = visible(reject.text, 200) if reject else ""
        return Step(callee, caller, texts("sequence.reject"), text, "bad", True, association.end, association.end_line)
    if association.outcome is Outcome.NOT_ESTABLISHED:
        why = visible(association.failure or "", 200)
        return Step(
            callee, callee, texts("sequence.no_answer"), why, "bad", True, association.end, association.end_line
        )
    if association.established is None and association.contexts_accepted is None and not association.operations:
        return None
    accepted, proposed = association.contexts_accepted, association.contexts_proposed
    note = ""
    if accepted is not None:
        key = "sequence.accepted" if proposed is not None else "sequence.accepted_some"
        note = texts(key, accepted=accepted, proposed=proposed)
    tone = "bad" if accepted == 0 else "plain"
    return Step(callee, caller, texts("sequence.accept"), note, tone, True, association.established)


def _operation(operation: Operation, orthanc: int, other: int, texts: Texts) -> Iterator[Step]:
    source, target = (orthanc, other) if operation.requested_by is Side.ORTHANC else (other, orthanc)
    command = visible(operation.command, 40)
    key = "sequence.operation" if operation.count == 1 else "sequence.operation_times"
    label = texts(key, command=command, n=grouped(operation.count))
    notes = [uid_name(operation.sop_class) if operation.sop_class else ""]
    if operation.move_destination:
        notes.append(texts("sequence.to_destination", destination=visible(operation.move_destination, 40)))
    note = visible(", ".join(one for one in notes if one), 120)
    yield Step(source, target, label, note, time=operation.start, line=operation.first_line)
    reply = _reply(operation, texts)
    if reply is not None:
        yield replace(reply, source=target, target=source)


def _reply(operation: Operation, texts: Texts) -> Step | None:
    if operation.status is None and operation.ok is not False:
        return None
    tone = {True: "good", False: "bad", None: "plain"}[operation.ok]
    counts = ", ".join(f"{visible(name, 20)} {number}" for name, number in operation.suboperations.items())
    note = visible(operation.detail or "", 200) or counts
    return Step(0, 0, status_label(operation, texts), note, tone, True, operation.end, operation.last_line)


def status_label(operation: Operation, texts: Texts) -> str:
    """Return an operation's status with its meaning (PS3.7 Annex C and the service classes), or that it failed."""
    status = operation.status
    if status is None:
        return texts("sequence.failed") if operation.ok is False else ""
    try:
        number = int(status, 16)
    except ValueError:
        return visible(status, 40)
    if number == 0:
        return texts("sequence.success", status=status)
    return texts("sequence.status", status=status, text=visible(status_text(number, operation.command)[1], 80))


def _end(association: Association, orthanc: int, other: int, texts: Texts) -> Step | None:
    ends = {
        Outcome.RELEASED: ("release", "plain"),
        Outcome.ABORTED: ("abort", "bad"),
        Outcome.LOST: ("lost", "bad"),
        Outcome.TIMEOUT: ("timeout", "bad"),
        Outcome.OPEN: ("open", "plain"),
        Outcome.UNKNOWN: ("unknown_end", "plain"),
    }
    if association.outcome not in ends:
        return None
    key, tone = ends[association.outcome]
    source, target = (orthanc, other) if association.ended_by is Side.ORTHANC else (other, orthanc)
    if association.ended_by is None or association.outcome in (Outcome.OPEN, Outcome.UNKNOWN):
        source = target = orthanc
    note = visible(association.failure or "", 200) if tone == "bad" else ""
    return Step(source, target, texts(f"sequence.{key}"), note, tone, False, association.end, association.end_line)
