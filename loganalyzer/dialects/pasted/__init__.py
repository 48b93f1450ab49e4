"""Reads small texts that people paste: a log between sentences, single messages, answers of the REST API.

Everything that Orthanc's own reader understands is left to it. Only lines that it cannot use, and that are outside the
dumps of a log, are compared word by word with the known messages.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from loganalyzer.dialects.pasted.bodies import Body, bodies_in
from loganalyzer.dialects.pasted.matching import TextMatcher, fixed_length, is_redacted
from loganalyzer.dialects.pasted.numbered import Numbered, block_of, is_stamped, rejoined
from loganalyzer.events.event import Event
from loganalyzer.events.reader import UNKNOWN, EventReader
from loganalyzer.records.header import Clock, parse_record
from loganalyzer.records.record import Record
from loganalyzer.sources.wrappers.soft_wrap import may_go_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.pasted.matching import Match
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.counts import ReadCounts

__all__ = ["PastedReader"]

_MOST_JOINED = 3
_MOST_COMPARED = 4000
_DUMP_SIGNS = ("====", "# Dicom-", "D: ", "BEGIN A-ASSOCIATE")
_MAX_LINE = 4000
_MAX_SAMPLES, _MAX_SAMPLE = 3, 300
_SURE = 0.8
_TELLING_CHARS = 40
#: An error code of Orthanc, and not the exit status of some program or a status of HTTP.
_CODE = re.compile(
    r"(?<!exit )(?<!status )(?<!return )(?<!response )\b(?:error |Orthanc)?code[ :=`]+(\d{1,4})\b", re.IGNORECASE
)


class PastedReader:
    """Reads one such text at once. ``counts`` is complete after :meth:`events`."""

    def __init__(self, catalogue: EventCatalogue, year: int | None) -> None:
        self._catalogue = catalogue
        self._year = year
        self._reader = EventReader(catalogue, Clock(year))

    @property
    def counts(self) -> ReadCounts:
        """What was seen."""
        return self._reader.counts

    def events(self, lines: list[Numbered]) -> list[Event]:
        """The events of the text, in the order of its lines."""
        lines = list(self._completed(rejoined(lines)))
        text = "\n".join(line.text for line in lines) + "\n"
        events = [_unredacted(event) for event in self._reader.events([block_of(lines)])] if lines else []
        bodies = bodies_in(text)
        in_bodies = _covered(bodies, text, lines)
        events = [e for e in events if e.record.line not in in_bodies or e.record.file is not None]
        events += [self._of_body(body, line) for body, line in _places(bodies, text, lines)]
        used = {e.record.line for e in events if e.type != UNKNOWN} | in_bodies
        weak = self._weak(lines, events)
        better = list(self._bare(lines, used - weak))
        self.counts.told = self.counts.told or any(not event.record.dcmtk for event in better)
        events = [e for e in events if e.record.line not in weak] + better
        events += self._codes(lines, {e.record.line for e in events if e.type != UNKNOWN})
        events.sort(key=lambda e: e.record.line)
        told = {e.record.line for e in events if e.type != UNKNOWN} | in_bodies
        missed = [line for line in _around(lines) if line.text.strip() and line.number not in told]
        self.counts.orphans = len(missed)
        self.counts.not_understood = [(line.number, line.text[:_MAX_SAMPLE]) for line in missed[:_MAX_SAMPLES]]
        return events

    # -- stamped lines that go on -------------------------------------------------------------------------------------

    def _completed(self, lines: list[Numbered]) -> Iterator[Numbered]:
        """A stamped line that is no known message, but is one together with the lines behind it."""
        i = 0
        while i < len(lines):
            line = lines[i]
            i += 1
            if is_stamped(line.text):
                joined = self._joined(lines, i, line.text)
                if joined is not None:
                    text, i = joined
                    line = Numbered(line.number, text)
            yield line

    def _joined(self, lines: list[Numbered], at: int, text: str) -> tuple[str, int] | None:
        if at >= len(lines) or not may_go_on(lines[at].text):
            return None
        alone = self._weight(text)
        for n in range(1, _MOST_JOINED + 1):
            rest = lines[at : at + n]
            if len(rest) < n or not may_go_on(rest[-1].text):
                return None
            joined = " ".join([text.rstrip(), *(r.text.strip() for r in rest)])
            if self._weight(joined) > alone:
                return joined, at + n
        return None

    def _weight(self, text: str) -> int:
        """How much of a line a pattern explains; 0 when none does."""
        record = parse_record(text[:_MAX_LINE], 0, Clock(self._year))
        if record is None:
            return 0
        found = self._catalogue.recognise(record, self._catalogue.candidates(record.message))
        return 0 if found is None else len(found[0].message)

    def _weak(self, lines: list[Numbered], events: list[Event]) -> set[int]:
        """Lines without a prefix of which Orthanc's own reader has understood less than is there."""
        bare = {e.record.line for e in events if e.type != UNKNOWN and e.record.file is None and e.record.time is None}
        weak = set()
        for line in lines:
            if line.number not in bare or is_stamped(line.text):
                continue
            known = self._catalogue.recognise_bare(line.text, self._catalogue.candidates(line.text))
            match = self._find(line.text)
            if known is not None and match is not None and match.share >= _SURE:
                weak |= {line.number} if fixed_length(match.pattern) > fixed_length(known[0]) else set()
        return weak

    # -- lines without a prefix ---------------------------------------------------------------------------------------

    def _bare(self, lines: list[Numbered], used: set[int]) -> Iterator[Event]:
        outside = _outside(lines)
        compared = 0
        skip = 0
        for i, line in enumerate(lines):
            if i < skip or not outside[i] or line.number in used or not line.text.strip():
                continue
            compared += 1
            if compared > _MOST_COMPARED:
                return
            found = self._best(line, _windows(lines, outside, i))
            if found is None:
                continue
            window, last, match = found
            skip = last + 1 if match.end > len(line.text) else skip
            yield self._event(line, window, match)
            inner = self._find(window[match.rest :]) if match.rest is not None else None
            if inner is not None and inner.pattern.event != match.pattern.event:
                yield self._event(line, window[match.rest :], inner)

    def _best(self, line: Numbered, windows: Iterable[tuple[str, int]]) -> tuple[str, int, Match] | None:
        """The window in which most of a message stands; the smallest of those."""
        best: tuple[str, int, Match] | None = None
        for window, last in windows:
            match = self._find(window)
            if match is None or match.start >= len(line.text):
                continue
            if best is None or (match.fixed, not match.lacks_end) > (best[2].fixed, not best[2].lacks_end):
                best = (window, last, match)
        return best

    def _find(self, text: str) -> Match | None:
        return _matcher(self._catalogue).find(text)

    def _event(self, line: Numbered, window: str, match: Match) -> Event:
        level = (match.pattern.levels or "?")[0]
        message = window[match.start : match.end]
        record = _record(line.number, level, message, window[:_MAX_LINE], dcmtk=match.pattern.dcmtk)
        return Event(match.pattern.event, record, match.fields, partial=match.partial)

    def _codes(self, lines: list[Numbered], used: set[int]) -> Iterator[Event]:
        """Error codes of Orthanc in sentences: each stands for one description (``ErrorCode`` of the REST API)."""
        if not any("orthanc" in line.text.casefold() for line in lines):
            return
        for line in lines:
            m = _CODE.search(line.text)
            if m is None or line.number in used or m[1] not in error_codes():
                continue
            description = error_codes()[m[1]]
            record = _record(line.number, "E", description, line.text[:_MAX_LINE])
            match = self._find(description)
            if match is not None:
                yield Event(match.pattern.event, record, match.fields, partial=match.partial)

    # -- JSON -----------------------------------------------------------------------------------------------------

    def _of_body(self, body: Body, line: Numbered) -> Event:
        """What Orthanc's log would say of the same failure; else that a call, or a job, has failed."""
        record = _record(line.number, "E", body.message, line.text, file="OrthancException.cpp")
        found = self._catalogue.recognise(record, self._catalogue.candidates(body.message))
        if found is not None and found[0].harmless is None:
            return Event(found[0].event, record, body.fields | found[1])
        match = self._find(body.message)
        told_at_error = match is not None and (not match.pattern.levels or "E" in match.pattern.levels)
        if match is not None and told_at_error and match.pattern.harmless is None:
            return Event(match.pattern.event, record, body.fields | match.fields, partial=match.partial)
        return Event("rest.job-failed" if body.job else "rest.error-body", record, body.fields)


