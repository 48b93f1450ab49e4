"""The compiled event patterns: which fixed texts to look for, and what a line that has one of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loganalyzer.dumps.dump import DATASET_BEGIN
from loganalyzer.events.prefilter import compile_prefilter
from loganalyzer.events.template import compile_template, fixed_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loganalyzer.events.prefilter import Occurrences
    from loganalyzer.events.template import Template
    from loganalyzer.patternbase.types import EventPattern
    from loganalyzer.records.record import Record

#: What begins a warning or an error, of Orthanc or of DCMTK, at the start of a line or glued behind a torn one.
ALARMS = tuple(f"\n{level}{c}".encode() for level in "EWF" for c in ("0", "1", "?????", ": ")) + tuple(
    f": {level}{c}".encode() for level in "EW" for c in "01"
)
_MATCH_WINDOW = 16 * 1024
_REGEX_TIMEOUT_S = 0.05
_BARE_FIXED_LENGTH = 16

_Found = tuple["EventPattern", dict[str, str]]


@dataclass(slots=True)
class _Compiled:
    """A pattern and what it is sought by; its template is made when a line may be it."""

    pattern: EventPattern
    regex: Any
    sought: bytes
    weight: int
    _template: Template | None = None

    @property
    def template(self) -> Template | None:
        if self._template is None and self.regex is None:
            self._template = compile_template(self.pattern.message)
        return self._template

    def fields(self, message: str) -> dict[str, str] | None:
        template = self.template
        if template is not None:
            return template.match(message)
        m = self.regex.search(message, timeout=_REGEX_TIMEOUT_S)
        return None if m is None else {k: v for k, v in m.groupdict().items() if v is not None}


class EventCatalogue:
    """Compiled patterns.

    ``find`` gives the occurrences of :attr:`texts` in a block; ``owners`` are the patterns of each text, best first.
    The last text, :attr:`dataset`, marks a data set; those before it without owners are :data:`ALARMS`. ``disabled``
    names the patterns whose regular expression took too long; they are out for the rest of the run.
    """

    def __init__(self, patterns: Iterable[EventPattern]) -> None:
        # Of two wordings that are alike, the one that an event follows is better than the one that is only recognised.
        compiled = sorted((_compile(p) for p in patterns), key=lambda c: (-c.weight, c.pattern.event == "harmless"))
        by_text: dict[bytes, list[_Compiled]] = {}
        for c in compiled:
            by_text.setdefault(c.sought, []).append(c)
        self.owners = [tuple(found) for found in by_text.values()] + [()] * len(ALARMS)
        self.dataset = len(self.owners)
        self.texts = [*by_text, *ALARMS, b"\n" + DATASET_BEGIN]
        self.disabled: list[str] = []
        self._find: Callable[[bytes], Occurrences] | None = None

    @property
    def patterns(self) -> list[EventPattern]:
        """The patterns, the most specific ones of each text first."""
        return [c.pattern for owners in self.owners for c in owners]

    def find(self, block: bytes) -> Occurrences:
        """The occurrences of all texts in ``block``."""
        if self._find is None:
            self._find = compile_prefilter(self.texts)
        return self._find(block)

    def announces_dump(self, text: int) -> bool:
        """Whether a line with this text may have a dump behind it."""
        return text == self.dataset or any(c.pattern.dump is not None for c in self.owners[text])

    def candidates(self, message: str) -> list[int]:
        """The texts that stand in ``message``; for single messages outside a block."""
        return [i for i, _, _ in self.find(b"\n" + message.encode("utf-8", "replace") + b"\n") if i != self.dataset]

    def recognise(self, record: Record, texts: Sequence[int]) -> _Found | None:
        """The most specific pattern, of those that own one of ``texts``, that a record matches, with its fields.

        ``texts`` are those that stand in its message.
        """
        message = record.message if len(record.message) <= _MATCH_WINDOW else record.message[:_MATCH_WINDOW]
        for compiled in self._owners(texts):
            pattern = compiled.pattern
            if pattern.dcmtk != record.dcmtk or (pattern.levels and (record.level or "?") not in pattern.levels):
                continue
            if pattern.file is not None and record.file is not None and pattern.file != record.file:
                continue
            fields = self._fields(compiled, message)
            if fields is not None:
                return pattern, fields
        return None

    def recognise_bare(self, text: str, texts: Sequence[int]) -> _Found | None:
        """The same for a line without its prefix, which may stand inside a sentence or behind a torn line."""
        for compiled in self._owners(texts):
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

    def _owners(self, texts: Sequence[int]) -> Sequence[_Compiled]:
        if len(texts) == 1:
            return self.owners[texts[0]]
        found = {id(c): c for t in texts for c in self.owners[t]}
        return sorted(found.values(), key=lambda c: -c.weight)

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
        return _Compiled(pattern, regex.compile(pattern.regex), literal.encode(), len(literal))
    literals = fixed_parts(pattern.message)
    longest = max(literals, key=len)
    sought = longest.encode()
    if longest is literals[-1]:
        sought += b"\n"  # the message ends with it, so nothing that goes on is a candidate
    return _Compiled(pattern, None, sought, sum(map(len, literals)))
