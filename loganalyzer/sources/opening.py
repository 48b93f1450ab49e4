"""Opens everything a person named and yields one ``Log`` after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Protocol

from loganalyzer.sources.block import Block, Neighbours, Problem, ReadState, Skipped
from loganalyzer.sources.containers.expand import Expander, Text
from loganalyzer.sources.demux import Demultiplexer
from loganalyzer.sources.encodings import encoding_of
from loganalyzer.sources.evidence import first_date
from loganalyzer.sources.found import Finder
from loganalyzer.sources.names import gone_on, looks_foreign
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.os_errors import reason
from loganalyzer.sources.reading import Reading, sample_of
from loganalyzer.sources.stream import Log
from loganalyzer.sources.wrappers.detection import Detected, chosen, detect
from loganalyzer.sources.year import started_from, year_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from datetime import datetime
    from pathlib import Path

    from loganalyzer.sources.found import Found


class Beside(Protocol):
    """A file that can be opened again."""

    @property
    def name(self) -> str:
        """How people see it."""
        ...

    @property
    def modified(self) -> datetime | None:
        """When it was written."""
        ...

    def open(self) -> BinaryIO:
        """Open for reading. Raises ``OSError``."""
        ...


class Opened(Iterator[Log]):
    """The logs behind some paths, in order; a log's blocks must be drawn before the next log is.

    ``problems`` holds what belongs to no log (a path that cannot be opened, a damaged archive, …) and ``skipped`` the
    files in folders and archives that are evidently no logs; both are complete when the iteration has ended.
    """

    def __init__(self, options: ReadOptions) -> None:
        self.problems: list[Problem] = []
        self.skipped = Skipped()
        self._options = options
        self._expander = Expander(options, self.problems, self.skipped)
        self._logs: Generator[Log] = self._of_files([])

    @classmethod
    def of_paths(cls, paths: Sequence[str | Path], options: ReadOptions) -> Opened:
        """Open what a person named."""
        opened = cls(options)
        opened._logs = opened._of_paths([str(path) for path in paths])
        return opened

    @classmethod
    def of_files(cls, files: Sequence[tuple[str, BinaryIO]], options: ReadOptions) -> Opened:
        """Read open files under the names given."""
        opened = cls(options)
        opened._logs = opened._of_files(files)
        return opened

    @classmethod
    def of_file(
        cls, name: str, file: BinaryIO, options: ReadOptions, *, modified: datetime | None, asked_for: bool
    ) -> Opened:
        """Read one open file of which is known when it was written, and whether the person named it."""
        opened = cls(options)
        texts = opened._expander.texts(name, file, modified, asked_for=asked_for)
        opened._logs = (log for text in texts for log in opened._logs_in(text))
        return opened

    def __iter__(self) -> Opened:
        return self

    def __next__(self) -> Log:
        return next(self._logs)

    def close(self) -> None:
        """Close the file that is being read, if any."""
        self._logs.close()

    def _of_paths(self, paths: list[str]) -> Generator[Log]:
        finder = Finder(self.problems, self.skipped, self._options.pipe_seconds)
        for path, group in finder.groups(paths):
            logs, neighbours = 0, self._neighbours(group)
            for found in group:
                before = logs, len(self.problems)
                try:
                    file = found.open()
                except OSError as error:
                    self.problems.append(Problem(found.name, f"cannot be opened: {reason(error)}"))
                    continue
                try:
                    for text in self._expander.texts(found.name, file, found.modified, asked_for=found.asked_for):
                        for log in self._logs_in(text):
                            logs += 1
                            if log.name == found.name and found.path is not None:
                                log.neighbours = neighbours.get(found.name, log.neighbours)
                            yield log
                finally:
                    if found.path is not None:
                        file.close()
                if found.asked_for and before == (logs, len(self.problems)):
                    self.problems.append(Problem(found.name, "holds no log", incomplete=False))
            if not logs and path in paths and not any(found.asked_for for found in group) and path != "-":
                self._no_log(path, group)

    def _neighbours(self, group: Sequence[Found]) -> dict[str, Neighbours]:
        """By their names, the logs of a group that were rotated, each with those before and behind it."""
        by_name = {one.name: one for one in group if one.path is not None and not one.path.is_fifo()}
        neighbours: dict[str, Neighbours] = defaultdict(Neighbours)
        for earlier, later in gone_on(by_name):
            neighbours[earlier].behind = partial(opened_beside, by_name[later], self._options)
            neighbours[later].before = partial(opened_beside, by_name[earlier], self._options)
        return neighbours

    def _no_log(self, path: str, group: Sequence[object]) -> None:
        if not any(problem.where == path for problem in self.problems):
            what = "holds no log" if group else "holds no file that can be read"
            self.problems.append(Problem(path, what, incomplete=False))

    def _of_files(self, files: Sequence[tuple[str, BinaryIO]]) -> Generator[Log]:
        for name, file in files:
            for text in self._expander.texts(name, file, None, asked_for=True):
                yield from self._logs_in(text)

    def _logs_in(self, text: Text) -> Iterator[Log]:
        encoding = encoding_of(text.source.peek(self._options.sample_size))
        sample = sample_of(text, encoding, self._options)
        forced = self._options.input_format
        detected = detect(sample) if forced is None else chosen(forced, sample)
        if self._is_no_log(text, detected):
            self.skipped.add(text.name)
            return
        reading = Reading(text, encoding, detected, self._options)
        if not detected.splits:
            yield self._log(reading, text.name, lambda _: reading.blocks(), reading.state)
            return
        streams = Demultiplexer(text.name, reading.pieces(), reading.state, self._options.max_buffer)
        drawn = 0
        while True:
            keys = streams.keys() if drawn else [streams.first()]
            if drawn == len(keys) or keys[drawn] is None:
                return
            yield self._stream(reading, streams, keys[drawn] or "")
            streams.drain()
            drawn += 1

    def _stream(self, reading: Reading, streams: Demultiplexer, key: str) -> Log:
        name = f"{reading.text.name} [{key}]" if key else reading.text.name
        return self._log(reading, name, lambda state: streams.draw(key, state), ReadState())

    def _log(self, reading: Reading, name: str, draw: Callable[[ReadState], Iterator[Block]], state: ReadState) -> Log:
        detected, text = reading.detected, reading.text
        clock = detected.clock()
        year = year_of(
            self._options.year, text.name, clock.first if clock else None, text.modified, first_date(detected.peeled)
        )
        remarks = detected.remarks()
        state.problems += [Problem(text.name, remark, incomplete=False, note=True) for remark in remarks]
        return Log(
            name=name,
            wrapper=detected.name,
            wrapper_score=detected.score,
            encoding=reading.encoding.name,
            year=year.year,
            year_from=year.source,
            draw=draw,
            started=started_from(text.name),
            zone=clock.zone if clock else None,
            state=state,
            plain=reading.plain,
        )

    @staticmethod
    def _is_no_log(text: Text, detected: Detected) -> bool:
        """Return whether a file that nobody named is no log: by its name, unless something in it looks like one."""
        if text.asked_for or detected.found or any(wrapper.strong for wrapper in detected.wrappers):
            return False
        return looks_foreign(text.name) or text.name.lower().endswith(".json")


@contextmanager
def opened_beside(found: Beside, options: ReadOptions) -> Iterator[Log | None]:
    """The log that a file is, beside another one; None for what cannot be opened or is no log: it tells so itself."""
    try:
        file = found.open()
    except OSError:
        yield None
        return
    options = replace(options, digest=False)
    with file, closing(Opened.of_file(found.name, file, options, modified=found.modified, asked_for=True)) as logs:
        log = next(logs, None)
        yield log if log is not None and log.name == found.name else None


def open_logs(paths: Sequence[str | Path], options: ReadOptions | None = None) -> Opened:
    """Open files, folders, archives and standard input (``-``); see ``Opened``.

    Bad input raises nothing. Raises ``ValueError`` for an ``input_format`` that is not known.
    """
    return Opened.of_paths(paths, _checked(options))


def open_files(files: Sequence[tuple[str, BinaryIO]], options: ReadOptions | None = None) -> Opened:
    """Read open binary files, each with the name under which it is to be shown; otherwise as ``open_logs``."""
    return Opened.of_files(files, _checked(options))


def _checked(options: ReadOptions | None) -> ReadOptions:
    options = options or ReadOptions()
    if options.input_format is not None:
        chosen(options.input_format, b"")
    return options
