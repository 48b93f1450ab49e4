r"""The only thing that leaves the sources stage: blocks of plain log text.

Whatever a person brought (a file, a member of an archive, standard input, a container's output), the rest of the
program sees ``Block``s: UTF-8 bytes with ``\\n`` line ends, cut on line borders, each line with its number in the
file as given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from loganalyzer.sources.plain import PlainFile

    Opening = Callable[[], AbstractContextManager["LogStream | None"]]

_MOST_SKIPPED = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read. Problems are values: they are counted and shown, never passed over.

    ``where`` names the place (``a.zip!orthanc.log:120``), ``what`` is one sentence, ``incomplete`` says whether the
    diagnosis may have missed something because of it (exit status 4). ``cut``: all was read, but the log itself begins,
    ends or has a gap in the middle of something, so that nobody can call it healthy. ``note``: all was read, and this
    is only to be known.
    """

    where: str
    what: str
    incomplete: bool = True
    cut: bool = False
    note: bool = False


@dataclass(slots=True)
class Skipped:
    """How many files were passed over because they are evidently no logs, and the names of the first ones."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count a file."""
        self.count += 1
        if len(self.names) < _MOST_SKIPPED:
            self.names.append(name)


@dataclass(frozen=True, slots=True)
class Block:
    r"""A run of whole lines of one stream.

    ``data`` ends with ``\\n``. ``first_line`` is the 1-based number, in the file as given, of the first line; where a
    wrapper drops, joins or interleaves lines, ``line_numbers`` holds the number of every line of ``data`` instead.
    ``lines`` is how many lines it has, counted where it is not given.
    """

    data: bytes
    first_line: int = 1
    line_numbers: Sequence[int] | None = None
    lines: int = 0

    def __post_init__(self) -> None:
        if not self.lines:
            object.__setattr__(self, "lines", lines_of(self.data))


def lines_of(data: bytes) -> int:
    """How many line ends a text has; up to three times as fast as to count them, which looks at each byte."""
    return len(data) - len(data.replace(b"\n", b""))


@dataclass(slots=True)
class ReadState:
    """What is known about a stream once its blocks have been drawn; filled while it is read."""

    bytes: int = 0
    lines: int = 0
    dropped_lines: int = 0
    sha256: str | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Neighbours:
    """What opens the log ``before`` a log and the one ``behind`` it, where it was rotated; None where there is none.

    ``matter`` says, once the log is read, whether anything would be said otherwise if it had other ones.
    """

    before: Opening | None = None
    behind: Opening | None = None
    matter: bool = False


class LogStream(Protocol):
    """One log, ready to be read once.

    ``name`` is how the person knows it; ``wrapper`` and ``encoding`` say what was peeled off and why (``wrapper_score``
    between 0 and 1). ``year`` and ``year_from`` are the best knowledge of the year before the log itself is read:
    ``option``, ``name``, ``wrapper``, ``file-time`` or ``none``. ``started`` is a run's start as its file name
    gives it. ``plain`` is the file whose bytes are the log, where there is one: then it may be read in parts instead.
    ``neighbours`` are the logs that it goes on from and in.
    """

    @property
    def name(self) -> str:
        """How the person knows it."""
        ...

    @property
    def wrapper(self) -> str:
        """What was peeled off each line."""
        ...

    @property
    def wrapper_score(self) -> float:
        """How sure that is, from 0 to 1."""
        ...

    @property
    def encoding(self) -> str:
        """The character encoding that was read."""
        ...

    @property
    def year(self) -> int | None:
        """The year of the first line, if anything outside the log tells it."""
        ...

    @property
    def year_from(self) -> str:
        """Where the year comes from."""
        ...

    @property
    def started(self) -> datetime | None:
        """The start of the run, as the file's name gives it."""
        ...

    @property
    def zone(self) -> str | None:
        """The time zone of the wrapper's stamps, as written."""
        ...

    @property
    def plain(self) -> PlainFile | None:
        """The file that may be read in parts."""
        ...

    @property
    def neighbours(self) -> Neighbours:
        """The logs before and behind it."""
        ...

    @property
    def state(self) -> ReadState:
        """What was read; complete once the blocks are drawn."""
        ...

    def blocks(self) -> Iterator[Block]:
        """The text, once."""
        ...
