"""A whole web page, as browsers save it: its visible text, with the lines of the page's source."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import headers
from loganalyzer.sources.markup import PageReader
from loganalyzer.sources.wrappers.peeling import ONLY, Peeler, Wrapper, apart_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_PAGE = re.compile(
    rb"\s*+(?:<\?xml[^>]{0,200}>\s*+)?(?:<!--(?:[^-]|-(?!->)){0,500}-->\s*+)?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
# A part of a page that was copied or exported, where many lines of the log stand on one of its own.
_PART = re.compile(rb"\s*+<(?:div|p|pre|span|table|code|blockquote|ul|ol|br|meta|!--StartFragment--)\b", re.IGNORECASE)


@dataclass(slots=True)
class _PagePeeler:
    """Gives the text to its last line end."""

    dropped_lines: int = 0
    prefix: None = None
    _page: PageReader = field(default_factory=PageReader)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("surrogateescape")
    )

    @property
    def lines(self) -> int:
        """See ``RawPeeler``."""
        return self._page.getpos()[0] - 1 + self._page.rawdata.count("\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """Take bytes as given; ``block``'s line numbers mean nothing."""
        self._page.feed(self._decoder.decode(block.data).replace("\r\n", "\n"))
        yield from apart_lines(self._lines(ended=False))

    def finish(self) -> Iterator[tuple[str, Block]]:
        self._page.close()
        yield from apart_lines(self._lines(ended=True))

    def _lines(self, *, ended: bool) -> Iterator[tuple[str, bytes, int]]:
        """Yield the lines that have come to their end; what follows them stays with the page."""
        line: list[str] = []
        number = 0
        parts = self._page.parts
        for at, part in parts:
            for below, piece in enumerate(part.split("\n")):
                if below:
                    yield ONLY, _bytes("".join(line)), number or at + below - 1
                    line, number = [], 0
                if piece:
                    number = number or at + below
                    line.append(piece)
        if ended and line:
            yield ONLY, _bytes("".join(line)), number
        self._page.parts = [] if ended or not line else [(number, "".join(line))]


def _bytes(text: str) -> bytes:
    return text.replace("\xa0", " ").replace("\0", "").encode("utf-8", "surrogateescape")


class WebPage(Wrapper):
    """What a person sees of a page: a topic of a forum, the archive of a mailing list."""

    name: ClassVar[str] = "web-page"
    raw: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for what begins as a page does, or as a part of one."""
        begin = b"\n".join(lines[:10])
        is_part = _PART.match(begin) is not None and any(headers(line.replace(b"&nbsp;", b" ")) > 1 for line in lines)
        return 1.0 if is_part or _PAGE.match(begin) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _PagePeeler()
