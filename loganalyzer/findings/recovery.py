"""What failed and went well afterwards is milder: a retry that succeeds is no failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.findings.sighting import in_order
from loganalyzer.timeline.association import Direction, Outcome

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Hit, Scene

_NEVER_STOOD = (Outcome.NOT_ESTABLISHED, Outcome.REJECTED)


def mark_recovered(hits: list[Hit], scene: Scene, retried_jobs: set[str]) -> None:
    """Sets ``recovered`` of each hit on an outgoing association that never stood, and whose peer a later one served.

    ``retried`` when both belong to one job that Orthanc itself tried again, else ``later``. ``recovered_by`` names the
    last such association.
    """
    for hit in in_order(hits):
        for name in hit.associations:
            failed = scene.by_id.get(name)
            if failed is None or failed.direction is not Direction.OUTGOING or failed.outcome not in _NEVER_STOOD:
                continue
            well, line = scene.census(failed.log).well, max(failed.end_line or failed.start_line or 0, hit.until_line)
            same_job = well.get((failed.called_aet, failed.job)) if failed.job in retried_jobs else None
            later = well.get((failed.called_aet, None))
            if same_job is not None and same_job.line > line:
                hit.recovered, hit.recovered_by = "retried", same_job.id
            elif later is not None and later.line > line and hit.recovered is None:
                hit.recovered, hit.recovered_by = "later", later.id
