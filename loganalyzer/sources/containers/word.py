"""The text of a Word document (docx, ECMA-376 part 1, 17.3): its paragraphs as lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from loganalyzer.sources.containers.limits import Source

#: The member of the archive that holds the text.
DOCUMENT = "word/document.xml"
_SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WRITTEN = {_SPACE + "tab": "\t", _SPACE + "br": "\n", _SPACE + "cr": "\n", _SPACE + "noBreakHyphen": "-"}


@dataclass(slots=True)
class DocumentText:
    """A source of the text in a document, paragraph by paragraph; ``pieces`` is that of :func:`_paragraphs`."""

    pieces: Iterator[bytes]
    _rest: bytes = b""

    @classmethod
    def of(cls, source: Source) -> DocumentText:
        """The text in the XML of a document."""
        return cls(_paragraphs(source))

    def read(self, size: int, /) -> bytes:
        """See ``Source``."""
        if not self._rest:
            self._rest = next(self.pieces, b"")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def _paragraphs(source: Source) -> Iterator[bytes]:
    """Yield the lines. Raises ``UnreadableError`` for what is no such XML, or declares entities."""
    from xml.etree.ElementTree import Element, ParseError, XMLPullParser

    parser: XMLPullParser[Element] = XMLPullParser(("end",))
    try:
        while chunk := source.read(1 << 16):
            if b"<!DOCTYPE" in chunk:
                raise UnreadableError("its text declares entities, as no Word document does")
            parser.feed(chunk)
            ended = (event[-1] for event in parser.read_events())
            paragraphs = [one for one in ended if isinstance(one, Element) and one.tag == _SPACE + "p"]
            if paragraphs:
                yield "".join(map(_text, paragraphs)).encode("utf-8", "replace")
            for element in paragraphs:
                element.clear()
        parser.close()
    except ParseError as error:
        raise UnreadableError(f"its text is damaged ({error})") from error


def _text(paragraph: Element) -> str:
    parts = (
        element.text or "" if element.tag == _SPACE + "t" else _WRITTEN.get(element.tag, "")
        for element in paragraph.iter()
    )
    return "".join(parts) + "\n"
