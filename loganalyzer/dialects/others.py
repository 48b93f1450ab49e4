"""Reads what is not plainly Orthanc's own log: another program's, a text with messages of Orthanc in it, or both."""

from __future__ import annotations

import re
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

from loganalyzer.dialects.known import dialect_of
from loganalyzer.dialects.layout import USUAL, Layout, layout_of
from loganalyzer.dialects.lines import parse_line
from loganalyzer.dialects.pasted import PastedReader
from loganalyzer.dialects.pasted.numbered import block_of, is_stamped, numbered
from loganalyzer.dialects.views import ORTHANC, TEXT, UNKNOWN_PRODUCT, OrthancView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.pasted.numbered import Numbered
    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.dialects.views import View
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.counts import ReadCounts
    from loganalyzer.events.event import Event
    from loganalyzer.sources.block import Block

_LARGEST_TEXT = 512 << 10
_SURELY_BOTH = 3
_BEFORE = 4000
_OWN_LEVEL = re.compile(r"[IF]: \S|[^\n]{0,80}\b(?:INFO|INF|FATAL)\b")
_DICOM = re.compile(
    r"\b(?:orthanc|dicom|[CN]-(?:ECHO|STORE|FIND|MOVE|GET|ACTION)|AE ?titles?|AETs?|PACS|modality)\b", re.IGNORECASE
)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


class PeerView:
    """The log of another program."""

    def __init__(self, blocks: Iterable[Block], reader: PeerReader, layout: Layout = USUAL) -> None:
        self.part: str | None = None
        self._blocks = blocks
        self._reader = reader
        self.layout = layout

    @property
    def counts(self) -> ReadCounts:
        """See :class:`View`."""
        return self._reader.counts

    @property
    def product(self) -> str:
        """See :class:`View`."""
        return self._reader.product

    def events(self) -> Iterator[Event]:
        """See :class:`View`."""
        return self._reader.events(self._blocks, self.layout)


class PastedView:
    """A small text with messages of Orthanc in it, read at once."""

    def __init__(self, lines: list[Numbered], catalogue: EventCatalogue, year: int | None) -> None:
        self.part: str | None = None
        self._reader = PastedReader(catalogue, year)
        self._events = self._reader.events(lines)
        self._about_dicom = _is_about_dicom(lines)

    @property
    def counts(self) -> ReadCounts:
        """See :class:`View`."""
        return self._reader.counts

    @property
    def product(self) -> str:
        """See :class:`View`."""
        if self.tells or self.counts.stamped:
            return ORTHANC
        return TEXT if self._about_dicom else UNKNOWN_PRODUCT

    @property
    def tells(self) -> bool:
        """Whether anything in it is Orthanc's."""
        return any(not e.record.dcmtk for e in self._events)

    def events(self) -> Iterator[Event]:
        """See :class:`View`."""
        return iter(self._events)


def _is_about_dicom(lines: list[Numbered]) -> bool:
    """Whether a text speaks of DICOM in sentences. A log of another product has a stamp or a level on most lines."""
    filled = [line.text for line in lines if line.text.strip()]
    shaped = sum(parse_line(text).level is not None or _CLOCK.search(text[:60]) is not None for text in filled)
    return 2 * shaped < len(filled) and any(_DICOM.search(text) for text in filled)


def views_of_others(
    head: list[Block], sample: bytes, rest: Iterator[Block], catalogue: EventCatalogue, year: int | None
) -> list[View]:
    """The ways to read a log that begins with the blocks of ``head``, whose text is ``sample``; see ``views_of``."""
    head, more = _head(head, rest)
    dialect = dialect_of(sample)
    if more is not None:
        all_blocks = chain(head, more)
        return [
            OrthancView.of(all_blocks, catalogue, year)
            if dialect is None
            else PeerView(all_blocks, dialect.reader(catalogue), layout_of(sample, dialect.MESSAGES))
        ]
    lines = numbered(head)
    if dialect is not None:
        layout = layout_of(sample, dialect.MESSAGES)
        return _one_or_two(PeerView(head, dialect.reader(catalogue), layout), dialect.NAME, lines, catalogue, year)
    theirs = _between(lines)
    dialect = dialect_of("".join(f"{line.text}\n" for line in theirs).encode()) if theirs else None
    if dialect is None:
        return [PastedView(lines, catalogue, year)]
    taken = {line.number for line in theirs}
    pasted = PastedView([line for line in lines if line.number not in taken], catalogue, year)
    peer = PeerView([block_of(theirs)], dialect.reader(catalogue))
    peer.part = dialect.NAME
    return [pasted, peer]


def _one_or_two(
    peer: PeerView, name: str, lines: list[Numbered], catalogue: EventCatalogue, year: int | None
) -> list[View]:
    """The views of a text that is mostly another program's log, of which ``peer`` is the view."""
    others = _other_lines(lines, peer.layout)
    if others is None:
        return [peer]
    pasted = PastedView(others, catalogue, year)
    if not pasted.tells:
        return [peer]
    peer.part = name
    return [pasted, peer]


def _between(lines: list[Numbered]) -> list[Numbered]:
    """What may be another program's log before or behind Orthanc's, up to a line of Orthanc.

    DCMTK inside Orthanc prints dumps that are those of its tools, but no line at level info or fatal. Such a line, with
    those right before it that have a level, begins the other log.
    """
    found: list[Numbered] = []
    inside = False
    before: deque[Numbered] = deque(maxlen=_BEFORE)
    for line in lines:
        stamped = is_stamped(line.text)
        if not stamped and not inside and _OWN_LEVEL.match(line.text):
            inside = True
            found += before
        inside = inside and not stamped
        if inside:
            found.append(line)
        if stamped or parse_line(line.text).level is None:
            before.clear()
        else:
            before.append(line)
    return found


def _head(head: list[Block], rest: Iterator[Block]) -> tuple[list[Block], Iterator[Block] | None]:
    """The first blocks, up to the size of a text that somebody pastes, and the others; None without others."""
    size = sum(len(block.data) for block in head)
    for block in rest:
        head.append(block)
        size += len(block.data)
        if size > _LARGEST_TEXT:
            return head, rest
    return (head, None) if size <= _LARGEST_TEXT else (head, rest)


def _other_lines(lines: list[Numbered], layout: Layout) -> list[Numbered] | None:
    """What may be Orthanc's in a text that is mostly another program's: None when it is that program's log alone.

    A log of a program that begins with its own lines is its own; what looks like Orthanc's there may be a value in a
    data set.
    """
    beginning = next((line for line in lines if line.text.strip()), None)
    if beginning is None:
        return None
    own = layout.line(beginning.text).level is not None and not is_stamped(beginning.text)
    if own and sum(is_stamped(line.text) for line in lines) < _SURELY_BOTH:
        return None
    return [line for line in lines if is_stamped(line.text) or layout.line(line.text).level is None]