def _record(
    number: int, level: str, message: str, text: str, *, file: str | None = None, dcmtk: bool = False
) -> Record:
    """What Orthanc's record of a message would be, as far as a text without its prefix tells."""
    return Record(number, None, level, None, None, None, file, None, message, dcmtk, text)


@cache
def error_codes() -> dict[str, str]:
    """Orthanc's error codes (``Enumerations.h`` of 1.13.0) with their descriptions."""
    found: dict[str, str] = json.loads(Path(__file__).with_name("error_codes.json").read_text(encoding="ascii"))
    return found


@lru_cache(maxsize=1)
def _matcher(catalogue: EventCatalogue) -> TextMatcher:
    """What compares with the patterns of a catalogue; made once, since it takes a second."""
    return TextMatcher(catalogue.patterns)


def _unredacted(event: Event) -> Event:
    """An event without the values that somebody has made unreadable, and without the marks of code around a line."""
    kept = {name: value.rstrip("`") for name, value in event.fields.items() if not is_redacted(value)}
    return structs.replace(event, fields=kept, partial=event.partial or len(kept) < len(event.fields))


def _windows(lines: list[Numbered], outside: list[bool], i: int) -> Iterator[tuple[str, int]]:
    """A line alone, then with the lines behind it, over one blank line at the most."""
    text, blank = lines[i].text, 0
    yield text, i
    joined = 0
    for k in range(i + 1, len(lines)):
        if not lines[k].text.strip():
            blank += 1
            if blank > 1:
                return
            continue
        if not outside[k] or joined >= _MOST_JOINED:
            return
        joined += 1
        text = f"{text} {lines[k].text.strip()}"
        yield text, k


