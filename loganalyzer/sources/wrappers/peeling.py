"""What every wrapper is made of: a score over sample lines, and a peeler that works on whole blocks."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, runtime_checkable

from loganalyzer.sources.block import Block, lines_of
from loganalyzer.sources.evidence import BEGIN, HEADER, MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

ONLY = ""
"""The key of a wrapper that holds one stream."""

Key = TypeVar("Key", bound=Hashable)

NEIGHBOURS = 600
"""How many of the first sample lines follow each other in the file; the others stand apart."""

# Of so many streams, the lines of each are picked at once; of more, all lines are dealt one by one.
_MOST_PICKED = 8
_HAS_HEADER = re.compile(HEADER + rb"|(?<!\w)" + MARKER)


@dataclass(frozen=True, slots=True)
class Clock:
    """What a wrapper's own time stamps tell: the first one, and the time zone as written, if any."""

    first: datetime
    zone: str | None


@dataclass(frozen=True, slots=True)
class Prefix:
    """What begins each line of a stream: a regular expression (of no more than one line), and the stream's key.

    ``literal`` are the bytes that it takes, where they are the same for all: they are found several times faster. Of a
    blank line, the form takes them without the blanks at their end, too.
    """

    form: bytes
    key: str = ONLY
    literal: bytes | None = None


class Peeler(Protocol):
    """Peels a file block by block. ``dropped_lines`` counts the lines that were the wrapper's own."""

    dropped_lines: int

    @property
    def prefix(self) -> Prefix | None:
        """What each line begins with if the file goes on as it did; ``None`` where each line needs a look.

        As long as all lines of a block have it, removing it is all that ``peel`` would do.
        """

    def peel(self, block: Block) -> Iterable[tuple[str, Block]]:
        """Return the text under the wrapper, with the key of the stream that it belongs to."""

    def finish(self) -> Iterable[tuple[str, Block]]:
        """Return what was held back for a continuation that did not come."""


@runtime_checkable
class RawPeeler(Peeler, Protocol):
    """Peels a file by its bytes as given; the numbers of the blocks' lines mean nothing."""

    @property
    def lines(self) -> int:
        """How many line ends the file had so far."""


class Wrapper(ABC):
    """A form in which logs are brought. Instances hold no state and are listed in ``wrappers.WRAPPERS``."""

    name: ClassVar[str]
    splits: ClassVar[bool] = False
    """Whether one file can hold several streams."""
    strong: ClassVar[bool] = False
    """Whether its score is enough to recognise it: nothing else can look like that, and nothing can be around it."""
    thorough: ClassVar[bool] = False
    """Whether its score needs all lines of a sample, not only the first and some of the others."""
    raw: ClassVar[bool] = False
    """Whether its peeler needs the bytes as given instead of whole lines with ``\\n`` ends."""
    form: ClassVar[re.Pattern[bytes]]
    """What its lines begin with; only a wrapper that scores in another way has none."""

    def score(self, lines: Sequence[bytes]) -> float:
        """Return the share (0 to 1) of the lines that are not blank which have the wrapper's form."""
        return share(lines, self.form.match)

    @abstractmethod
    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """Return a peeler for a file of which ``lines`` is a sample."""

    def clock(self, lines: Sequence[bytes]) -> Clock | None:  # noqa: ARG002  most wrappers have no stamps
        """Return what the wrapper's own time stamps tell, if it has any with a year."""
        return None

    def remark(self, lines: Sequence[bytes]) -> str | None:  # noqa: ARG002  most need none
        """Return what a person must know to find lines in the file, if anything."""
        return None


class AtOnce:
    """A peeler that holds nothing back."""

    __slots__ = ()

    def finish(self) -> tuple[()]:
        """See ``Peeler``."""
        return ()


@dataclass(slots=True)
class LinewisePeeler(AtOnce):
    """Peels each line for itself: no line is lost or joined, so that the numbers stay."""

    strip: Callable[[bytes], bytes]
    dropped_lines: int = 0
    prefix: None = None

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        yield ONLY, Block(self.strip(block.data), block.first_line, block.line_numbers, block.lines)


