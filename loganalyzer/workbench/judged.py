"""What the signatures say of a text, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.runs import RunTracker
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.reader import EventReader
from loganalyzer.findings.judge import Judge
from loganalyzer.findings.sighting import Scene
from loganalyzer.records.header import Clock
from loganalyzer.sources.block import Block
from loganalyzer.timeline.builder import TimelineBuilder

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit
    from loganalyzer.patternbase import PatternBase


def hits_of(text: str, base: PatternBase, catalogue: EventCatalogue | None = None) -> list[Hit]:
    """All hits, explained ones included, of the signatures on one log of Orthanc.

    ``catalogue`` is that of ``base``, for who asks more than once.
    """
    reader = EventReader(catalogue or EventCatalogue(base.events), Clock(2000))
    judge, builder, runs = Judge(base), TimelineBuilder(0), RunTracker()
    data = text.encode("utf-8", "surrogateescape")
    for event in reader.events([Block(data if data.endswith(b"\n") else data + b"\n", 1)]):
        if event.type.startswith("run."):
            runs.feed(event)
        draft = builder.feed(event)
        judge.observe(event, 0, runs.number, (0, draft.number) if draft is not None else None)
    scene = Scene({(0, run.number): run for run in runs.runs(("trace",))})
    scene.take(builder.associations().plain())
    scene.placed |= {(0, line): (0, draft) for line, draft in builder.incoming.placed.items()}
    return judge.hits(scene)[0]
