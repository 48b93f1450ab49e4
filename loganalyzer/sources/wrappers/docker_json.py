r"""Docker's ``json-file`` log driver, also as Kubernetes used it: ``{"log":"…\\n","stream":"stderr","time":"…"}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.json_lines import JsonPeeler, Message
from loganalyzer.sources.wrappers.json_shape import unescaped
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper, share
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIRST = b'{"log":"'
# What stands between two messages; inside of a JSON string its quotes would be escaped.
_BETWEEN = re.compile(rb'\\n","stream":"std(?:out|err)",(?:"attrs":\{[^\n]*\},)?"time":"[^"\n]*"\}\n(?:\{"log":")?')
_LINE = re.compile(rb'\{"log":".*"(?:,"stream":"std(?:out|err)"|,"attrs":\{.*\})*,"time":"[^"]*"\}$')
_TIME = re.compile(rb'"time":"([^"]*)"\}$')


class _DockerPeeler(JsonPeeler):
    """Decodes all the messages of a block as one JSON string, unless one of them is a part of a line."""

    __slots__ = ()

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        data = None if self.joiner.waits else _at_once(block.data)
        if data is None:
            yield from JsonPeeler.peel(self, block)
        else:
            yield ONLY, Block(data, block.first_line, block.line_numbers)


def _at_once(data: bytes) -> bytes | None:
    """Return the messages of a block; ``None`` unless every line has a whole one, written as Docker writes it."""
    if not data.startswith(_FIRST):
        return None
    messages, found = _BETWEEN.subn(b"\n", data[len(_FIRST) :])
    return unescaped(messages) if found == data.count(b"\n") == messages.count(b"\n") else None


def _read(value: dict[str, Any]) -> Message | None:
    text = value.get("log")
    if not isinstance(text, str):
        return None
    return Message(text.removesuffix("\n"), ONLY, text.endswith("\n"), str(value.get("stream", "")))


class DockerJson(Wrapper):
    """What ``/var/lib/docker/containers/<id>/<id>-json.log`` holds; long lines come in parts of 16 KiB."""

    name: ClassVar[str] = "docker-json"
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _DockerPeeler(_read, ("log",), frozenset())

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(match[1]) for line in lines if (match := _TIME.search(line))), None)
