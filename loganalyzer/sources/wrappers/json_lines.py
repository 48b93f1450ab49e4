"""One JSON object per line with the message in one of its fields: log shippers, Kubernetes, cloud consoles."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.json_shape import as_bytes, shape_of, unescaped
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper, numbers_of, share
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MESSAGES = ("log", "message", "msg", "MESSAGE", "@message", "textPayload", "line", "body", "text")
_TIMES = ("time", "@timestamp", "timestamp", "ts", "date")
_NAMES = ("container_name", "container", "pod", "service", "app", "source")
_LINE = re.compile(rb'\s*\{.*"(?:' + "|".join(_MESSAGES).encode() + rb')"\s*:\s*"')


class Message(NamedTuple):
    """A line as a JSON object gives it; not ``complete`` when more of it follows in the next object."""

    text: str
    key: str = ""
    complete: bool = True
    lane: str = ""


def as_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object on a line, ``None`` when there is none."""
    try:
        value = json.loads(line.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@dataclass(slots=True)
class JsonPeeler:
    """Peels objects; ``read`` finds the message in one. What is no such object stays as it is.

    ``telling`` are the fields that ``read`` looks at beside the message, which is in one of the fields ``texts``.
    """

    read: Callable[[dict[str, Any]], Message | None]
    texts: tuple[str, ...]
    telling: frozenset[str]
    dropped_lines: int = 0
    joiner: Joiner = field(default_factory=Joiner)
    _key: str = ""
    _shape: re.Pattern[bytes] | None = None

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        alike = None if self.joiner.waits else self._alike(block)
        if alike is not None:
            yield self._key, alike
            return
        lines = block.data.split(b"\n")[:-1]
        whole = None if self.joiner.waits else self._at_once(block, lines)
        if whole is not None:
            yield self._key, whole
            return
        for number, line in zip(numbers_of(block, 0, len(lines)), lines, strict=True):
            self._take(number, line)
        yield from self.joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        yield from self.joiner.finish()

    def _alike(self, block: Block) -> Block | None:
        """Read lines that all have the shape of the first one; ``None`` where they have not."""
        if self._shape is None:
            self._shape = self._shape_of(block.data.partition(b"\n")[0])
        found = [] if self._shape is None else self._shape.findall(b"\n" + block.data)
        if not found or len(found) != block.data.count(b"\n"):
            self._shape = None
            return None
        text = unescaped(b"\n".join(found) + b"\n")
        return None if text is None else Block(text, block.first_line, block.line_numbers)

    def _shape_of(self, line: bytes) -> re.Pattern[bytes] | None:
        value = as_object(line)
        message = None if value is None else self.read(value)
        if value is None or message is None or not message.complete:
            return None
        self._key = message.key
        return shape_of(line, next(name for name in self.texts if isinstance(value.get(name), str)), self.telling)

    def _at_once(self, block: Block, lines: list[bytes]) -> Block | None:
        """Read all lines as one JSON array; ``None`` unless each is a whole line of one and the same stream."""
        try:
            values = json.loads((b"[" + b",".join(lines) + b"]").decode("utf-8", "surrogateescape"), strict=False)
        except (ValueError, RecursionError):
            return None
        if len(values) != len(lines) or not all(isinstance(value, dict) for value in values):
            return None
        messages = [message for message in map(self.read, values) if message is not None and message.complete]
        if len(messages) != len(lines) or any(message.key != messages[0].key for message in messages):
            return None
        text = "\n".join([message.text for message in messages]) + "\n"
        if "\r" in text or "\0" in text or text.count("\n") != len(lines):
            return None
        self._key = messages[0].key
        return Block(as_bytes(text), block.first_line, block.line_numbers)

    def _take(self, number: int, line: bytes) -> None:
        value = as_object(line) if line.lstrip().startswith(b"{") else None
        message = None if value is None else self.read(value)
        if message is not None:
            self._key = message.key
            text = as_bytes(message.text)
            self.joiner.add(message.key, number, text, complete=message.complete, lane=message.lane)
        elif value is not None or not line.strip():
            self.dropped_lines += 1
        else:
            self.joiner.add(self._key, number, line)


def _read(value: dict[str, Any]) -> Message | None:
    for name in _MESSAGES:
        text = value.get(name)
        if isinstance(text, str):
            return Message(text.removesuffix("\n"), _name(value))
    return None


def _name(value: dict[str, Any]) -> str:
    for place in (value, value.get("kubernetes"), value.get("resource"), value.get("docker")):
        if isinstance(place, dict):
            for name in _NAMES:
                found = place.get(name)
                if isinstance(found, str):
                    return found
    return ""


class JsonLines(Wrapper):
    """JSON objects of log shippers, with the message under one of the usual names."""

    name: ClassVar[str] = "json-lines"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  the names of the fields are looked up per line
        """See ``Wrapper``."""
        return JsonPeeler(_read, _MESSAGES, frozenset(_NAMES))

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        for line in lines:
            value = as_object(line) or {}
            for name in _TIMES:
                if isinstance(value.get(name), str) and (clock := clock_from(as_bytes(value[name]))):
                    return clock
        return None
