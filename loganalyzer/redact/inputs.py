"""Brings the logs that a person named into files that can be read several times."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.block import Problem, Skipped
from loganalyzer.sources.containers.expand import Expander
from loganalyzer.sources.containers.limits import UnreadableError, fault
from loganalyzer.sources.encodings import Encoding, encoding_of
from loganalyzer.sources.found import Finder
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from loganalyzer.sources.containers.expand import Text

_CHUNK = 1 << 20
_HEAD = 4096
_ROTATED = "Orthanc.log"


@dataclass(frozen=True, slots=True)
class BroughtLog:
    """A log in a file.

    ``path`` holds UTF-8 or any superset of ASCII; ``encoding`` is how the person's file is encoded.
    """

    name: str
    path: Path
    encoding: Encoding

    def open(self) -> BinaryIO:
        """Open for reading."""
        return self.path.open("rb")

    def write(self, path: Path, stream: BinaryIO) -> None:
        """Write what ``path`` holds in place of this log to ``stream``, in the encoding of the log."""
        name = self.encoding.name
        stream.write(self.encoding.mark)
        with path.open("rb") as file:
            pieces = iter(partial(file.read, _CHUNK), b"")
            if name.startswith(("utf-16", "utf-32")):
                pieces = codecs.iterencode(codecs.iterdecode(pieces, "utf-8", "surrogateescape"), name, "replace")
            stream.writelines(pieces)


@dataclass(slots=True)
class Brought:
    """All logs behind some paths, and what could not be read."""

    logs: list[BroughtLog] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: Skipped = field(default_factory=Skipped)


def bring(paths: Sequence[str], workspace: Path, options: ReadOptions | None = None) -> Brought:
    """Find the logs behind files, folders, archives and ``-``; what is no plain file is copied to ``workspace``."""
    brought = Brought()
    options = options or ReadOptions()
    finder = Finder(brought.problems, brought.skipped, options.pipe_seconds)
    expander = Expander(options, brought.problems, brought.skipped)
    for _, group in finder.groups(paths):
        for found in group:
            if found.path is not None and found.path.is_file() and found.path.stat().st_size == 0:
                brought.logs.append(BroughtLog(found.name, found.path, Encoding("utf-8")))
                continue
            try:
                file = found.open()
            except OSError as error:
                brought.problems.append(Problem(found.name, f"cannot be opened: {reason(error)}"))
                continue
            try:
                for text in expander.texts(found.name, file, found.modified, asked_for=found.asked_for):
                    plain = (
                        found.path
                        if text.file is not None and found.path is not None and found.path.is_file()
                        else None
                    )
                    brought.logs.append(_held(text, plain, workspace / str(len(brought.logs)), brought.problems))
            finally:
                if found.path is not None:
                    file.close()
    return brought


def _held(text: Text, plain: Path | None, copy: Path, problems: list[Problem]) -> BroughtLog:
    encoding = encoding_of(text.source.peek(_HEAD))
    decode = encoding.decoder()
    if plain is not None and decode is None:
        return BroughtLog(text.name, plain, Encoding(encoding.name))
    with copy.open("xb") as target:
        try:
            while chunk := text.source.read(_CHUNK):
                target.write(decode(chunk, False) if decode else chunk)
        except (UnreadableError, OSError) as error:
            problems.append(Problem(text.name, f"the rest could not be read: {fault(error)}"))
        if decode:
            target.write(decode(b"", True))
    return BroughtLog(text.name, copy, encoding)


def result_names(logs: Sequence[BroughtLog]) -> list[str]:
    """Names for the results in a folder: those that Orthanc gives itself stay, all others may name people or sites."""
    names: list[str] = []
    for number, log in enumerate(logs, 1):
        bare = log.name.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
        fitting = bare.startswith(_ROTATED) and bare.removeprefix(_ROTATED).replace(".", "").replace("-", "").isdigit()
        name = bare if fitting else f"log-{number}.log"
        names.append(name if name not in names else f"{number}-{name}")
    return names
