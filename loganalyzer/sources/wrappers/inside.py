"""What texts have in common in which the lines of a log stand as values: JSON, XML."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

from loganalyzer.sources.wrappers.peeling import ONLY, Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Form(Protocol):
    """How the lines stand in the text."""

    @property
    def one_line(self) -> bool:
        """Whether all lines of the log stand on one of the file."""
        ...


class Inside(Wrapper):
    """A wrapper that takes lines out of a text, whose :meth:`found` is how they stand there."""

    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    raw: ClassVar[bool] = True

    @staticmethod
    @abstractmethod
    def found(sample: bytes) -> Form | None:
        """Return how lines of Orthanc or DCMTK stand in a text; ``None`` for another text."""

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for a text with such lines in it: how much else it holds says nothing."""
        return 0.0 if self.found(b"\n".join(lines)) is None else 1.0

    def remark(self, lines: Sequence[bytes]) -> str | None:
        """See ``Wrapper``."""
        form = self.found(b"\n".join(lines))
        return "the file is one line: line numbers are those of its entries" if form and form.one_line else None


@dataclass(slots=True)
class Names:
    """The name, in what stands between lines, of what wrote them: it holds until there is another one.

    ``lead`` is what stands before each name, if there are any, and ``value`` the form of all behind that, with the name
    as its group.
    """

    lead: bytes | None
    value: bytes
    text_of: Callable[[bytes], str]
    key: str = ONLY
    _named: bytes = b""
    _form: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._form = re.compile(re.escape(self.lead or b"") + self.value)

    def go_on(self, text: bytes) -> bool:
        """Whether a text has no other name than the one that holds."""
        names = text.count(self.lead) if self.lead else 0
        return names == (text.count(self._named) if self._named else 0)

    def keys(self, texts: list[bytes]) -> list[str]:
        """Return the name that holds behind each of the texts."""
        if self.go_on(b"".join(texts)):
            return [self.key] * len(texts)
        keys = []
        for text in texts:
            for match in self._form.finditer(text):
                self._named, self.key = match[0], self.text_of(match[1])
            keys.append(self.key)
        return keys


def with_line_feeds(data: bytes) -> tuple[bytes, bytes]:
    """Return the bytes with line feeds alone, and a carriage return at their end that may be part of a line end."""
    held = b"\r" if data.endswith(b"\r") else b""
    if b"\r" in data:
        data = data.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, held
