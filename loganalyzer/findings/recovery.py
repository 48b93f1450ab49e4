"""What failed and went well afterwards is milder: a retry that succeeds is no failure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Association, Direction, Outcome

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit, Scene

_NEVER_STOOD = (Outcome.NOT_ESTABLISHED, Outcome.REJECTED)


def mark_recovered(hits: list[Hit], scene: Scene, retried_jobs: set[str]) -> None:
    """Sets ``recovered`` of each hit on an outgoing association that never stood, and whose peer a later one served.

    ``retried`` when both belong to one job that Orthanc itself tried again, else ``later``.
    """
    later: dict[tuple[int, str | None], list[Association]] = defaultdict(list)
    for association in scene.associations:
        if association.direction is Direction.OUTGOING and _went_well(association):
            later[association.log, association.called_aet].append(association)
    for hit in hits:
        for name in hit.associations:
            failed = scene.by_id.get(name)
            if failed is None or failed.direction is not Direction.OUTGOING or failed.outcome not in _NEVER_STOOD:
                continue
            for other in later.get((failed.log, failed.called_aet), ()):
                if (other.start_line or 0) > (failed.end_line or failed.start_line or 0):
                    same_job = failed.job in retried_jobs and failed.job == other.job
                    hit.recovered = "retried" if same_job else hit.recovered or "later"


def _went_well(association: Association) -> bool:
    commands = [o for o in association.operations if o.command != "C-ECHO"]
    return association.outcome is Outcome.RELEASED and bool(commands) and all(o.ok is True for o in commands)
