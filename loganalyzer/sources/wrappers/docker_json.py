r"""Docker's ``json-file`` log driver, also as Kubernetes used it: ``{"log":"…\\n","stream":"stderr","time":"…"}``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from loganalyzer.sources.block import Block
from loganalyzer.sources.wrappers.json_lines import JsonPeeler, Message, as_bytes
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper, share
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The last occurrence of the tail on a line is the real one: inside of a JSON string its quotes are escaped.
_ENTRY = re.compile(
    rb'(?m)^\{"log":"(.*)\\n"(?:,"stream":"std(?:out|err)")?(?:,"attrs":\{[^\n{}]*\})?,"time":"[^"\n]*"\}$'
)
_LINE = re.compile(rb'\{"log":".*"(?:,"stream":"std(?:out|err)"|,"attrs":\{.*\})*,"time":"[^"]*"\}$')
_TIME = re.compile(rb'"time":"([^"]*)"\}$')


class _DockerPeeler(JsonPeeler):
    """Decodes all the messages of a block as one JSON string, unless one of them is a part of a line."""

    __slots__ = ()

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        if not self.joiner.waits:
            messages: list[bytes] = _ENTRY.findall(block.data)
            lines = block.data.count(b"\n")
            if len(messages) == lines and (data := _decoded(messages)) is not None and data.count(b"\n") == lines:
                yield ONLY, Block(data, block.first_line, block.line_numbers)
                return
        yield from JsonPeeler.peel(self, block)


def _decoded(messages: list[bytes]) -> bytes | None:
    """Return the messages as lines; ``None`` when one of them is no JSON string or holds a carriage return."""
    joined = b'"' + rb"\n".join(messages) + rb'\n"'
    if rb"\r" in joined or rb"\u0000" in joined:
        return None
    if b"\\" not in joined.replace(rb"\n", b""):
        return joined[1:-1].replace(rb"\n", b"\n")
    try:
        return as_bytes(json.loads(joined.decode("utf-8", "surrogateescape"), strict=False))
    except ValueError:
        return None


def _read(value: dict[str, Any]) -> Message | None:
    text = value.get("log")
    if not isinstance(text, str):
        return None
    return Message(as_bytes(text.removesuffix("\n")), ONLY, text.endswith("\n"), str(value.get("stream", "")))


class DockerJson(Wrapper):
    """What ``/var/lib/docker/containers/<id>/<id>-json.log`` holds; long lines come in parts of 16 KiB."""

    name: ClassVar[str] = "docker-json"
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _LINE.match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _DockerPeeler(_read)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(match[1]) for line in lines if (match := _TIME.search(line))), None)