def _outside(lines: list[Numbered]) -> list[bool]:
    """Which lines stand outside the log: neither stamped nor part of a dump between two stamped lines."""
    outside = [True] * len(lines)
    stamped = [i for i, line in enumerate(lines) if is_stamped(line.text)]
    for a, b in zip(stamped, [*stamped[1:], len(lines)], strict=False):
        outside[a] = False
        between = lines[a + 1 : b]
        if any(sign in line.text for line in between for sign in _DUMP_SIGNS):
            outside[a + 1 : b] = [False] * len(between)
    return outside


def _around(lines: list[Numbered]) -> list[Numbered]:
    """The lines before the first stamped line and behind the last one's dump: those between belong to what is above."""
    stamped = [i for i, line in enumerate(lines) if is_stamped(line.text)]
    if not stamped:
        return lines
    behind = [
        line
        for line, out in zip(lines, _outside(lines), strict=True)
        if out and line.number > lines[stamped[-1]].number
    ]
    return lines[: stamped[0]] + behind


def _places(bodies: list[Body], text: str, lines: list[Numbered]) -> Iterator[tuple[Body, Numbered]]:
    for body in bodies:
        telling = body.details or body.description
        index = text.count("\n", 0, _place(text, body, telling))
        yield body, lines[min(index, len(lines) - 1)]


def _place(text: str, body: Body, telling: str) -> int:
    """Where the line stands that says what failed: as JSON writes it, or as a person has copied it."""
    end = max(body.end, body.start + _MAX_LINE)
    for written in (json.dumps(telling, ensure_ascii=False)[1:-1], telling):
        at = text.find(written[:_TELLING_CHARS], body.start, end) if written else -1
        if at >= 0:
            return at
    return body.start


def _covered(bodies: list[Body], text: str, lines: list[Numbered]) -> set[int]:
    covered: set[int] = set()
    for body in bodies:
        first, last = text.count("\n", 0, body.start), text.count("\n", 0, body.end)
        covered.update(line.number for line in lines[first : last + 1])
    return covered
