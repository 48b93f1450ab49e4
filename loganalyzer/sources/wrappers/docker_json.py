r"""Docker's ``json-file`` log driver, also as Kubernetes used it: ``{"log":"…\\n","stream":"stderr","time":"…"}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from loganalyzer.sources.wrappers.json_objects import JsonForm, JsonPeeler, Message
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(rb'\{"log":".*"(?:,"stream":"std(?:out|err)"|,"attrs":\{.*\})*,"time":"[^"]*"\}$')
_TIME = re.compile(rb'"time":"([^"]*)"\}$')


class _Entry(msgspec.Struct):
    log: Any = None
    stream: Any = None


def _read(entry: _Entry) -> Message | None:
    if not isinstance(entry.log, str):
        return None
    return Message(entry.log.removesuffix("\n"), ONLY, entry.log.endswith("\n"), str(entry.stream or ""))


_FORM = JsonForm(_Entry, ("log",), _read, ended=True)


class DockerJson(Wrapper):
    """What ``/var/lib/docker/containers/<id>/<id>-json.log`` holds; long lines come in parts of 16 KiB."""

    name: ClassVar[str] = "docker-json"
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return JsonPeeler(_FORM)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(match[1]) for line in lines if (match := _TIME.search(line))), None)
