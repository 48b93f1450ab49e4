"""What texts have in common in which the lines of a log stand as values: JSON, XML."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from loganalyzer.sources.wrappers.peeling import Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def with_line_feeds(data: bytes) -> tuple[bytes, bytes]:
    """Return the bytes with line feeds alone, and a carriage return at their end that may be part of a line end."""
    held = b"\r" if data.endswith(b"\r") else b""
    if b"\r" in data:
        data = data.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, held
