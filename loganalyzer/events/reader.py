"""From blocks of text to events: the one pass over the log.

Nothing is done in Python for a line that carries nothing: the prefilter names the places where a known text or a
warning stands, and only the lines around those are decoded, taken apart and matched.
"""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING

from msgspec import structs

from loganalyzer.dumps.dump import (
    AssociateDump,
    DimseDump,
    Dump,
    dump_begin,
    dump_break,
    dump_end,
    parse_associate,
    parse_dataset,
    parse_dimse,
    parse_reject,
    parse_transport,
)
from loganalyzer.events.counts import MAX_SAMPLES, MAX_STRETCHES, ReadCounts, Stretch
from loganalyzer.events.event import Event
from loganalyzer.records.header import (
    STAMP_ANYWHERE,
    STAMP_AT_LINE_START,
    STAMP_END,
    Clock,
    breaks_off,
    is_stamped,
    parse_record,
)
from loganalyzer.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.patternbase.types import EventPattern
    from loganalyzer.sources.block import Block

    _Recognised = tuple[Record, tuple[EventPattern, dict[str, str]] | None]

UNKNOWN = "unknown"
_ALARM_LEVELS = frozenset("EWF")
_NEW_STRETCH = frozenset({"run.started", "run.ready", "run.level-set"})
_MAX_CARRY = 4 << 20
_MAX_LINE = 64 << 10
_MAX_UNFRAMED = 512
_LONGEST_KEPT, _LONGEST_VALUE = 4096, 1024
_REMEMBERED = 16384
_LONGEST_REMEMBERED = 400
_FRAMED = ("associate", "dimse")
_MAX_SAMPLE, _SAMPLED = 300, 2000
_MAX_ANNOUNCED, _MAX_DIVIDED = 80, 8 << 10
_FOOT = re.compile(rb"\n{1,2}[^\n:=]{0,80}\n\f\n?")
_OF_DCMTK = ("D: ", "T: ", "I: ", "W: ", "E: ")
_DUMP_PARSERS: dict[str, Callable[[bytes], Dump | None]] = {
    "associate": parse_associate,
    "dimse": parse_dimse,
    "reject": parse_reject,
    "dataset": parse_dataset,
    "transport": parse_transport,
}


