"""Reads the characters of XML documents: which elements are text, a line, a sign, or nothing that is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.xml_reader import XmlReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loganalyzer.sources.containers.limits import Budget

_MOST_BLANKS = 1 << 20
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Format:
    """What the elements of a format say.

    ``text``: those whose characters are the text; ``lines``: at whose end a line ends; ``written``: those that stand
    for a character; ``silent``: those of which nothing is shown. Of sheets, ``sheet``, ``row`` and ``cell`` are what
    these are called. ``folds``: any white space is one blank.
    """

    text: frozenset[str]
    lines: frozenset[str]
    written: Mapping[str, str]
    silent: frozenset[str]
    sheet: str = ""
    row: str = ""
    cell: frozenset[str] = frozenset()
    folds: bool = False


class TextReader(XmlReader):
    """Reads the characters of a format; ``put`` takes them."""

    def __init__(self, form: Format, budget: Budget) -> None:
        super().__init__(budget)
        self.form = form
        self._open = self._silent = 0

    def put(self, text: str) -> None:
        """Take characters of the text, or those that an element stands for."""

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """See ``XmlReader``."""
        if self._silent or name in self.form.silent:
            self._silent += 1
        elif name in self.form.text:
            self._open += 1
        elif name in self.form.written:
            self.put(self.form.written[name] * self.number(attributes, "text:c", _MOST_BLANKS))
        else:
            self.other_begins(name, attributes)

    def other_begins(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element that is no text."""

    def other_ends(self, name: str) -> None:
        """Take the end of an element that is no text."""

    def number(self, attributes: Mapping[str, str], name: str, most: int, otherwise: int = 1) -> int:
        """Return the number in an attribute, ``most`` at most."""
        value = self.attribute(attributes, name)
        return min(int(value), most) if value.isdecimal() and len(value) < 10 else otherwise

    def ends(self, name: str) -> None:
        """See ``XmlReader``."""
        if self._silent:
            self._silent -= 1
            return
        if name in self.form.text:
            self._open -= 1
        if name in self.form.lines:
            self.put("\n")
        else:
            self.other_ends(name)

    def characters(self, text: str) -> None:
        """See ``XmlReader``."""
        if self._open and not self._silent:
            self.put(_BLANKS.sub(" ", text) if self.form.folds else text)
