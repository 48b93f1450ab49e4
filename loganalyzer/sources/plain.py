"""A plain file that several processes read in parts, and the account of it as one log."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Problem, ReadState
from loganalyzer.sources.lines import BlockCutter, Oddities
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from loganalyzer.sources.block import Block
    from loganalyzer.sources.options import ReadOptions


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file on disk without compression, encoding or wrapper. ``size`` is that when its reading begins, bytes."""

    path: str
    inode: int
    size: int
    block_size: int
    max_line: int
    digest: bool

    @classmethod
    def of(cls, file: BinaryIO, options: ReadOptions) -> PlainFile | None:
        """The file behind an open one; None where it has none that another process could open."""
        try:
            path = os.path.abspath(os.fspath(file.name))  # noqa: PTH100 -- nothing but text is wanted
            status = os.fstat(file.fileno())
        except (OSError, AttributeError, ValueError, TypeError):
            return None
        if not stat.S_ISREG(status.st_mode) or not hasattr(os, "pread"):
            return None
        return cls(path, status.st_ino, status.st_size, options.block_size, options.max_line, options.digest)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor to read from. Raises ``OSError``, also where the path leads to another file by now."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_ino != self.inode:
                raise OSError("another file has taken its place")
            yield descriptor
        finally:
            os.close(descriptor)

    def blocks(self, descriptor: int, start: int, end: int | None, account: PartAccount) -> Iterator[Block]:
        """The lines from ``start`` to ``end``, both borders of lines; None means as far as it goes. Raises ``OSError``.

        Lines are counted from 1 on; ``account`` is complete once the blocks are drawn.
        """
        state = ReadState()
        cutter = BlockCutter("", state, self.max_line)
        account.oddities = cutter.oddities
        while chunk := os.pread(descriptor, self._wanted(start + account.bytes, end), start + account.bytes):
            account.bytes += len(chunk)
            block = cutter.feed(chunk)
            if block is not None:
                account.lines = state.lines
                yield block
        block = cutter.finish()
        if block is not None:
            account.lines = state.lines
            yield block

    def _wanted(self, at: int, end: int | None) -> int:
        return self.block_size if end is None else min(self.block_size, end - at)


@dataclass(slots=True)
class PartAccount:
    """What was read of a part."""

    bytes: int = 0
    lines: int = 0
    oddities: Oddities = field(default_factory=Oddities)


class WholeAccount:
    """Makes the account of a log, ``state``, from those of its parts in their order."""

    def __init__(self, name: str, file: PlainFile, state: ReadState) -> None:
        self._name = name
        self._file = file
        self._state = state
        self._oddities = Oddities()
        self._sha256 = hashlib.sha256()
        self._digest: Callable[[int, int], object] = lambda _at, _size: None

    @property
    def lines(self) -> int:
        """Lines so far."""
        return self._state.lines

    @contextmanager
    def digested(self, descriptor: int) -> Iterator[None]:
        """Meanwhile, the hash of what is taken is made beside the other work: it needs the bytes from first to last."""
        if not self._file.digest:
            yield
            return
        with ThreadPoolExecutor(1) as beside:
            self._digest = lambda at, size: beside.submit(self._update, descriptor, at, at + size)
            yield
        self._state.sha256 = self._sha256.hexdigest()

    def _update(self, descriptor: int, at: int, end: int) -> None:
        while chunk := os.pread(descriptor, min(self._file.block_size, end - at), at):
            self._sha256.update(chunk)
            at += len(chunk)

    def take(self, part: PartAccount) -> None:
        """Take the next part."""
        self._digest(self._state.bytes, part.bytes)
        self._oddities.add(part.oddities, self._state.lines)
        self._state.lines += part.lines
        self._state.bytes += part.bytes

    def finish(self, error: OSError | None) -> None:
        """Tell what went wrong; ``error`` is what ended the reading early."""
        state, where = self._state, f"{self._name}:{self._state.lines + 1}"
        if error is not None:
            state.problems.append(Problem(where, f"the rest could not be read: {reason(error)}"))
        elif state.bytes < self._file.size:
            state.problems.append(Problem(where, became_shorter(state.bytes, self._file.size)))
        state.problems += self._oddities.problems(self._name, self._file.max_line)


def became_shorter(found: int, promised: int) -> str:
    """What a person is told of a log that was emptied or rotated away while it was read; in bytes."""
    return f"the file became shorter while it was read: {found} of {promised} bytes were there"
