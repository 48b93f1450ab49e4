"""All checks of a configuration, as findings beside those of the log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from loganalyzer.config.book import book_facts
from loganalyzer.config.in_force import check_live
from loganalyzer.config.insecure import check_security
from loganalyzer.config.log_facts import LogFacts
from loganalyzer.config.options import check_options, known_options
from loganalyzer.config.own_side import check_own_side
from loganalyzer.config.peers import check_peers
from loganalyzer.config.reading import read_configuration
from loganalyzer.config.remarks import remark
from loganalyzer.diagnosis.model import rank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from loganalyzer.config.document import Configuration
    from loganalyzer.diagnosis.model import Evidence, Finding, LogSummary
    from loganalyzer.sources.block import Problem
    from loganalyzer.timeline.association import Association

_MOST = 60


@dataclass(frozen=True, slots=True)
class CheckedConfiguration:
    """A configuration, and what could not be read of it; the argument ``configuration`` of a diagnosis."""

    configuration: Configuration
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, paths: Sequence[str | Path], names: Mapping[Path, str] | None = None) -> CheckedConfiguration:
        """What files, folders and running Orthancs hold: :func:`~loganalyzer.config.reading.read_configuration`."""
        return cls(*read_configuration(paths, names))

    def with_findings(
        self, findings: tuple[Finding, ...], logs: Sequence[LogSummary], associations: Sequence[Association]
    ) -> tuple[Finding, ...]:
        """The findings of the logs, and after their roots what the configuration shows (at most 60, worse first)."""
        version = LogFacts(logs, associations, findings).version
        compared = against_log(self.configuration, findings, logs, associations)
        found = (*compared, *_by_itself(self.configuration, version))
        said = {finding.fingerprint: finding for finding in found}
        remarks = sorted(said.values(), key=lambda f: rank(f.severity))[:_MOST]
        roots = [f for f in findings if f.explained_by is None]
        return (*roots, *remarks, *(f for f in findings if f.explained_by is not None))

    def facts(self, associations: Sequence[Association]) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
        """What the configuration answers of the checklist: field, value, lines."""
        return book_facts(self.configuration, associations)


def against_log(
    configuration: Configuration,
    findings: Sequence[Finding],
    logs: Sequence[LogSummary],
    associations: Sequence[Association],
) -> Iterator[Finding]:
    """What the configuration and the logs say differently of Orthanc and its modalities."""
    facts = LogFacts(logs, associations, findings)
    yield from check_peers(configuration, facts)
    yield from check_own_side(configuration, facts)


def _by_itself(configuration: Configuration, version: str | None) -> Iterator[Finding]:
    yield from check_live(configuration, version)
    yield from check_security(configuration)
    variables = tuple(configuration.variables())
    if variables:
        yield remark(
            "LA566", "configuration-bad-value", nodes=variables[:10], values={"variables": str(len(variables))}
        )
    # A hostile file may have a hundred thousand misspelt options; each costs a search for what was meant.
    yield from islice(check_options(configuration, version, known_options()), _MOST)