class EventReader:
    """Reads one log, or a part of one. ``counts`` is complete once :meth:`events` is exhausted.

    Then ``rest`` is what ends a part but cannot be read without what follows: the next part begins with it.
    """

    def __init__(self, catalogue: EventCatalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._known: dict[str, _Recognised] = {}
        self.counts = ReadCounts()
        self.rest = b""

    def events(self, blocks: Iterable[Block], rest: bytes = b"", *, to_end: bool = True) -> Iterator[Event]:
        """The events of a log, in the order of its lines.

        Of a part of it, ``rest`` is what the part before has left, and ``to_end`` says whether no other follows.
        """
        carry, carry_lines = rest, None
        first_line, data = 1 - rest.count(b"\n"), b""
        line_numbers = None
        for block in blocks:
            numbers = None
            carried_lines = carry.count(b"\n")
            if block.line_numbers is not None or carry_lines is not None:
                own = block.line_numbers or range(block.first_line, block.first_line + block.lines)
                carried = carry_lines or range(first_line, first_line + carried_lines)
                numbers = [*carried, *own]
            elif not carry:
                first_line = block.first_line
            data = b"\n" + carry + block.data
            self._note(data, len(carry))
            line_numbers = numbers
            scan = _Scan(data, first_line, line_numbers)
            yield from self._scan(scan, final=False)
            self._note_levels(scan, scan.done)
            self._note_last_time(data)
            carry = data[scan.done :]
            done_lines = carried_lines + block.lines - carry.count(b"\n")
            first_line += done_lines
            carry_lines = None if numbers is None else numbers[done_lines:]
        if carry and to_end:
            scan = _Scan(b"\n" + carry, first_line, carry_lines)
            yield from self._scan(scan, final=True)
            self._note_levels(scan, len(scan.data))
        if to_end:
            self._note_end(data[-_MAX_LINE:], first_line + carry.count(b"\n") - 1)
        self.rest = b"" if to_end else carry

    def _note(self, data: bytes, carried: int) -> None:
        """The time of the first stamp, at the speed of ``find``; ``carried`` bytes were seen before."""
        if self.counts.stamped:
            return
        m = STAMP_AT_LINE_START.search(data)
        self._note_orphans(data[1 + carried : m.start() + 1 if m is not None else None])
        if m is not None:
            self.counts.stamped = True
            self._note_time(data, m.start() + 1)

    def _note_levels(self, scan: _Scan, until: int) -> None:
        """The levels of the lines up to a place, for those that the stretch does not show yet."""
        levels = self.counts.stretches[-1].levels
        for level in "TI":
            if level not in levels and any(
                scan.data.find(f"\n{level}{c}".encode(), scan.noted, until) >= 0 for c in "01"
            ):
                levels.add(level)
                self.counts.levels.add(level)
        scan.noted = max(scan.noted, until - 1)

    def _note_orphans(self, data: bytes) -> None:
        """Lines before the first record: there is nothing that they could belong to."""
        self.counts.orphans += data.count(b"\n")
        if len(self.counts.not_understood) < MAX_SAMPLES:
            texts = [raw for raw in data[:_SAMPLED].split(b"\n") if raw.strip()]
            room = MAX_SAMPLES - len(self.counts.not_understood)
            self.counts.not_understood += [(0, raw[:_MAX_SAMPLE].decode("utf-8", "replace")) for raw in texts[:room]]

    def _note_last_time(self, data: bytes) -> None:
        """The time of a block's last stamp, once the clock has seen what stands before it: New Year may be there."""
        for reach in (_MAX_LINE >> 4, _MAX_LINE, len(data)):
            stamps = [m.start() for m in STAMP_AT_LINE_START.finditer(data, max(0, len(data) - reach))]
            if any(self._note_time(data, at + 1) for at in reversed(stamps)):
                return

    def _note_time(self, data: bytes, at: int) -> bool:
        record = parse_record(data[at : at + 200].split(b"\n")[0].decode("latin-1"), 0, copy(self._clock))
        if record is None or record.time is None:
            return False
        self.counts.first_time = self.counts.first_time or record.time
        self.counts.last_time = record.time
        return True

    def _note_end(self, data: bytes, line: int) -> None:
        """Whether the log ends in the middle of a line, or of what one message says."""
        if self.counts.stamped and breaks_off(data[data.rfind(b"\n", 0, -1) + 1 : -1]):
            self.counts.cut("line", line)

    def _scan(self, scan: _Scan, *, final: bool) -> Iterator[Event]:
        for start, end, texts in self._lines_of_interest(scan, final=final):
            event = self._line(scan, start, end, texts, final=final)
            if event is not None:
                if event.type in _NEW_STRETCH and len(self.counts.stretches) < MAX_STRETCHES:
                    self._note_levels(scan, start)
                    self.counts.stretches.append(Stretch(event.type, event.fields.get("log_level")))
                yield event
            elif scan.stopped:
                return
        if not scan.stopped:
            scan.done = len(scan.data)

    def _lines_of_interest(self, scan: _Scan, *, final: bool) -> Iterator[tuple[int, int, list[int]]]:
        """The lines that hold a sought text outside of dumps: where each begins and ends, and the texts it holds."""
        data, dataset = scan.data, self._catalogue.dataset
        rfind, find = data.rfind, data.find
        start = end = -1
        texts: list[int] = []
        for index, s, e in self._catalogue.find(data):
            if e <= end + 1:
                texts.append(index)
                continue
            if texts:
                yield start, end, texts
                texts, end = [], -1
            if e <= scan.skip:
                continue
            if index == dataset:  # a data set without a title of its own: nothing inside it is a record
                self._skip_dataset(scan, s, final=final)
                if scan.stopped:
                    return
                continue
            start = rfind(b"\n", 0, s + 1) + 1
            end = find(b"\n", e - 1)
            if end < 0:
                end = len(data)
            texts = [index]
        if texts:
            yield start, end, texts

    def _skip_dataset(self, scan: _Scan, at: int, *, final: bool) -> None:
        begin = scan.data.rfind(b"\n", 0, at) + 1
        stop = _near_end(scan.data, begin)
        if stop is None:
            if not final and len(scan.data) - begin < _MAX_CARRY:
                scan.stop(begin)
                return
            stop = scan.data.find(b"\n", begin) + 1 or len(scan.data)
        scan.skip = max(scan.skip, stop)

    def _line(self, scan: _Scan, start: int, end: int, texts: list[int], *, final: bool) -> Event | None:
        raw = scan.data[start : end if end - start < _MAX_LINE else start + _MAX_LINE]
        try:
            text = raw.decode()
        except UnicodeDecodeError:  # what a peer sent in another character set, Orthanc prints as it is
            text = raw.decode("latin-1")
        line = scan.line(start)
        known = self._known.get(text[STAMP_END:])
        if known is not None and known[0].level == text[0] and is_stamped(text):
            first, found = known
            record = Record(
                line, self._clock.time(text), first.level, first.thread, first.context, first.plugin, first.file,
                first.category, first.message, False, text,
            )  # fmt: skip
        else:
            read = self._recognised(text, line, texts) or self._divided(scan, start, text, texts)
            if read is None:
                return None
            record, found = read if len(text) <= _LONGEST_KEPT else _shortened(read)
        alarm = record.level in _ALARM_LEVELS
        if alarm:
            self._count_alarm(record, known=found is not None)
        if record.time is None:
            self.counts.told = self.counts.told or not record.dcmtk
        if found is None:
            return Event(UNKNOWN, record, {}) if alarm else None
        pattern, fields = found
        if pattern.dump is None:
            return Event(pattern.event, record, fields)
        dump = self._dump(scan, pattern.dump, start, end, final=final)
        if scan.stopped:
            return None
        if pattern.dump in _FRAMED and not (isinstance(dump, AssociateDump | DimseDump) and dump.complete):
            self.counts.cut("dump", line)
        return Event(pattern.event, record, fields, scan.placed(dump, line))

    def _recognised(self, text: str, line: int, texts: list[int]) -> _Recognised | None:
        """A line as a record, and what it says; the same lines but for their stamps come again, and are remembered."""
        parsed = parse_record(text, line, self._clock)
        record = parsed if parsed is not None and not parsed.dcmtk else self._glued(text, line) or parsed
        if record is None:
            bare = self._catalogue.recognise_bare(text, texts)
            if bare is None:
                return None
            level = bare[0].levels[0] if bare[0].levels else None
            return Record(line, None, level, None, None, None, None, None, text, False, text), bare
        found = self._catalogue.recognise(record, texts)
        if record is parsed and len(text) < _LONGEST_REMEMBERED and is_stamped(text):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text[STAMP_END:]] = record, found
        return record, found

    def _glued(self, text: str, line: int) -> Record | None:
        """The record that stands behind the beginning of another line: two writers shared one file."""
        m = STAMP_ANYWHERE.search(text, 1)
        record = parse_record(text[m.start() :], line, self._clock) if m is not None else None
        return structs.replace(record, text=text) if record is not None else None

    def _divided(self, scan: _Scan, start: int, text: str, texts: list[int]) -> _Recognised | None:
        """What announces a dump in a line of its own: lines of DCMTK, which has no lock, came behind the header."""
        if len(text) > _MAX_ANNOUNCED or not text.endswith(":"):
            return None
        before = scan.data[max(0, start - _MAX_DIVIDED) : start]
        stamps = list(STAMP_AT_LINE_START.finditer(before))
        if not stamps:
            return None
        head = before[stamps[-1].start() + 1 :].split(b"\n", 1)[0].decode("latin-1")
        record = parse_record(head, scan.line(start), copy(self._clock))
        if record is None or not record.message.startswith(_OF_DCMTK):
            return None
        record = structs.replace(record, message=text, text=text)
        found = self._catalogue.recognise(record, texts)
        return (record, found) if found is not None and found[0].dump is not None else None

    def _count_alarm(self, record: Record, *, known: bool) -> None:
        self.counts.alarms += 1
        self.counts.recognised += known
        self.counts.levels.add(record.level or "")

    def _dump(self, scan: _Scan, kind: str, start: int, end: int, *, final: bool) -> Dump | None:
        """The block behind the line from ``start`` to ``end``; stops the scan where its end is not in the buffer."""
        data = scan.data
        unframed = kind in ("transport", "reject")  # a few lines
        begin = dump_begin(data, end + 1)
        stop = _near_end(data, begin)
        if stop is None or stop > len(data) - 1 or (unframed and end + _MAX_UNFRAMED > len(data)):
            if not final and len(data) - start < _MAX_CARRY:
                scan.stop(start)
                return None
            stop = stop or dump_break(data, end, min(len(data), end + _MAX_LINE))
        if unframed:
            stop = max(stop, min(len(data), end + _MAX_UNFRAMED))
            return _parsed(kind, data[max(start, end - 100) if kind == "transport" else end : stop])
        scan.skip = stop
        lines = data.count(b"\n", end, begin) - data.startswith(b"\n", begin - 1)
        return _behind(lines, _parsed(kind, data[begin - 1 : stop]))


