"""The warnings and errors that no pattern knows yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.reader import UNKNOWN
from loganalyzer.workbench.coverage import CLASS_ONLY
from loganalyzer.workbench.generalise import parts_of, template_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.records.record import Record
    from loganalyzer.sources.block import Problem

_MAX_TEMPLATES = 2000
_MAX_REMEMBERED = 20_000
_MAX_TEXT = 600
BEYOND = "{} (templates beyond the first 2000 of this log)"


@dataclass(slots=True)
class Unknown:
    """Messages that differ only in their values. ``example`` is one of them with fictional values, at ``line``."""

    template: str
    level: str
    file: str | None
    example: str
    log: str
    line: int
    count: int = 0


@dataclass(slots=True)
class Families:
    """Groups the messages that it is shown; bounded, whatever a log holds."""

    _found: dict[tuple[str, str, str | None], Unknown] = field(default_factory=dict)
    _templates: dict[str, str] = field(default_factory=dict)

    def take(self, record: Record, log: str = "") -> None:
        """Counts one warning or error."""
        key = (self._template(record.message[:_MAX_TEXT]), record.level or "?", record.file)
        if key not in self._found and len(self._found) >= _MAX_TEMPLATES:
            key = (BEYOND, key[1], None)
        if key not in self._found:
            self._found[key] = Unknown(*key, example_of(record), log, record.line)
        self._found[key].count += 1

    def _template(self, message: str) -> str:
        template = self._templates.get(message)
        if template is None:
            template = template_of(message)
            if len(self._templates) < _MAX_REMEMBERED:
                self._templates[message] = template
        return template

    def in_order(self) -> list[Unknown]:
        """All of them, in the order of their first messages."""
        return list(self._found.values())

    def ranked(self) -> list[Unknown]:
        """All of them, the most frequent first."""
        return sorted(self._found.values(), key=lambda u: (-u.count, u.log, u.line))


@dataclass(slots=True)
class Account:
    """What is known of the warnings and errors of some logs.

    ``by_class`` are those of which only the class of the error is known; they are among the recognised.
    """

    alarms: int = 0
    recognised: int = 0
    unknown: list[Unknown] = field(default_factory=list)
    by_class: list[Unknown] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    logs: int = 0
    orthanc: bool = False


def account_of(paths: Sequence[str], base: PatternBase) -> Account:
    """Counts the warnings and errors of some logs, and groups those that nothing knows, most frequent first."""
    from loganalyzer.dialects.views import ReadBy, views_of
    from loganalyzer.sources.opening import open_logs

    account = Account()
    catalogue = EventCatalogue(base.events)
    unknown, by_class = Families(), Families()
    opened = open_logs(list(paths))
    for stream in opened:
        account.logs += 1
        for view in views_of(stream.blocks(), catalogue, stream.year):
            if view.by is not ReadBy.STAMPS:
                continue
            for event in view.events():
                if event.type == UNKNOWN:
                    unknown.take(event.record, stream.name)
                elif event.type.startswith(CLASS_ONLY):
                    by_class.take(event.record, stream.name)
            account.alarms += view.counts.alarms
            account.orthanc = account.orthanc or view.product != "unknown"
        account.problems += stream.state.problems
    account.problems[:0] = opened.problems
    account.unknown = unknown.ranked()
    account.by_class = by_class.ranked()
    account.recognised = account.alarms - sum(u.count for u in account.unknown)
    return account


def example_of(record: Record) -> str:
    """The record with fictional values in the places of its own; the prefix keeps level and file only."""
    message = "".join(p.stand_in if p.name else p.text for p in parts_of(record.message[:_MAX_TEXT]))
    if record.dcmtk:
        return f"{record.level}: {message}"
    plugin = f"{record.plugin}:/" if record.plugin else ""
    return f"{record.level}0101 00:00:00.000000 {plugin}{record.file or 'unknown.cpp'}:1] {message}"
