"""Reads hostile XML in one pass, with a bound on what is held: the parser of documents of office programs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from loganalyzer.sources.containers.limits import UnreadableError, elapsed, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loganalyzer.sources.containers.limits import Budget, Source

_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "x",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "x",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/package/2006/relationships": "package",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
}
_CHUNK = 1 << 16
#: No tag of a document is as long; the parser would begin it anew with each chunk.
_LONGEST_TAG = 1 << 20
_MOST_NAMES = 10_000


class XmlReader:
    """Reads one XML file. Names are short: ``w:p``; those of no known namespace begin with the colon."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._names: dict[str, str] = {}
        self._taken = self._given = 0

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element's beginning; of its attributes, the names are as they stand there: see ``attribute``."""

    def ends(self, name: str) -> None:
        """Take an element's end."""

    def characters(self, text: str) -> None:
        """Take characters between the elements."""

    def attribute(self, attributes: Mapping[str, str], name: str) -> str:
        """Return the attribute of this short name; an empty text where there is none."""
        return next((value for key, value in attributes.items() if self._short(key) == name), "")

    def count(self, size: int) -> None:
        """Count characters that are given. Raises ``UnreadableError`` for improbably many."""
        self._given += size
        self._budget.check_ratio(self._taken, self._given)

    def read(self, source: Source) -> None:
        """Read a file of which what was found is taken at its end; raises as ``parse`` does."""
        for _ in self.parse(source):
            pass

    def parse(self, source: Source) -> Iterator[None]:
        """Read a file; whoever draws takes in between what was found.

        Raises ``UnreadableError`` for what is no such XML or declares entities; what was found before it is there.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, attributes: self.begins(self._short(name), attributes)
        parser.EndElementHandler = lambda name: self.ends(self._short(name))
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = _declares
        chunk, fault = b"-", None
        while chunk and fault is None:
            chunk = source.read(_CHUNK)
            self._taken += len(chunk)
            started, given = now(), self._given
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                fault = UnreadableError(f"its text is damaged ({error})")
            except UnreadableError as error:
                fault = error
            if self._taken - parser.CurrentByteIndex > _LONGEST_TAG:
                fault = fault or UnreadableError("its text is damaged (a tag that does not end)")
            self._budget.expand(self._given - given, elapsed(started))
            yield
        if fault is not None:
            raise fault

    def _short(self, long: str) -> str:
        name = self._names.get(long)
        if name is None:
            space, _, local = long.rpartition(" ")
            name = f"{_NAMESPACES.get(space, '')}:{local}"
            if len(self._names) < _MOST_NAMES:
                self._names[long] = name
        return name


def _declares(*_: object) -> None:
    raise UnreadableError("its text declares entities, as no document of an office program does")
