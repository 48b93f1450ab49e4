"""What a scan is asked to do, as it goes to every worker."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from loganalyzer import __version__
from loganalyzer.patternbase.cache import encode
from loganalyzer.scan.schemas import DATASET_VERSION
from loganalyzer.sources.year import date_from, started_from

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.scan.inputs import Input

_TIMEOUT_S = 0.05
_LONGEST_SERVER = 120


@dataclass(frozen=True)
class Settings:
    """How logs are read. ``patterns`` are folders of further patterns, ``fingerprint`` tells their content.

    ``server_from`` is a regular expression that is searched in the path; its group ``server``, else its first group,
    else all of it, names the server. ``since`` and ``until`` choose the logs that overlap with a period.
    """

    fingerprint: str
    patterns: tuple[str, ...] = ()
    server_from: str | None = None
    year: int | None = None
    input_format: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @cached_property
    def _digest(self) -> str:
        parts = (__version__, DATASET_VERSION, self.fingerprint, self.server_from, self.year, self.input_format)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def key(self, one: Input) -> str:
        """Names the reading of a file: another key means that it has to be read again; empty: always."""
        if not one.version:
            return ""
        parts = (self._digest, one.name, one.below, one.size, one.version, *one.neighbours)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:24]

    def content(self, one: Input, sha256: str, *, alone: bool) -> str:
        """Names what these bytes give when they are read: the same for a file that was moved or copied.

        The year of a log may come from the name or the time of its file, so these have a part in it; and the files
        before and behind it, unless they do not matter (``alone``).
        """
        year = one.modified.year if one.modified is not None else None
        neighbours = () if alone else (one.neighbours,)
        parts = (self._digest, sha256, year, started_from(one.name), date_from(one.name), *neighbours)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    @cached_property
    def _expression(self) -> Any:  # noqa: ANN401 - a compiled pattern of ``regex``
        import regex

        return regex.compile(self.server_from) if self.server_from else None

    def server(self, one: Input, name: str) -> str | None:
        """The server that a log is of: by ``server_from``, else the folder below what the person named.

        ``name`` is the name of the log, with the members of archives that lead to it.
        """
        if self._expression is not None:
            try:
                found = self._expression.search(name, timeout=_TIMEOUT_S)
            except TimeoutError:
                return None
            return _named(found) if found is not None else None
        below = re.split(r"[/\\!]", one.below + name.removeprefix(one.name))
        if len(below) > 1:
            return below[0][:_LONGEST_SERVER]
        folders = re.split(r"[/\\]", one.name)
        return (folders[-2] if len(folders) > 1 else "")[:_LONGEST_SERVER] or None

    def outside(self, first: datetime | None, last: datetime | None) -> bool:
        """Whether a log with these stamps lies outside the period."""
        too_early = self.since is not None and last is not None and last < self.since
        too_late = self.until is not None and first is not None and first > self.until
        return too_early or too_late


def fingerprint(patterns: PatternBase) -> str:
    """Tells the content of patterns: logs are read again when it changes."""
    return hashlib.sha256(encode(patterns, "")).hexdigest()


def _named(found: Any) -> str | None:  # noqa: ANN401 - a match of ``regex``
    group = "server" if "server" in found.re.groupindex else min(1, found.re.groups)
    return (found[group] or "")[:_LONGEST_SERVER] or None
