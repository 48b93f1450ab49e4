"""Reads one text, from its bytes to the blocks of its streams."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block, Problem, ReadState
from loganalyzer.sources.containers.limits import UnreadableError, fault
from loganalyzer.sources.lines import BlockCutter
from loganalyzer.sources.plain import PlainFile, became_shorter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.sources.containers.expand import Text
    from loganalyzer.sources.encodings import Encoding
    from loganalyzer.sources.options import ReadOptions
    from loganalyzer.sources.wrappers.detection import Detected

_MIDDLE_SIZE = 64 * 1024


def sample_of(text: Text, encoding: Encoding, options: ReadOptions) -> bytes:
    """Return whole lines from the beginning of a text and, where it can be sought, some from its middle."""
    head = text.source.peek(options.sample_size)
    lines = _lines(head, encoding, options, at_start=True, at_end=len(head) < options.sample_size)
    return lines + _lines(_middle(text, options), encoding, options, at_start=False, at_end=False)


def _middle(text: Text, options: ReadOptions) -> bytes:
    if text.file is None:
        return b""
    try:
        descriptor = text.file.fileno()
        size = os.fstat(descriptor).st_size
        if size < 4 * options.sample_size:
            return b""
        return os.pread(descriptor, _MIDDLE_SIZE, size // 8 * 4)
    except (OSError, AttributeError):
        return b""


def _lines(data: bytes, encoding: Encoding, options: ReadOptions, *, at_start: bool, at_end: bool) -> bytes:
    decode = encoding.decoder()
    if decode is not None and data:
        data = decode(data, at_end)
    cutter = BlockCutter("", ReadState(), options.max_line)
    block = cutter.feed(data)
    lines = block.data if block else b""
    # A line that is longer than all before it says most of what the text is.
    last = cutter.finish() if at_end or 2 * len(lines) < len(data) else None
    if last is not None and at_start:
        lines += last.data
    return lines if at_start else lines[lines.find(b"\n") + 1 :]


@dataclass(slots=True)
class Reading:
    """Reads ``text`` once. ``state`` is the account of the file as a whole."""

    text: Text
    encoding: Encoding
    detected: Detected
    options: ReadOptions
    state: ReadState = field(default_factory=ReadState)

    @property
    def plain(self) -> PlainFile | None:
        """The file, where its bytes are the text and nothing has to be taken off."""
        if self._is_peeled or self.encoding.decoder() is not None or self.text.file is None:
            return None
        return PlainFile.of(self.text.file, self.options)

    @property
    def _is_peeled(self) -> bool:
        return bool(self.detected.wrappers) or self.detected.coloured

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of a text that holds one stream."""
        for _, block in self.pieces():
            yield block

    def pieces(self) -> Iterator[tuple[str, Block]]:
        """Yield blocks with the name of the stream that they belong to."""
        if not self._is_peeled:
            yield from (("", block) for block in self._cut())
            return
        pipeline = self.detected.pipeline()
        blocks = self._raw() if self.detected.raw else self._cut()
        for block in blocks:
            yield from pipeline.push(block)
            self.state.dropped_lines = pipeline.dropped_lines
            if self.detected.raw:
                self.state.lines = pipeline.raw_lines
        yield from pipeline.finish()
        self.state.dropped_lines = pipeline.dropped_lines

    def _cut(self) -> Iterator[Block]:
        cutter = BlockCutter(self.text.name, self.state, self.options.max_line)
        for chunk in self._chunks():
            block = cutter.feed(chunk)
            if block is not None:
                yield block
        last = cutter.finish()
        if last is not None:
            yield last

    def _raw(self) -> Iterator[Block]:
        """Yield the bytes as they are, for a wrapper that needs them so: it counts their lines."""
        last = b"\n"
        for last in self._chunks():
            yield Block(last, lines=1)
        self.state.lines += not last.endswith(b"\n")

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes as UTF-8, or as they are; a fault ends them and becomes a problem."""
        decode = self.encoding.decoder()
        sha256 = hashlib.sha256() if self.options.digest else None
        read, size, state = self.text.source.read, self.options.block_size, self.state
        promised = self._size()
        while True:
            try:
                chunk = read(size)
            except (UnreadableError, OSError) as error:
                self._fault(error)
                break
            if not chunk:
                self._check_size(promised)
                break
            state.bytes += len(chunk)
            if sha256 is not None:
                sha256.update(chunk)
            yield chunk if decode is None else decode(chunk, False)
        if decode is not None:
            yield decode(b"", True)
        if sha256 is not None:
            state.sha256 = sha256.hexdigest()

    def _size(self) -> int:
        """The size of a plain file when its reading begins; 0 for all else."""
        if self.text.file is None:
            return 0
        try:
            status = os.fstat(self.text.file.fileno())
        except (OSError, AttributeError, ValueError):
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def _check_size(self, promised: int) -> None:
        """A log that is emptied or rotated away while it is read has lost its rest."""
        if self.state.bytes < promised:
            what = became_shorter(self.state.bytes, promised)
            self.state.problems.append(Problem(f"{self.text.name}:{self.state.lines + 1}", what))

    def _fault(self, error: UnreadableError | OSError) -> None:
        where = f"{self.text.name}:{self.state.lines + 1}"
        self.state.problems.append(Problem(where, f"the rest could not be read: {fault(error)}"))
