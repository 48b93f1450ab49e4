"""The compiled event patterns: which fixed texts to look for, and what a line that has one of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loganalyzer.events.prefilter import compile_prefilter
from loganalyzer.events.template import compile_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loganalyzer.events.prefilter import Occurrences
    from loganalyzer.events.template import Template
    from loganalyzer.patternbase.types import EventPattern
    from loganalyzer.records.header import Header

#: What begins a warning or an error, of Orthanc or of DCMTK, at the start of a line or glued behind a torn one.
ALARMS = tuple(f"\n{level}{c}".encode() for level in "EWF" for c in ("0", "1", "?????", ": ")) + tuple(
    f": {level}{c}".encode() for level in "EW" for c in "01"
)
_MATCH_WINDOW = 16 * 1024
_REGEX_TIMEOUT_S = 0.05
_BARE_FIXED_LENGTH = 16


@dataclass(slots=True)
class _Compiled:
    pattern: EventPattern
    template: Template | None
    regex: Any
    literal: str
    weight: int

    def fields(self, message: str) -> dict[str, str] | None:
        if self.template is not None:
            return self.template.match(message)
        m = self.regex.search(message, timeout=_REGEX_TIMEOUT_S)
        return None if m is None else {k: v for k, v in m.groupdict().items() if v is not None}


class EventCatalogue:
    """Compiled patterns.

    ``find`` gives the occurrences of :attr:`texts` in a block; the first ``len(patterns)`` of them belong to the pattern
    with the same index, the rest are :data:`ALARMS` and ``extra``. ``disabled`` names the patterns whose regular
    expression took too long; they are out for the rest of the run.
    """

    def __init__(self, patterns: Iterable[EventPattern], extra: Iterable[bytes] = ()) -> None:
        self._compiled = [_compile(p) for p in patterns]
        self.texts = [c.literal.encode() for c in self._compiled] + [*ALARMS, *extra]
        self.first_extra = len(self._compiled) + len(ALARMS)
        self.disabled: list[str] = []
        self._find: Callable[[bytes], Occurrences] | None = None

    def find(self, block: bytes) -> Occurrences:
        """The occurrences of all texts in ``block``."""
        if self._find is None:
            self._find = compile_prefilter(self.texts)
        return self._find(block)

    def candidates(self, message: str) -> list[int]:
        """The patterns whose fixed text stands in ``message``; for single messages outside a block."""
        return [i for i, c in enumerate(self._compiled) if c.literal in message]

    def recognise(self, header: Header, candidates: Iterable[int]) -> tuple[EventPattern, dict[str, str]] | None:
        """The most specific of the candidate patterns that a record matches, with its fields."""
        found = sorted({c for c in candidates if c < len(self._compiled)}, key=lambda c: -self._compiled[c].weight)
        message = header.message[:_MATCH_WINDOW]
        for index in found:
            compiled = self._compiled[index]
            pattern = compiled.pattern
            if pattern.dcmtk != header.dcmtk or (pattern.levels and header.level not in pattern.levels):
                continue
            if pattern.file is not None and header.file is not None and pattern.file != header.file:
                continue
            fields = self._fields(compiled, message)
            if fields is not None:
                return pattern, fields
        return None

    def recognise_bare(self, text: str, candidates: Iterable[int]) -> tuple[EventPattern, dict[str, str]] | None:
        """The same for a line without its prefix, which may stand inside a sentence or behind a torn line."""
        found = sorted({c for c in candidates if c < len(self._compiled)}, key=lambda c: -self._compiled[c].weight)
        for index in found:
            compiled = self._compiled[index]
            template = compiled.template
            if template is None or template.fixed_length < _BARE_FIXED_LENGTH or compiled.pattern.dump:
                continue
            at = text.find(template.literals[0]) if template.literals[0] else 0
            if at < 0:
                continue
            fields = self._fields(compiled, text[at : at + _MATCH_WINDOW].rstrip())
            if fields is not None:
                return compiled.pattern, fields
        return None

    def _fields(self, compiled: _Compiled, message: str) -> dict[str, str] | None:
        if compiled.pattern.where in self.disabled:
            return None
        try:
            return compiled.fields(message)
        except TimeoutError:
            self.disabled.append(compiled.pattern.where)
            return None


def _compile(pattern: EventPattern) -> _Compiled:
    if pattern.regex is not None:
        import regex

        literal = pattern.literal or ""
        return _Compiled(pattern, None, regex.compile(pattern.regex), literal, len(literal))
    template = compile_template(pattern.message)
    return _Compiled(pattern, template, None, template.literal, template.fixed_length)
