"""What the logs tell that a configuration can be held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction
from loganalyzer.timeline.packed import indexed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.diagnosis.model import Finding, LogSummary, Run
    from loganalyzer.timeline.association import Association


@dataclass(frozen=True, slots=True)
class LogFacts:
    """The logs' summaries, associations and findings."""

    logs: Sequence[LogSummary]
    associations: Sequence[Association]
    findings: Sequence[Finding]

    @property
    def runs(self) -> list[Run]:
        """All runs of Orthanc."""
        return [run for log in self.logs for run in log.runs]

    @property
    def version(self) -> str | None:
        """The version of the last run that tells it."""
        return next((r.orthanc_version for r in reversed(self.runs) if r.orthanc_version), None)

    def of_cause(self, *causes: str) -> list[Finding]:
        """The findings with one of these causes."""
        return [f for f in self.findings if f.cause in causes]

    def concerned(
        self, findings: Sequence[Finding], direction: Direction
    ) -> Iterator[tuple[Association, list[Finding]]]:
        """The associations of findings in one direction, one for each pair of AETs and address."""
        by_id = indexed(self.associations)
        seen: dict[tuple[object, ...], tuple[Association, list[Finding]]] = {}
        for finding in findings:
            for name in finding.associations:
                a = by_id.get(name)
                if a is None or a.direction is not direction:
                    continue
                key = (a.calling_aet, a.called_aet, a.peer_ip, a.peer_port)
                _, found = seen.setdefault(key, (a, []))
                if finding not in found:
                    found.append(finding)
        yield from seen.values()

    def calls_from(self, aet: str) -> set[str]:
        """The addresses from which an AET calls Orthanc."""
        return {
            a.peer_ip for a in self.associations
            if a.direction is Direction.INCOMING and a.peer_ip and a.calling_aet == aet
        }  # fmt: skip
