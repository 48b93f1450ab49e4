"""The lives of the Orthanc process inside a log, as their start-up lines tell them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Run
from loganalyzer.timeline.association import LineRef

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loganalyzer.events.event import Event

_FACTS = {
    "run.scp-timeout": ("timeout", "scp_timeout"),
    "run.scu-timeout": ("timeout", "scu_timeout"),
    "run.dicom-threads": ("threads", "dicom_threads"),
    "run.http-listening": ("http_port", "http_port"),
    "run.deidentify": ("deidentify", "deidentify_logs"),
    "run.configuration": ("path", "configuration"),
    "run.close-delay": ("delay", "close_delay"),
    "run.index-directory": ("path", "index_directory"),
    "run.storage-directory": ("path", "storage_directory"),
    "run.storage-mode": ("mode", "storage_mode"),
}
#: What a run's start-up lines may tell, by the names that signatures use (``run.http_port``).
RUN_FACTS = frozenset({name for _, name in _FACTS.values()} | {"dicom_tls", "ready", "plugins", "product"})
_PROVING = {"run.started": "version", "run.listening": "listening", "run.tls-on": "tls", "run.tls-off": "tls",
            "run.close-delay": "close_delay", "run.registered-plugin": "plugins"}  # fmt: skip
_MAX_TEXT = 300


@dataclass(slots=True)
class _Draft:
    number: int
    first_line: int
    first_time: datetime | None
    last_time: datetime | None = None
    version: str | None = None
    dcmtk: str | None = None
    aet: str | None = None
    port: int | None = None
    ended: str = "open"
    facts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, LineRef] = field(default_factory=dict)

    def take(self, kind: str, fields: dict[str, str]) -> None:
        """Takes what a line says of the process."""
        if kind == "run.listening":
            self.aet = fields.get("orthanc_aet", self.aet)
            self.port = int(fields["dicom_port"])
        elif kind == "run.dcmtk-version":
            self.dcmtk = ".".join(fields["dcmtk"]) if fields["dcmtk"].isdigit() else fields["dcmtk"]
        elif kind in ("run.tls-on", "run.tls-off"):
            self.facts["dicom_tls"] = kind.removeprefix("run.tls-")
        elif kind == "run.stopped":
            self.ended = "stopped"
        elif kind == "run.ready":
            self.facts["ready"] = "yes"
        elif kind == "run.registered-plugin":
            self.facts["plugins"] = ", ".join(filter(None, [self.facts.get("plugins"), fields["plugin"]]))
        elif kind in _FACTS:
            source, name = _FACTS[kind]
            self.facts[name] = fields[source]


class RunTracker:
    """Follows the runs of one log. Run 0 is what stands before the first start."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self.number = 0

    def feed(self, event: Event) -> None:
        """Takes the next event that tells something of the process itself (``run.…``)."""
        kind, record, fields = event.type, event.record, event.fields
        if kind == "run.started":
            if self._drafts and self._drafts[-1].ended == "open":
                self._drafts[-1].ended = "restarted" if self._drafts[-1].number else "open"
            self.number += 1
            self._drafts.append(_Draft(self.number, record.line, record.time, version=fields["version"]))
        elif not self._drafts:
            self._drafts.append(_Draft(0, record.line, record.time))
        draft = self._drafts[-1]
        draft.last_time = record.time or draft.last_time
        if not kind.startswith("run."):
            return
        if kind in _PROVING:
            draft.lines.setdefault(_PROVING[kind], LineRef(record.line, record.text[:_MAX_TEXT]))
        draft.take(kind, fields)

    def runs(self, levels: Sequence[str], last_time: datetime | None = None) -> tuple[Run, ...]:
        """The runs, in order; ``last_time`` is that of the log's last line, which belongs to the last run.

        ``levels`` are those of the runs by their numbers; further runs have the level of the last of them.
        """
        if self._drafts and last_time is not None:
            self._drafts[-1].last_time = last_time
        return tuple(
            Run(
                number=d.number, first_line=d.first_line, orthanc_version=d.version, dcmtk_version=d.dcmtk,
                level=levels[min(d.number, len(levels) - 1)], aet=d.aet, dicom_port=d.port, first_time=d.first_time,
                last_time=d.last_time, ended=d.ended, facts=d.facts, fact_lines=d.lines,
            )
            for d in self._drafts
        )  # fmt: skip
