"""Compares what is read in the logs of peers with what went over the wire.

    python -m tools.score_peers sample_logs [--skip REGEX] [--worst 20]

A case is a folder with ``expected.json`` (the truth as Orthanc saw it: a peer's view is the mirror image) and one
``peer*.log`` or more. Each association read in a peer's log is held against one of the truth with the same AETs and the
opposite direction, each of them once. Figures: how many logs show an association, how many of those are on the wire,
and how often a field that the log shows says what the wire says.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.build import diagnose
from loganalyzer.patternbase import load_patterns
from loganalyzer.timeline.association import Direction, Outcome, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.timeline.association import Association

Truth = dict[str, Any]


@dataclass
class Score:
    """The figures so far; ``misses`` names the logs that disagree."""

    logs: int = 0
    silent: list[Path] = field(default_factory=list)
    found: int = 0
    on_the_wire: int = 0
    right: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def note(self, name: str, log: Path, said: object, true: object) -> None:
        """Counts one field of one association."""
        self.shown[name] += 1
        if said == true:
            self.right[name] += 1
        else:
            self.misses.append(f"{log}: {name} is {said}, on the wire {true}")


def score_case(folder: Path, patterns: PatternBase, score: Score) -> None:
    """Scores all logs of peers of one case."""
    truths: list[Truth] = json.loads((folder / "expected.json").read_bytes())["associations"]
    free = list(truths)
    for log in sorted(folder.glob("peer*.log")):
        found = diagnose(log, patterns=patterns).associations
        score.logs += 1
        if not found:
            score.silent.append(log)
        for association in found:
            score.found += 1
            alike = [t for t in free if _is_same(association, t)]
            truth = min(
                alike, key=lambda t: (t["outcome"] == "accepted") != _was_established(association), default=None
            )
            if truth is None:
                score.misses.append(f"{log}:{association.start_line}: not on the wire: {_named(association)}")
                continue
            free.remove(truth)
            score.on_the_wire += 1
            for name, said, true in _fields(association, truth):
                score.note(name, log, said, true)


def _is_same(said: Association, truth: Truth) -> bool:
    mirrored = Direction.OUTGOING if truth["direction"] == "incoming" else Direction.INCOMING
    return said.direction is mirrored and all(
        mine is None or true is None or mine.strip() == true.strip()
        for mine, true in ((said.calling_aet, truth["calling_aet"]), (said.called_aet, truth["called_aet"]))
    )


def _named(said: Association) -> str:
    return f"{said.direction} {said.calling_aet} -> {said.called_aet}, {said.outcome}"


def _fields(said: Association, truth: Truth) -> Iterator[tuple[str, object, object]]:
    yield "established", _was_established(said), truth["outcome"] == "accepted"
    if truth["outcome"] == "accepted":
        yield "ended by release", said.outcome is Outcome.RELEASED, truth.get("ended") == "released"
    for name in ("contexts_proposed", "contexts_accepted"):
        if getattr(said, name) is not None and truth.get(name) is not None:
            yield name, getattr(said, name), truth[name]
    if said.reject is not None and truth.get("reject"):
        wanted = tuple(truth["reject"][key] for key in ("result", "source", "reason"))
        yield "reject", (said.reject.result, said.reject.source, said.reject.reason), wanted
    if truth.get("operations") is None or not said.operations:
        return
    # In a peer's log “Orthanc” is whoever wrote it: the own side.
    read = Counter[tuple[str, str]]()
    for operation in said.operations:
        read[operation.command, "peer" if operation.requested_by is Side.ORTHANC else "orthanc"] += operation.count
    wire = Counter[tuple[str, str]]()
    for one in truth["operations"]:
        wire[one["command"], one.get("requested_by", "")] += one.get("count", 1)
    if all(one.get("requested_by") for one in truth["operations"]):
        yield "operations", sorted(read.items()), sorted(wire.items())
    statuses = {(one["command"], one.get("status")) for one in truth["operations"]}
    for operation in said.operations:
        if operation.status is not None:
            yield "status", (operation.command, operation.status) in statuses, True


def _was_established(said: Association) -> bool:
    return said.outcome not in (Outcome.REJECTED, Outcome.NOT_ESTABLISHED)


def main() -> None:
    """Score all cases below a folder and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.score_peers", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--skip", default="(?!)", help="cases to leave out, a regular expression")
    parser.add_argument("--worst", type=int, default=0, help="print so many disagreements, and the silent logs")
    arguments = parser.parse_args()
    score, patterns = Score(), load_patterns()
    for truth in sorted(arguments.folder.rglob("expected.json")):
        if not re.search(arguments.skip, truth.parent.name):
            score_case(truth.parent, patterns, score)
    print(f"{score.logs} logs of peers, {len(score.silent)} of them show no association")
    print(f"{score.found} associations read, {score.on_the_wire} of them are on the wire")
    for name, count in score.shown.items():
        print(f"  {name}: {score.right[name]} of {count}")
    for miss in [*score.misses, *(f"{log}: no association" for log in score.silent)][: arguments.worst]:
        print(miss)


if __name__ == "__main__":
    main()
