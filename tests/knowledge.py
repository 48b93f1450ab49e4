"""The program's own patterns, loaded and compiled once for all tests of a process, and diagnoses with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.build import diagnose_opened
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.patternbase import PatternBase, load_patterns
from loganalyzer.sources.opening import open_files, open_logs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.sources.opening import Opened
    from loganalyzer.sources.options import ReadOptions


SAMPLES = Path(__file__).resolve().parents[1] / "sample_logs"


@cache
def patterns() -> PatternBase:
    return load_patterns()


@cache
def catalogue() -> EventCatalogue:
    return EventCatalogue(patterns().events)


def diagnosed(*paths: Path | str, options: ReadOptions | None = None) -> Diagnosis:
    """The diagnosis of some files."""
    return _diagnosed(open_logs(paths, options))


def diagnosed_files(files: Sequence[tuple[str, BinaryIO]], options: ReadOptions | None = None) -> Diagnosis:
    """The diagnosis of some open files with their names."""
    return _diagnosed(open_files(files, options))


@cache
def recorded(sample: str) -> Diagnosis:
    """The diagnosis of a recorded log of Orthanc, by the name of its folder."""
    return diagnosed(SAMPLES / sample / "orthanc.log")


def _diagnosed(opened: Opened) -> Diagnosis:
    return diagnose_opened(opened, patterns=patterns(), catalogue=catalogue())