def _shortened(read: _Recognised) -> _Recognised:
    """A long line that was recognised, as it is kept: who fills lines must not fill the memory."""
    record, found = read
    text, message = (t if len(t) <= _LONGEST_KEPT else t[:_LONGEST_KEPT] + "…" for t in (record.text, record.message))
    if found is not None:
        found = found[0], {name: value[:_LONGEST_VALUE] for name, value in found[1].items()}
    return structs.replace(record, text=text, message=message), found


def _near_end(data: bytes, start: int) -> int | None:
    """Where the dump at ``start`` ends; None for one that is not kept for its size, wherever blocks of the log end."""
    stop = dump_end(data, start)
    return stop if stop is not None and stop - start <= _MAX_CARRY else None


def _parsed(kind: str, block: bytes) -> Dump | None:
    """The dump in a block. In a post a blank line may stand behind every line of it, in a document feet of pages."""
    doubled = block.count(b"\n\n")
    if doubled and doubled * 2.5 >= block.count(b"\n"):
        clean = block.replace(b"\n\n", b"\n")
    elif b"\f" in block:
        clean = _FOOT.sub(b"\n", block)
    else:
        return _DUMP_PARSERS[kind](block)
    dump = _DUMP_PARSERS[kind](clean)
    if not isinstance(dump, AssociateDump | DimseDump) or dump.telling is None:
        return dump
    behind, _ = dump.telling
    at = block.find(b"\n" + clean.split(b"\n")[behind])
    return _behind(block.count(b"\n", 0, at + 1) - behind, dump)


