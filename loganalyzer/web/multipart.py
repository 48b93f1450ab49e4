"""Takes ``multipart/form-data`` apart as it arrives (RFC 7578), on python-multipart's streaming parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from loganalyzer.web.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

MULTIPART = b"multipart/form-data"
_BROKEN = "The upload is no proper multipart/form-data"


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part of the form starts; ``filename`` is None when it is a field."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the part that started last."""

    data: bytes


class PartEnds:
    """The part that started last is complete."""


PartEvent = PartBegins | PartData | PartEnds


class Parts:
    """The parts of one request's body."""

    def __init__(self, content_type: str) -> None:
        """Raises ``ProblemError`` for a content type that says no boundary."""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise ProblemError(400, f"{_BROKEN}: its Content-Type names no boundary.")
        self._events: list[PartEvent] = []
        self._name, self._value = bytearray(), bytearray()
        self._disposition = ""
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_part_data": self._data,
                    "on_part_end": lambda: self._events.append(PartEnds()),
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise ProblemError(400, f"{_BROKEN}: its boundary is too long.") from error

    def feed(self, chunk: bytes) -> Iterator[PartEvent]:
        """Yield what ``chunk`` brings. Raises ``ProblemError`` where it breaks the format."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise ProblemError(400, f"{_BROKEN}: it breaks the format between two parts.") from error
        events, self._events = self._events, []
        yield from events

    def close(self) -> None:
        """Raises ``ProblemError`` unless the last part is followed by the end that the format asks for."""
        if not self._complete:
            raise ProblemError(400, f"{_BROKEN}: it ends too early.")

    def _begin(self) -> None:
        self._disposition = ""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value.decode("latin-1")
        self._name, self._value = bytearray(), bytearray()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise ProblemError(400, f"{_BROKEN}: a part has no name.")
        filename = options.get(b"filename")
        self._events.append(
            PartBegins(
                options[b"name"].decode("utf-8", "replace"),
                None if filename is None else filename.decode("utf-8", "replace"),
            )
        )

    def _end(self) -> None:
        self._complete = True
