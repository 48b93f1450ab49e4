"""Healthy logs, on which every signature has to stay silent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.patternbase.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.patternbase import PatternBase


def noise_on(logs: Sequence[str], base: PatternBase) -> list[Fault]:
    """A fault for each signature that finds an error or a warning in a log that is known to be healthy."""
    from loganalyzer.diagnosis.build import diagnose

    faults: dict[Fault, None] = {}
    for log in _files(logs):
        for finding in diagnose(log, patterns=base).findings:
            signature = base.signature(finding.code)
            if finding.severity == "notice" or signature is None:
                continue
            lines = ", ".join(str(e.line) for e in finding.evidence[:3])
            text = f"{signature.code} {signature.name} holds in the healthy log {log.name} (line {lines})"
            faults[Fault.at(signature.where, text)] = None
    return list(faults)


def _files(logs: Sequence[str]) -> list[Path]:
    """The logs themselves; of a folder, every file below it that is called ``*.log``."""
    found: list[Path] = []
    for log in map(Path, logs):
        found += sorted(log.rglob("*.log")) if log.is_dir() else [log]
    return found
