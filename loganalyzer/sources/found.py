"""Finds the files behind what a person named: a file, a folder, standard input."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.block import Problem
from loganalyzer.sources.lines import reason

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be opened: its name as the person knows it, where it is (``None``: standard input)."""

    name: str
    path: Path | None
    modified: datetime | None = None
    asked_for: bool = True

    def open(self) -> BinaryIO:
        """Open for reading. Raises ``OSError``."""
        if self.path is None:
            return sys.stdin.buffer
        return self.path.open("rb", buffering=0)


def find(paths: list[str], problems: list[Problem]) -> Iterator[Found]:
    """Yield the files behind ``paths`` in the order given; what cannot be read goes to ``problems``."""
    for text in paths:
        if text == "-":
            yield Found("standard input", None)
            continue
        path = Path(text)
        try:
            status = path.stat()
        except OSError as error:
            problems.append(Problem(text, f"cannot be opened: {reason(error)}"))
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(path, problems)
        else:
            yield Found(text, path, datetime.fromtimestamp(status.st_mtime, UTC))


def _walk(folder: Path, problems: list[Problem]) -> Iterator[Found]:
    def note(error: OSError) -> None:
        problems.append(Problem(str(error.filename), f"cannot be opened: {reason(error)}"))

    for root, folders, names in os.walk(folder, onerror=note):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            try:
                status = path.stat()
            except OSError as error:
                problems.append(Problem(str(path), f"cannot be opened: {reason(error)}"))
                continue
            if not stat.S_ISREG(status.st_mode):
                problems.append(Problem(str(path), "is not a regular file and was not read", incomplete=False))
                continue
            yield Found(str(path), path, datetime.fromtimestamp(status.st_mtime, UTC), asked_for=False)