@dataclass(slots=True)
class PatternPeeler(AtOnce):
    """Removes what the regular expression ``form`` finds at the beginnings of lines; other lines stay as they are."""

    form: bytes
    dropped_lines: int = 0

    @property
    def prefix(self) -> Prefix:
        """See ``Peeler``."""
        return Prefix(self.form)

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        data, _ = without_start(line_start(self.form), block.data)
        yield ONLY, Block(data, block.first_line, block.line_numbers, block.lines)


@dataclass(slots=True)
class CopyPeeler(AtOnce):
    """Leaves out the lines that ``is_copy`` tells to be said before; it is shown each line in turn."""

    is_copy: Callable[[bytes], bool]
    dropped_lines: int = 0
    prefix: None = None

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        kept = Gathered()
        for line, number in numbered_lines(block):
            if self.is_copy(line):
                self.dropped_lines += 1
            else:
                kept.put(line, number)
        return kept.only()


@dataclass(slots=True)
class Gathered:
    """Lines of one stream with their numbers, on the way to a block; each text lacks the line end at its end."""

    texts: list[bytes] = field(default_factory=list)
    numbers: array[int] = field(default_factory=lambda: array("L"))

    def put(self, text: bytes, number: int) -> None:
        """Take the next line."""
        self.texts.append(text)
        self.numbers.append(number)

    def block(self) -> Block:
        """Return everything gathered as one block."""
        return Block(b"\n".join(self.texts) + b"\n", self.numbers[0], self.numbers, len(self.numbers))

    def only(self) -> Iterator[tuple[str, Block]]:
        """Return it as what a peeler gives of a single stream: nothing where nothing was gathered."""
        return iter([(ONLY, self.block())] if self.texts else ())


def apart(keys: Sequence[Key], texts: Sequence[bytes], numbers: Sequence[int]) -> Iterator[tuple[Key, Block]]:
    """Sort lines, each with its stream's key and its number, into one block of each stream."""
    streams = dict.fromkeys(keys)
    if len(streams) > _MOST_PICKED:
        yield from _apart_one_by_one(zip(keys, texts, numbers, strict=False))
        return
    for key in streams:
        own = [one == key for one in keys]
        picked = array("L", compress(numbers, own))
        yield key, Block(b"\n".join(compress(texts, own)) + b"\n", picked[0], picked, len(picked))


def apart_lines(lines: Iterable[tuple[str, bytes, int]]) -> Iterator[tuple[str, Block]]:
    """Sort lines as ``apart`` does."""
    columns = list(zip(*lines, strict=True))
    return apart(*columns) if columns else iter(())


def _apart_one_by_one(lines: Iterable[tuple[Key, bytes, int]]) -> Iterator[tuple[Key, Block]]:
    streams: dict[Key, Gathered] = {}
    for key, text, number in lines:
        streams.setdefault(key, Gathered()).put(text, number)
    for key, stream in streams.items():
        yield key, stream.block()


def numbers_of(block: Block, first: int, count: int) -> Sequence[int]:
    """Return the numbers of ``count`` lines of a block from its ``first`` one (0-based)."""
    if block.line_numbers is None:
        return range(block.first_line + first, block.first_line + first + count)
    return block.line_numbers[first : first + count]


def numbered_lines(block: Block) -> Iterator[tuple[bytes, int]]:
    """Return the lines of a block with their numbers."""
    return zip(block.data.split(b"\n"), numbers_of(block, 0, block.lines), strict=False)


def share(lines: Sequence[bytes], matches: Callable[[bytes], object]) -> float:
    """Return the share of the lines that are not blank for which ``matches`` is true."""
    filled = list(filter(bytes.strip, lines))
    return counted(filled, matches) / len(filled) if filled else 0.0


def counted(lines: Sequence[bytes], matches: Callable[[bytes], object]) -> int:
    """Return how many lines there are for which ``matches`` is true."""
    return len(list(filter(matches, lines)))


def literal_prefixes(lines: Sequence[bytes], form: bytes) -> Counter[bytes]:
    """Count the prefixes of the regular expression ``form`` before the headers in ``lines``.

    Where a header follows the prefix directly, the prefix is known to the byte; where another wrapper stands between,
    it is what ``form`` takes.
    """
    direct = re.compile(rb"(" + form + rb")" + BEGIN)
    found = Counter(match[1] for match in map(direct.match, lines) if match)
    if not found:
        loose = re.compile(form)
        found = Counter(match[0] for line in lines if (match := loose.match(line)) and _HAS_HEADER.search(line))
    del found[b""]
    return found


