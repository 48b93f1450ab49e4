"""Recorded logs with the configuration that Orthanc ran with, and alterations of the latter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loganalyzer.config.check import CheckedConfiguration
from loganalyzer.diagnosis.build import diagnose_opened
from loganalyzer.diagnosis.model import Diagnosis, Finding
from loganalyzer.sources.opening import open_logs
from tests.knowledge import SAMPLES


def options_of(sample: str) -> dict[str, Any]:
    """The configuration of a recording."""
    options: dict[str, Any] = json.loads((SAMPLES / sample / "orthanc.json").read_text(encoding="utf-8"))
    return options


def written(folder: Path, options: dict[str, Any]) -> Path:
    """The file of a configuration, one option a line."""
    path = folder / "orthanc.json"
    path.write_text(json.dumps(options, indent=1), encoding="utf-8")
    return path


def diagnosed(sample: str, *configuration: Path) -> Diagnosis:
    """The diagnosis of a recording with a configuration, its own unless given."""
    own = SAMPLES / sample / "orthanc.json"
    opened = open_logs([SAMPLES / sample / "orthanc.log"])
    return diagnose_opened(opened, configuration=CheckedConfiguration.read(configuration or [own]))


def alone(path: Path) -> tuple[Finding, ...]:
    """What a configuration shows without a log."""
    checked = CheckedConfiguration.read([path])
    assert not checked.problems
    return checked.with_findings((), (), ())


def of_code(diagnosis: Diagnosis, code: str) -> Finding:
    """The one finding with a code."""
    (found,) = (f for f in diagnosis.findings if f.code == code)
    return found
