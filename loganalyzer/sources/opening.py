"""Opens everything a person named and yields one ``Log`` after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.block import Block, Problem, ReadState
from loganalyzer.sources.found import Found, find
from loganalyzer.sources.lines import blocks_of, reason
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.stream import Log

if TYPE_CHECKING:
    from pathlib import Path


class Opened(Iterator[Log]):
    """The logs behind some paths, in order; a log's blocks must be drawn before the next log is.

    ``problems`` holds what belongs to no log (a path that cannot be opened, …) and ``skipped`` the names of files in
    folders and archives that are evidently no logs; both are complete when the iteration has ended.
    """

    def __init__(self, paths: Sequence[str | Path], options: ReadOptions) -> None:
        self.problems: list[Problem] = []
        self.skipped: list[str] = []
        self._options = options
        self._logs = self._open_all([str(path) for path in paths])

    def __iter__(self) -> Opened:
        return self

    def __next__(self) -> Log:
        return next(self._logs)

    def close(self) -> None:
        """Close the file that is being read, if any."""
        self._logs.close()

    def _open_all(self, paths: list[str]) -> Generator[Log]:
        for found in find(paths, self.problems):
            try:
                file = found.open()
            except OSError as error:
                self.problems.append(Problem(found.name, f"cannot be opened: {reason(error)}"))
                continue
            try:
                yield self._plain(found, file)
            finally:
                if found.path is not None:
                    file.close()

    def _plain(self, found: Found, file: BinaryIO) -> Log:
        options = self._options

        def draw(state: ReadState) -> Iterator[Block]:
            return blocks_of(
                found.name,
                lambda: file.read(options.block_size),
                state,
                max_line=options.max_line,
                digest=options.digest,
            )

        year, year_from = (options.year, "option") if options.year else (None, "none")
        return Log(found.name, "plain", 1.0, "utf-8", year, year_from, draw)


def open_logs(paths: Sequence[str | Path], options: ReadOptions | None = None) -> Opened:
    """Open files, folders, archives and standard input (``-``); see ``Opened``. Raises nothing for bad input."""
    return Opened(paths, options or ReadOptions())
