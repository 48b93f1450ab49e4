"""The patterns that a worker of a scan reads with."""

from __future__ import annotations

from functools import cache
from threading import get_ident
from typing import TYPE_CHECKING

from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.patternbase import load_patterns

if TYPE_CHECKING:
    from loganalyzer.patternbase import PatternBase


def worker_patterns(folders: tuple[str, ...]) -> tuple[PatternBase, EventCatalogue]:
    """The program's patterns and those in ``folders``, with their catalogue, for this thread.

    They are loaded once for each thread: a catalogue keeps what went wrong with the log at hand.
    """
    return _loaded(folders, get_ident())


@cache
def _loaded(folders: tuple[str, ...], thread: int) -> tuple[PatternBase, EventCatalogue]:  # noqa: ARG001 -- the key
    patterns = load_patterns(*folders)
    return patterns, EventCatalogue(patterns.events)
