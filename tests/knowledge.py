"""The program's own patterns, loaded and compiled once for all tests of a process, and diagnoses with them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.build import diagnose_files, diagnose_paths
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.reader import EXTRA_TEXTS
from loganalyzer.patternbase import PatternBase, load_patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from loganalyzer.diagnosis.model import Diagnosis


@cache
def patterns() -> PatternBase:
    return load_patterns()


@cache
def catalogue() -> EventCatalogue:
    return EventCatalogue(patterns().events, EXTRA_TEXTS)


def diagnosed(*paths: Path | str, **options: Any) -> Diagnosis:
    """The diagnosis of some files."""
    return diagnose_paths(paths, patterns=patterns(), catalogue=catalogue(), **options)


def diagnosed_files(files: Sequence[tuple[str, BinaryIO]], **options: Any) -> Diagnosis:
    """The diagnosis of some open files with their names."""
    return diagnose_files(files, patterns=patterns(), catalogue=catalogue(), **options)