def _behind(lines: int, dump: Dump | None) -> Dump | None:
    """A dump whose telling line, if it has one, stands so many lines further behind the record."""
    if not lines or not isinstance(dump, AssociateDump | DimseDump) or dump.telling is None:
        return dump
    behind, text = dump.telling
    return structs.replace(dump, telling=(behind + lines, text))


class _Scan:
    """One buffer under the scan: ``skip`` ends a region that holds no records, ``done`` says how far it was read.

    ``noted`` says how far its levels are noted.
    """

    __slots__ = ("_at", "_first", "_number", "_numbers", "data", "done", "noted", "skip", "stopped")

    def __init__(self, data: bytes, first_line: int, numbers: list[int] | None) -> None:
        self.data = data
        self.skip = 0
        self.done = 0
        self.noted = 0
        self.stopped = False
        self._first = first_line
        self._numbers = numbers
        self._at = 1
        self._number = 0

    def stop(self, start: int) -> None:
        """Leaves everything from the line at ``start`` for the next buffer."""
        self.stopped = True
        self.done = start

    def line(self, start: int) -> int:
        """The number, in the file, of the line that begins at ``start``; asked in rising order."""
        self._number += self.data.count(b"\n", self._at, start)
        self._at = start
        if self._numbers is None:
            return self._first + self._number
        return self._numbers[min(self._number, len(self._numbers) - 1)]

    def placed(self, dump: Dump | None, line: int) -> Dump | None:
        """The dump behind the line asked for last: its telling line is counted in the lines of the file as given."""
        if self._numbers is None or not isinstance(dump, AssociateDump | DimseDump) or dump.telling is None:
            return dump
        behind, text = dump.telling
        number = self._numbers[min(self._number + behind, len(self._numbers) - 1)]
        return structs.replace(dump, telling=(number - line, text))
