"""Peels JSON objects, one a line: all those of a block at once, or one by one where they are not alike."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from loganalyzer.sources.block import Block, lines_of
from loganalyzer.sources.wrappers.joined import Joiner
from loganalyzer.sources.wrappers.peeling import apart, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_MOST_MISSES = 4
_INSIDE = re.compile(rb'(?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))++')
_STRING = msgspec.json.Decoder(str)
_STRINGS = msgspec.json.Decoder(list[str])
_NOT_READ = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Message(NamedTuple):
    """A line as a JSON object gives it; not ``complete`` when more of it follows in the next object."""

    text: str
    key: str = ""
    complete: bool = True
    lane: str = ""


@dataclass(frozen=True, slots=True)
class JsonForm:
    """What objects look like. ``entry`` has the fields that matter, each with ``None`` as its default.

    ``texts`` are those that can hold the message, the first one that is a string does. ``read`` finds the message, and
    what it says of it depends on the other fields only; with ``ended`` also on whether the text ends with a line feed.
    """

    entry: type[msgspec.Struct]
    texts: tuple[str, ...]
    read: Callable[[Any], Message | None]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class _Alike:
    """Reads objects that have their message in the field ``text``, and of the others only those of ``telling``."""

    text: str
    telling: tuple[str, ...]
    decoder: msgspec.json.Decoder[Any]

    @classmethod
    def of(cls, form: JsonForm, text: str) -> _Alike:
        """Those in which any other field may tell."""
        fields = [one for one in msgspec.structs.fields(form.entry) if one.name not in form.texts]
        members = [(one.name, one.type, None) for one in fields]
        return cls(text, tuple(one.name for one in fields), _decoder(form, text, members))

    @classmethod
    def as_first(cls, form: JsonForm, text: str, first: msgspec.Struct) -> _Alike | None:
        """Those that say the same as the first one in all that tells; ``None`` where that is no string."""
        try:
            return cls(text, (), _decoder(form, text, _members(first, form.texts)))
        except TypeError:
            return None

    def shapes(self, entries: Sequence[Any]) -> list[Any]:
        """Return what tells about the message of each entry, or once for all of them."""
        return list(map(attrgetter(*self.telling), entries)) if self.telling else [()]


def _members(entry: msgspec.Struct, left_out: Sequence[str]) -> list[tuple[Any, ...]]:
    """The fields of a structure of objects that say the same as ``entry``. Raises ``TypeError`` where none can."""
    values = ((name, getattr(entry, name)) for name in entry.__struct_fields__ if name not in left_out)
    # What must not be there has the type None: an object that has it is refused.
    return [(name, None, None) if value is None else (name, _only(value)) for name, value in values]


def _only(value: object) -> object:
    """The type of this value and no other."""
    if isinstance(value, msgspec.Struct):
        return msgspec.defstruct("_Place", sorted(_members(value, ()), key=len), gc=False)
    if not isinstance(value, str):
        raise TypeError
    return Literal.__getitem__(value)


def _decoder(form: JsonForm, text: str, members: list[tuple[Any, ...]]) -> msgspec.json.Decoder[Any]:
    others = [(name, None, None) for name in form.texts if name != text]
    names = {one.name: one.encode_name for one in msgspec.structs.fields(form.entry)}
    fields = sorted([(text, str), *members, *others], key=len)
    return msgspec.json.Decoder(msgspec.defstruct("_Entry", fields, rename=names, gc=False))


@dataclass(slots=True)
class JsonPeeler:
    """Peels objects of a ``form``. What is no such object stays as it is."""

    form: JsonForm
    dropped_lines: int = 0
    prefix: None = None
    _joiner: Joiner = field(default_factory=Joiner)
    _key: str = ""
    _as_first: _Alike | None = None
    _any: _Alike | None = None
    _misses: int = 0
    _decoder: msgspec.json.Decoder[msgspec.Struct] = field(init=False)
    _begins: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._begins = re.compile(rb'(\{"(?:' + "|".join(map(re.escape, self.form.texts)).encode() + rb')":")')
        self._decoder = msgspec.json.Decoder(self.form.entry)

    def peel(self, block: Block) -> Iterable[tuple[str, Block]]:
        """See ``Peeler``."""
        for alike in self._ways(block.data):
            found = self._at_once(alike, block)
            if found is not None:
                self._misses = 0 if alike is self._as_first else self._misses + 1
                return found
        return self._one_by_one(block)

    def finish(self) -> Iterator[tuple[str, Block]]:
        """See ``Peeler``."""
        yield from self._joiner.finish()

    def _ways(self, data: bytes) -> Iterator[_Alike]:
        """Yield the ways to read all of a block: as the one before, as its first line, with any field that tells."""
        if self._as_first is not None:
            yield self._as_first
        first = self._entry(data[: data.find(b"\n")])
        text = next((name for name in self.form.texts if isinstance(getattr(first, name, None), str)), None)
        self._as_first = None
        if first is None or text is None:
            return
        if self._misses < _MOST_MISSES and (as_first := _Alike.as_first(self.form, text, first)):
            self._as_first = as_first
            yield as_first
        if self._any is None or self._any.text != text:
            self._any = _Alike.of(self.form, text)
        yield self._any

    def _at_once(self, alike: _Alike, block: Block) -> list[tuple[str, Block]] | None:
        """Read a block; ``None`` unless each of its lines has a message, and they are whole or parts of one lane."""
        try:
            entries = alike.decoder.decode_lines(block.data)
            if len(entries) != block.lines:  # blank lines are no entries
                return None
            shapes = alike.shapes(entries)
            messages = {shape: self.form.read(entry) for shape, entry in _different(shapes, entries)}
        except (*_NOT_READ, TypeError):
            return None
        texts = list(map(attrgetter(alike.text), entries))
        if self.form.ended:
            lanes = {message and (message.key, message.lane) for message in messages.values()}
            return self._joined(lanes.pop(), texts, block) if len(lanes) == 1 else None
        keys = {message.key if message and message.complete else None for message in messages.values()}
        data = None if None in keys or self._joiner.waits else as_lines(texts, block.lines)
        if data is None:
            return None
        names = {shape: message.key for shape, message in messages.items() if message}
        self._key = names[shapes[-1]]
        if len(keys) == 1:
            return [(self._key, Block(data, block.first_line, block.line_numbers, block.lines))]
        lines = data.split(b"\n")[:-1]
        return list(apart(list(map(names.__getitem__, shapes)), lines, numbers_of(block, 0, len(lines))))

    def _joined(self, lane: tuple[str, str] | None, texts: list[str], block: Block) -> list[tuple[str, Block]] | None:
        """Return the lines of messages that have their line ends, or are parts of lines."""
        if lane is None:
            return None
        data = as_bytes("".join(texts))
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        ends = list(map(str.endswith, texts, repeat("\n")))
        return self._joiner.take(*lane, data, ends, numbers_of(block, 0, block.lines))

    def _one_by_one(self, block: Block) -> Iterator[tuple[str, Block]]:
        lines = block.data.split(b"\n")[:-1]
        for number, line in zip(numbers_of(block, 0, len(lines)), lines, strict=True):
            self._take(number, line)
        yield from self._joiner.drain()

    def _take(self, number: int, line: bytes) -> None:
        entry = self._entry(line)
        if entry is None and (torn := self._begins.split(line))[1:]:
            self._take_torn(number, torn)
            return
        message = None if entry is None else self.form.read(entry)
        if message is not None:
            self._key = message.key
            text = as_bytes(message.text)
            self._joiner.add(message.key, number, text, complete=message.complete, lane=message.lane)
        elif entry is not None or not line.strip():
            self.dropped_lines += 1
        else:
            self._joiner.add(self._key, number, line)

    def _take_torn(self, number: int, torn: list[bytes]) -> None:
        """Take what is left of objects on a line, some without their ends: the text before the first, and theirs."""
        if torn[0].strip():
            self._joiner.add(self._key, number, torn[0])
        for begin, rest in zip(torn[1::2], torn[2::2], strict=True):
            entry = self._entry(begin + rest) if rest.rstrip(b"\0 ").endswith(b"}") else None
            message = None if entry is None else self.form.read(entry)
            if message is not None:
                text = as_bytes(message.text)
                self._joiner.add(message.key, number, text, complete=message.complete, lane=message.lane)
            elif cut := _INSIDE.match(rest):
                self._joiner.add(self._key, number, as_bytes(as_text(cut[0])).removesuffix(b"\n"))

    def _entry(self, line: bytes) -> msgspec.Struct | None:
        """Return the object on a line, ``None`` when there is none."""
        try:
            return self._decoder.decode(line)
        except _NOT_READ:
            value = as_object(line)
            if value is None:
                return None
            entry = self.form.entry
            # A name in broken bytes is none of these, and msgspec cannot take it.
            return msgspec.convert({n: value[n] for n in entry.__struct_encode_fields__ if n in value}, entry)


def _different(shapes: list[Any], entries: list[Any]) -> Iterable[tuple[Any, Any]]:
    """Return one entry of each shape."""
    if shapes.count(shapes[0]) == len(shapes):
        return [(shapes[0], entries[0])]
    return dict(zip(shapes, entries, strict=True)).items()


def as_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object on a line, ``None`` when there is none; bytes that are no UTF-8 are kept."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        value = json.loads(line.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def as_bytes(text: str) -> bytes:
    """Return a JSON string as the bytes that were logged, as far as JSON could hold them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def as_lines(texts: Sequence[str], count: int) -> bytes | None:
    """Return texts as lines; ``None`` unless they are ``count`` lines."""
    data = as_bytes("\n".join(texts) + "\n")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if b"\r" in data or b"\0" in data or lines_of(data) != count:
        return None
    return data


def lines_in(inside: bytes, count: int) -> bytes | None:
    """Return the lines that one string says, of which ``inside`` is between its quotation marks.

    ``None`` unless it is a string, and they are ``count``.
    """
    try:
        return as_lines([_STRING.decode(b'"' + inside + b'"').removesuffix("\n")], count)
    except _NOT_READ:
        return None


def as_texts(strings: Sequence[bytes]) -> list[str]:
    """Return what JSON strings, each in its quotation marks, say."""
    try:
        return _STRINGS.decode(b"[" + b",".join(strings) + b"]")
    except _NOT_READ:
        return [as_text(string[1:-1]) for string in strings]


def as_text(inside: bytes) -> str:
    """Return what stands inside of the quotation marks of a JSON string; as it is where that is no JSON."""
    text = inside.decode("utf-8", "surrogateescape")
    if "\\" not in text:
        return text
    try:
        value = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
