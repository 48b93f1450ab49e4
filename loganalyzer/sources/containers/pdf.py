"""The text of a PDF document: the lines of its pages, without what a printer puts above and below each of them."""

from __future__ import annotations

import logging
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.containers.limits import UnreadableError, elapsed, now
from loganalyzer.sources.evidence import line_starts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.sources.containers.limits import Budget

#: What pypdf may make of one page; a page of a log has some thousand operators.
_LARGEST_STREAM = 32 << 20
_MOST_OPERATORS = 1_000_000
_END = b"%%EOF"
_TAIL = 2048
_MOST_PAGES = 100_000
#: So many lines at the top or the bottom of a page may be a heading, which is alike on so many of the pages.
_EDGE = 3
_LEAST_SHARE = 0.8
_DIGITS = re.compile(r"\d+")
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})


def text_of(file: BinaryIO, budget: Budget) -> Iterator[bytes]:
    """Yield the text of a document, page by page. Raises ``UnreadableError`` for what cannot be read of it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    size = file.seek(0, 2)
    file.seek(max(size - _TAIL, 0))
    is_whole = _END in file.read()
    pages: list[list[str]] = []
    fault: UnreadableError | None = None
    try:
        _read(file, size, budget, pages)
    except UnreadableError as error:
        fault = error
    except Exception as error:  # noqa: BLE001 - pypdf raises nearly anything for a damaged document
        fault = UnreadableError(f"the document is damaged ({type(error).__name__} behind page {len(pages)})")
    yield from _without_headings(pages)
    if fault is not None:
        raise fault
    if not is_whole:
        raise UnreadableError("ends too early: the document is cut off")
    if not any(map(any, pages)):
        raise UnreadableError("it has no text, pictures at most; copy the log as text, or give the file that it is in")


def _read(file: BinaryIO, size: int, budget: Budget, pages: list[list[str]]) -> None:
    """Add the lines of each page to ``pages``."""
    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import DependencyError

    held = 0
    with apply_configuration(
        zlib_maximum_output_length=_LARGEST_STREAM, stream_parsing_work_maximum_count=_MOST_OPERATORS
    ):
        started = now()
        reader = PdfReader(file)
        try:
            # Many documents that nobody may change have an empty password for reading.
            if reader.is_encrypted and not reader.decrypt(""):
                raise UnreadableError("it has a password; save it without one")
        except DependencyError as error:
            raise UnreadableError("it has a password; save it without one") from error
        for page in islice(reader.pages, _MOST_PAGES):
            text = page.extract_text().translate(_LIGATURES)
            held += len(text)
            budget.expand(len(text), elapsed(started))
            budget.check_ratio(size, held)
            if held > budget.options.max_buffer:
                raise UnreadableError(f"its text is larger than {budget.options.max_buffer} bytes (max_buffer)")
            pages.append(text.splitlines())
            started = now()


def _without_headings(pages: list[list[str]]) -> Iterator[bytes]:
    """Yield the lines of pages but for those that stand at the edges of nearly all, and differ in digits only."""
    edges = [{_shape(line) for line in (*page[:_EDGE], *page[-_EDGE:])} for page in pages]
    found = Counter(shape for edge in edges for shape in edge)
    least = max(_LEAST_SHARE * len(pages), 2)
    headings = {shape for shape, count in found.items() if count >= least}
    for page in pages:
        last = len(page) - _EDGE
        kept = (
            line
            for at, line in enumerate(page)
            if _EDGE <= at < last or _shape(line) not in headings or line_starts(line.encode("utf-8", "replace"))
        )
        yield "".join(line + "\n" for line in kept).encode("utf-8", "replace")


def _shape(line: str) -> str:
    return _DIGITS.sub("0", line.strip())
