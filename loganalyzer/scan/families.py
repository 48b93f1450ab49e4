"""Families of the unknown: warnings and errors of a log that no pattern knows, grouped by template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.workbench.generalise import template_of
from loganalyzer.workbench.unknown import example_of

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.events.event import Event
    from loganalyzer.scan.rows import Key, Row

_MOST = 2000
_MOST_REMEMBERED = 20_000
_LONGEST = 600
BEYOND = "{} (templates beyond the first 2000 of this log)"


@dataclass(slots=True)
class _Family:
    example: str
    line: int
    count: int = 0


@dataclass(slots=True)
class Families:
    """Groups what it is shown; bounded, whatever a log holds."""

    _found: dict[tuple[str, str, str | None], _Family] = field(default_factory=dict)
    _templates: dict[str, str] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Counts one warning or error."""
        record = event.record
        key = (self._template(record.message[:_LONGEST]), record.level or "?", record.file)
        family = self._found.get(key)
        if family is None:
            if len(self._found) >= _MOST:
                key = (BEYOND, key[1], None)
            family = self._found.setdefault(key, _Family(example_of(record), record.line))
        family.count += 1

    def _template(self, message: str) -> str:
        template = self._templates.get(message)
        if template is None:
            template = template_of(message)
            if len(self._templates) < _MOST_REMEMBERED:
                self._templates[message] = template
        return template

    def rows(self, key: Key, diagnosis: Diagnosis) -> list[Row]:
        """One row a family, with the version of the run that its first line stands in."""
        return [
            (*key, template, level, source, _version(diagnosis, f.line), f.count, f.example, f.line)
            for (template, level, source), f in self._found.items()
        ]


def _version(diagnosis: Diagnosis, line: int) -> str | None:
    runs = [run for log in diagnosis.logs for run in log.runs if run.first_line <= line]
    return runs[-1].orthanc_version if runs else None