def line_start(form: bytes) -> re.Pattern[bytes]:
    r"""Compile a pattern for what begins a line, to be used by ``without_start``.

    It begins with the line end before: a literal, which the search engine finds several times faster than a ``^``.
    """
    return re.compile(rb"\n" + form)


def without_start(pattern: re.Pattern[bytes], data: bytes) -> tuple[bytes, int]:
    """Remove what ``pattern`` (of ``line_start``) finds at the beginnings of lines; return the rest and the number."""
    stripped, count = pattern.subn(b"\n", b"\n" + data)
    return stripped[1:], count


def without_literal(data: bytes, lines: int, literal: bytes) -> tuple[bytes, int]:
    """Remove bytes from the beginnings of those of the ``lines`` that have them, and count those.

    A blank line may have lost the blanks at the end of them.
    """
    led, bare = b"\n" + data, literal.rstrip()
    stripped = led.replace(b"\n" + literal, b"\n")
    if len(led) - len(stripped) < lines * len(literal) and bare != literal:
        blank, whole = b"\n" + bare + b"\n", b"\n" + literal + b"\n"
        # Every second one of several in a row, and then the others.
        led = led.replace(blank, whole).replace(blank, whole)
        stripped = led.replace(b"\n" + literal, b"\n")
    return stripped[1:], (len(led) - len(stripped)) // len(literal)


def without_prefixes(data: bytes, lines: int, prefixes: Sequence[Prefix]) -> tuple[bytes, int]:
    """Remove prefixes, one behind the other, from those of the ``lines`` that have all.

    Returns the rest, and how many those are.
    """
    literals = [prefix.literal for prefix in prefixes if prefix.literal]
    if len(literals) == len(prefixes):
        return without_literal(data, lines, b"".join(literals))
    # Atomic: what one prefix takes is not given back for the next one.
    forms = [b"(?>" + prefix.form + b")" for prefix in prefixes]
    return without_start(line_start(b"".join(forms)), data)


@dataclass(slots=True)
class PrefixPeeler(AtOnce):
    """Removes prefixes that are the same in every line of a region; a header with another prefix begins a region.

    So a dump keeps what looks like one more prefix, and two quotations of different depth in one mail come out right.
    """

    prefixes: Sequence[bytes]
    dropped_lines: int = 0
    _current: bytes = b""
    _switch: re.Pattern[bytes] | None = None

    def __post_init__(self) -> None:
        self._current = self.prefixes[0]
        if len(self.prefixes) > 1:
            longest_first = sorted(self.prefixes, key=len, reverse=True)
            options = b"|".join(re.escape(prefix) for prefix in longest_first)
            self._switch = re.compile(rb"(?m)^(" + options + rb")(?=" + BEGIN + rb")")

    @property
    def prefix(self) -> Prefix | None:
        """See ``Peeler``."""
        if self._switch is not None:
            return None
        bare = self._current.rstrip()
        form = rb"(?:" + re.escape(self._current) + rb"|" + re.escape(bare) + rb"(?=\n))"
        return Prefix(form, literal=self._current)

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        data = block.data
        if self._switch is None:
            stripped = self._bare(data)
        else:
            pieces, start = [], 0
            for match in self._switch.finditer(data):
                if match[1] != self._current:
                    pieces.append(self._bare(data[start : match.start()]))
                    start, self._current = match.start(), match[1]
            pieces.append(self._bare(data[start:]))
            stripped = b"".join(pieces)
        yield ONLY, Block(stripped, block.first_line, block.line_numbers, block.lines)

    def _bare(self, data: bytes) -> bytes:
        return without_literal(data, lines_of(data), self._current)[0]


class LiteralPrefixWrapper(Wrapper):
    """Lines that all have one of a few prefixes of the wrapper's form, which stand before headers, too."""

    usual: ClassVar[bytes]
    """The prefix to take where the sample shows none, because a person said that it is this wrapper."""

    def prefixes(self, lines: Sequence[bytes]) -> list[bytes]:
        """Return the prefixes in a sample, the most frequent one first."""
        return [prefix for prefix, _ in literal_prefixes(lines, self.form.pattern).most_common()]

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return super().score(lines) if self.prefixes(lines) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return PrefixPeeler(self.prefixes(lines) or [self.usual])
