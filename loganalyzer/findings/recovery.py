"""What failed and went well afterwards is milder: a retry that succeeds is no failure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loganalyzer.findings.sighting import in_order
from loganalyzer.timeline.association import Direction, Outcome

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit, Scene
    from loganalyzer.timeline.association import Association

_NEVER_STOOD = (Outcome.NOT_ESTABLISHED, Outcome.REJECTED)


def mark_recovered(hits: list[Hit], scene: Scene, retried_jobs: set[str]) -> None:
    """Sets ``recovered`` of each hit on an outgoing association that never stood, and whose peer a later one served.

    ``retried`` when both belong to one job that Orthanc itself tried again, else ``later``. ``recovered_by`` names the
    last such association.
    """
    last: dict[tuple[object, ...], tuple[int, str]] = defaultdict(lambda: (0, ""))
    for association in scene.associations:
        if association.direction is Direction.OUTGOING and _went_well(association):
            peer, served = (association.log, association.called_aet), (association.start_line or 0, association.id)
            last[peer] = max(last[peer], served)
            last[*peer, association.job] = max(last[*peer, association.job], served)
    for hit in in_order(hits):
        for name in hit.associations:
            failed = scene.by_id.get(name)
            if failed is None or failed.direction is not Direction.OUTGOING or failed.outcome not in _NEVER_STOOD:
                continue
            peer, line = (failed.log, failed.called_aet), failed.end_line or failed.start_line or 0
            if failed.job in retried_jobs and last[*peer, failed.job][0] > line:
                hit.recovered, hit.recovered_by = "retried", last[*peer, failed.job][1]
            elif last[peer][0] > line and hit.recovered is None:
                hit.recovered, hit.recovered_by = "later", last[peer][1]


def _went_well(association: Association) -> bool:
    """Whether something was done on it and nothing failed: a failed request of Orthanc has a line at every level."""
    commands = [o for o in association.operations if o.command != "C-ECHO"]
    return association.outcome is Outcome.RELEASED and bool(commands) and all(o.ok is not False for o in commands)
