"""The associations alone: dense text in the manner of dcm4che, and one drawing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from loganalyzer.report.overview import LABELS, WIDTH, overview
from loganalyzer.report.stories import story_line
from loganalyzer.report.view import clock, duration, from_to, peer, seconds_of, side_of, size, span
from loganalyzer.report.visible import visible
from loganalyzer.texts import texts
from loganalyzer.timeline.association import Direction
from loganalyzer.timeline.packed import indexed, opened_for
from loganalyzer.timeline.phases import phases_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loganalyzer.diagnosis.model import Diagnosis, LogSummary
    from loganalyzer.timeline.association import Association

_LONG_GAP_S = 1.0
_SVG_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.tick{text-anchor:middle;fill:#666}.grid{stroke:#ddd}"
    ".good{fill:#3a7d44}.bad{stroke:#b3261e;stroke-width:2;fill:none}"
    "@media (prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.good{fill:#7cc48a}.bad{stroke:#ff8a80}}"
)


def render_timeline(diagnosis: Diagnosis, *, ascii_only: bool = False) -> str:
    """One line an association, those that another one caused indented below it; what two logs disagree on; the stories.

    The form is dcm4che's::

    09:14:03.120  ORTHANC<-CT_ROOM2(7)  C-STORE x373  371 ok, 2 A700H  41.2 s  9.1/s  released
    """
    known, children = indexed(diagnosis.associations), opened_for(diagnosis.associations)
    roots = (a for a in diagnosis.associations if a.caused_by not in known)
    lines = [line for a in roots for line in _lines(a, children, 0, diagnosis.logs)]
    for pair in diagnosis.pairs:
        offset = "" if pair.offset_s is None else f", clocks {pair.offset_s:+.3f} s apart"
        lines.append(f"{pair.opened} = {pair.accepted}{offset}{', by what was done' if pair.by_likeness else ''}")
        lines += [f"    disagree: {text}" for text in pair.disagreements]
    lines += [story_line(s, known, texts()) for s in diagnosis.stories if known.keys() & {*s.associations}]
    if diagnosis.folded_associations:
        lines.append(f"and {diagnosis.folded_associations} more that are not listed")
    text = "".join(f"{line}\n" for line in lines)
    return text.encode("ascii", "backslashreplace").decode() if ascii_only else text


def _lines(
    a: Association, children: Mapping[str, Sequence[Association]], depth: int, logs: Sequence[LogSummary]
) -> Iterator[str]:
    yield "  " * depth + describe(a, logs)
    for child in children.get(a.id, ()):
        yield from _lines(child, children, depth + 1, logs)


def describe(association: Association, logs: Sequence[LogSummary]) -> str:
    """One association of these logs in one line."""
    a = association
    calling, called = from_to(a)
    own, arrow = (called, "<-") if a.direction is Direction.INCOMING else (calling, "->")
    parts = [clock(a.start) if a.start else "--:--:--.---", f"{own}{arrow}{peer(a)}({visible(a.id)})"]
    parts += _operations(a)
    seconds = seconds_of(a)
    count = sum(o.count for o in a.operations)
    if seconds is not None and a.end is not None:
        parts.append(duration(seconds))
        if count > 1 and seconds > 0:
            parts.append(f"{count / seconds:.1f}/s")
    rate = phases_of(a).bytes_per_second
    if rate is not None:
        parts.append(f"{size(int(rate))}/s")
    if (a.longest_gap_seconds or 0.0) >= _LONG_GAP_S:
        parts.append(f"silent for {duration(a.longest_gap_seconds)}")
    parts.append(_ended(a, logs))
    if a.contexts_accepted is not None and a.contexts_proposed:
        parts.append(f"{a.contexts_accepted}/{a.contexts_proposed} contexts")
    if a.attribution == "inferred":
        parts.append("inferred")
    return "  ".join(parts)


def _operations(a: Association) -> list[str]:
    made = []
    for command in dict.fromkeys(o.command for o in a.operations):
        same = [o for o in a.operations if o.command == command]
        total = sum(o.count for o in same)
        results: Counter[str] = Counter()
        for o in same:
            code = f"{o.status[2:].upper()}H" if o.status is not None else None
            results["ok" if o.ok else code or ("failed" if o.ok is False else "?")] += o.count
        shown = ", ".join(f"{n} {word}" for word, n in results.items() if word != "?")
        made.append(visible(command) + (f" ×{total}" if total > 1 else ""))
        if shown and (len(results) > 1 or "ok" not in results):
            made.append(shown)
    return made


def _ended(a: Association, logs: Sequence[LogSummary]) -> str:
    if a.reject is not None:
        codes = (a.reject.result, a.reject.source, a.reject.reason)
        shown = f" {codes[0]}/{codes[1]}/{codes[2]}" if None not in codes else ""
        return f"rejected by {side_of(a, a.reject.by, logs)}{shown}"
    by = f" by {side_of(a, a.ended_by, logs)}" if a.ended_by is not None and a.outcome != "released" else ""
    why = f": {visible(a.failure)}" if a.failure and a.outcome == "not-established" else ""
    return f"{a.outcome}{by}{why}"


def render_svg(associations: Sequence[Association], *, year: bool) -> str:
    """The overview of all associations as a drawing of its own; failures are crosses. ``year``: it is known."""
    drawn = overview(associations, "others", year=year)
    if drawn is None:
        nothing = '<text x="4" y="20">Nothing to draw.</text>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="30">{nothing}</svg>\n'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {drawn.height}" role="img">',
        f"<title>Associations, {escape(span(drawn.first, drawn.last, year=year))}</title>",
        f"<style>{_SVG_STYLE}</style>",
    ]
    parts += [f'<text x="0" y="{row.y + 15}">{escape(row.name[: LABELS // 8])}</text>' for row in drawn.rows]
    for tick in drawn.ticks:
        parts.append(f'<path class="grid" d="M{tick.x} 4V{drawn.height - 22}"/>')
        parts.append(f'<text class="tick" x="{tick.x}" y="{drawn.height - 8}">{escape(tick.text)}</text>')
    for row in drawn.rows:
        parts.append(f'<path class="good" d="{row.good}"/>')
        if row.bad:
            parts.append(f'<path class="bad" d="{row.bad}"/>')
    return "\n".join([*parts, "</svg>\n"])


def matches(association: Association, *, aet: str | None, other: str | None, outcome: str | None) -> bool:
    """Whether an association has this AET on either side, this peer (AET or address) and this outcome."""
    a = association
    return (
        (aet is None or aet in (a.calling_aet, a.called_aet))
        and (other is None or other in (peer(a), a.peer_ip))
        and (outcome is None or outcome == a.outcome)
    )
