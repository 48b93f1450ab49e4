"""YAML with the lines of a log in one of its members: ``gcloud logging read``, Ansible, Kubernetes' tools.

Of a document only the strings under that member are read, each for itself, by PyYAML: what they hold is hostile, and
the rest of the document is nobody's. None of these programs has written a file that was tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import BEGIN
from loganalyzer.sources.wrappers.container_names import member_of_names
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.json_objects import as_bytes
from loganalyzer.sources.wrappers.peeling import ONLY, Clock, Peeler, Wrapper, numbers_of
from loganalyzer.sources.wrappers.stamps import clock_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

# A member whose string is in quotation marks, or a block below it.
_MEMBER = re.compile(rb"(?m)^( *(?:- )?[\w.-]{1,60}:) (?:[\"']|[|>][-+0-9]*\n\s*)(?=" + BEGIN + rb")")
_STAMP = re.compile(rb"(?m)^ *(?:timestamp|time|receiveTimestamp): *'?([^'\n]*)")
# Lists, objects and what refers to others are not even parsed: they may be nested as deep as anyone likes.
_SCALAR = re.compile(r" *[^\s\[{&*!]")
_LARGEST = 1 << 20


def _lead(lines: Sequence[bytes]) -> bytes | None:
    """Return what stands before most lines of the log, with its indentation; ``None`` where no YAML holds any."""
    leads = Counter(_MEMBER.findall(b"\n".join(lines)))
    return leads.most_common(1)[0][0] if leads else None


def _string(text: bytes) -> str:
    """Return what the string behind a lead says; what is no string in YAML stays as it is."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    written = text.decode("utf-8", "surrogateescape")
    if not _SCALAR.match(written):
        return written.strip()
    try:
        value = yaml.load(f"x:{written}", Loader=loader)["x"]  # noqa: S506 -- it makes nothing but strings
    except (yaml.YAMLError, KeyError, TypeError, UnicodeError, ValueError):
        return written.strip()
    return value if isinstance(value, str) else written.strip()


@dataclass(slots=True)
class _YamlPeeler:
    """Takes the strings behind ``lead``; the last one of a block waits for what completes it.

    ``name`` finds the names of containers, each of which holds from there on.
    """

    lead: bytes
    name: re.Pattern[bytes] | None
    dropped_lines: int = 0
    prefix: None = None
    _entry: re.Pattern[bytes] = field(init=False)
    _joiner: Joiner = field(default_factory=Joiner)
    _buffer: bytes = b""
    _numbers: list[int] = field(default_factory=list)
    _key: str = ONLY

    def __post_init__(self) -> None:
        indent = len(self.lead) - len(self.lead.lstrip(b" -"))
        below = rb"(?:\n(?: {%d}[^\n]*|(?=\n)))*+" % (indent + 1)
        self._entry = re.compile(rb"(?:\A|(?<=\n))" + re.escape(self.lead) + rb"( [^\n]*" + below + rb")\n")

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        data = self._buffer + block.data
        self._numbers += numbers_of(block, 0, block.lines)
        end = data.rfind(b"\n" + self.lead) + 1
        if not end and len(data) > _LARGEST:
            end = len(data)
        self._take(data[:end])
        self._buffer = data[end:]
        yield from self._joiner.drain()

    def finish(self) -> Iterator[tuple[str, Block]]:
        self._take(self._buffer)
        yield from self._joiner.finish()

    def _take(self, data: bytes) -> None:
        at = place = 0
        for entry in self._entry.finditer(data):
            at += self._between(data[place : entry.start()])
            lines = entry[1].count(b"\n") + 1
            text = as_bytes(_string(entry[1] + b"\n")).removesuffix(b"\n")
            below = entry[1].lstrip().startswith(b"|")
            for row, line in enumerate(text.split(b"\n")):
                self._joiner.add(self._key, self._numbers[at + min((row + 1) * below, lines - 1)], line)
            at, place = at + lines, entry.end()
        at += self._between(data[place:])
        del self._numbers[:at]

    def _between(self, data: bytes) -> int:
        """Take the other members; return how many lines they have."""
        for name in self.name.findall(data) if self.name is not None else ():
            self._key = name.decode("ascii", "replace")
        count = data.count(b"\n")
        self.dropped_lines += count
        return count


class YamlText(Wrapper):
    """YAML whose member of most lines is a string; each container that it names is one stream."""

    name: ClassVar[str] = "yaml"
    splits: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 for YAML with lines of Orthanc or DCMTK in it: how much else it holds says nothing."""
        return 0.0 if _lead(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return _YamlPeeler(_lead(lines) or b"textPayload:", member_of_names(b"\n".join(lines)))

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        stamp = _STAMP.search(b"\n".join(lines))
        return clock_from(stamp[1]) if stamp else None
