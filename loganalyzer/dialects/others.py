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
from loganalyzer.dialects.products import ORTHANC, TEXT, UNKNOWN_PRODUCT
from loganalyzer.dialects.views import ReadBy, View, orthanc_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.pasted.numbered import Numbered
    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.sources.block import Block

_LARGEST_TEXT = 512 << 10
_SURELY_BOTH = 3
_BEFORE = 4000
_OWN_LEVEL = re.compile(r"[IF]: \S|[^\n]{0,80}\b(?:INFO|INF|FATAL)\b")
_DICOM = re.compile(
    r"\b(?:orthanc|dicom|[CN]-(?:ECHO|STORE|FIND|MOVE|GET|ACTION)|AE ?titles?|AETs?|PACS|modality)\b", re.IGNORECASE
)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def _peer_view(blocks: Iterable[Block], reader: PeerReader, layout: Layout = USUAL, part: str | None = None) -> View:
    """The log of another program."""
    return View(ReadBy.DIALECT, reader.counts, reader.events(blocks, layout), lambda: reader.product, part)


def _pasted_view(lines: list[Numbered], catalogue: EventCatalogue, year: int | None) -> tuple[View, bool]:
    """A small text with messages of Orthanc in it, read at once; and whether anything in it is Orthanc's."""
    reader = PastedReader(catalogue, year)
    events = reader.events(lines)
    tells = any(not e.record.dcmtk for e in events)
    product = ORTHANC if tells or reader.counts.stamped else TEXT if _is_about_dicom(lines) else UNKNOWN_PRODUCT
    return View(ReadBy.TEXT, reader.counts, iter(events), lambda: product), tells


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
            orthanc_view(all_blocks, catalogue, year)
            if dialect is None
            else _peer_view(all_blocks, dialect.reader(catalogue), layout_of(sample, dialect.MESSAGES))
        ]
    lines = numbered(head)
    if dialect is not None:
        layout = layout_of(sample, dialect.MESSAGES)
        others = _other_lines(lines, layout)
        pasted, tells = (None, False) if others is None else _pasted_view(others, catalogue, year)
        part = dialect.NAME if tells else None
        peer = _peer_view(head, dialect.reader(catalogue), layout, part)
        return [pasted, peer] if pasted is not None and tells else [peer]
    theirs = _between(lines)
    dialect = dialect_of("".join(f"{line.text}\n" for line in theirs).encode()) if theirs else None
    if dialect is None:
        return [_pasted_view(lines, catalogue, year)[0]]
    taken = {line.number for line in theirs}
    pasted, _ = _pasted_view([line for line in lines if line.number not in taken], catalogue, year)
    return [pasted, _peer_view([block_of(theirs)], dialect.reader(catalogue), part=dialect.NAME)]


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
