"""Finds the files behind what a person named: a file, a folder, standard input."""

from __future__ import annotations

import os
import select
import stat
import sys
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from loganalyzer.sources.block import Problem, Skipped
from loganalyzer.sources.names import in_order, is_junk, shown
from loganalyzer.sources.os_errors import reason
from loganalyzer.sources.year import local_time, rotation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be opened. ``path`` is ``None`` for standard input; ``asked_for``: the person named it."""

    name: str
    path: Path | None
    modified: datetime | None = None
    asked_for: bool = True
    pipe_seconds: float = 0.0

    def open(self) -> BinaryIO:
        """Open for reading, without buffer. Raises ``OSError``, also when nobody writes to a pipe."""
        if self.path is None:
            # Unbuffered: a buffer that meets an error in the middle forgets what it had read before.
            return cast("BinaryIO", getattr(sys.stdin.buffer, "raw", sys.stdin.buffer))
        if self.path.is_fifo():
            return _open_pipe(self.path, self.pipe_seconds)
        return self.path.open("rb", buffering=0)


@dataclass(slots=True)
class Finder:
    """Finds files; what cannot be read goes to ``problems``, what is passed over to ``skipped``.

    A file that is reached twice, as through the link ``Orthanc.log`` to the newest file of a ``--logdir``, is read
    once.
    """

    problems: list[Problem]
    skipped: Skipped
    pipe_seconds: float = 10.0
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def groups(self, paths: Sequence[str]) -> Iterator[tuple[str, list[Found]]]:
        """Yield the files behind ``paths``: a folder with all of its files, or files named one after the other."""
        for folder, group in groupby(paths, key=_group):
            listed = list(group)
            if folder is None:
                yield from ((path, self._named([path])) for path in listed)
            elif folder == "":
                yield from ((path, self._folder(Path(path))) for path in listed)
            else:
                yield folder, self._named(in_order(listed, key=str) if any(map(rotation_of, listed)) else listed)

    def _named(self, paths: list[str]) -> list[Found]:
        found = []
        for text in sorted(paths, key=lambda path: Path(path).is_symlink()) if len(paths) > 1 else paths:
            if text == "-":
                found.append(Found("standard input", None))
                continue
            try:
                status = os.stat(text)  # noqa: PTH116  of what the person typed, unchanged
            except (OSError, ValueError) as error:
                self._cannot(text, error)
                continue
            kind = _kind(status.st_mode)
            if kind not in ("", "a named pipe"):
                self.problems.append(Problem(shown(text), f"is {kind}, not a file, and was not read"))
            elif kind or self._is_new(text, status):
                modified = None if kind else local_time(status.st_mtime)
                found.append(Found(shown(text), Path(text), modified, pipe_seconds=self.pipe_seconds))
        return found

    def _folder(self, folder: Path) -> list[Found]:
        files: list[tuple[Path, bool]] = []
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                entries = sorted(os.scandir(current), key=lambda entry: entry.name)
            except OSError as error:
                self._cannot(str(current), error)
                continue
            for entry in entries:
                # Without /proc, as in a chroot, Orthanc calls the files of its --logdir ".log.YYYYMMDD-…".
                hidden = entry.name.startswith(".") and rotation_of(entry.name) is None
                if hidden or is_junk(entry.name):
                    self.skipped.add(shown(entry.path))
                elif _is_folder(entry):
                    if entry.is_symlink():
                        self.skipped.add(shown(entry.path))
                    else:
                        pending.append(Path(entry.path))
                else:
                    files.append((Path(entry.path), entry.is_symlink()))
        kept = {}
        for path, _ in sorted(files, key=lambda pair: pair[1]):
            if found := self._inside(path):
                kept[str(path)] = found
        return [kept[name] for name in in_order(kept, key=str)]

    def _inside(self, path: Path) -> Found | None:
        try:
            status = path.stat()
        except OSError as error:
            self._cannot(str(path), error)
            return None
        if kind := _kind(status.st_mode):
            self.problems.append(
                Problem(shown(str(path)), f"is {kind}, not a file, and was not read", incomplete=False)
            )
            return None
        if not self._is_new(str(path), status):
            return None
        return Found(shown(str(path)), path, local_time(status.st_mtime), asked_for=False)

    def _is_new(self, name: str, status: os.stat_result) -> bool:
        identity = (status.st_dev, status.st_ino)
        if status.st_ino and identity in self._seen:
            self.skipped.add(shown(name))
            return False
        self._seen.add(identity)
        return True

    def _cannot(self, name: str, error: OSError | ValueError) -> None:
        what = reason(error) if isinstance(error, OSError) else "its name is not valid"
        self.problems.append(Problem(shown(name) or "''", f"cannot be opened: {what}"))


def _group(path: str) -> str | None:
    """Return a path's folder, ``""`` for a path that is itself one, ``None`` for what stands alone."""
    if path in ("", "-"):  # "" is what a variable of a shell leaves that is not set; pathlib takes it for "."
        return None
    try:
        return "" if Path(path).is_dir() else str(Path(path).parent)
    except (ValueError, OSError):
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; a link in a circle, which raises ``OSError``, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False  # who opens it says what is wrong


def _kind(mode: int) -> str:
    return next((name for test, name in _KINDS if test(mode)), "")


def _open_pipe(path: Path, seconds: float) -> BinaryIO:
    """Open a pipe, waiting for its writer at most ``seconds``. Raises ``OSError`` when none comes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _wait_for_writer(descriptor, seconds)
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def _wait_for_writer(descriptor: int, seconds: float) -> None:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        raise OSError(f"nobody wrote to this pipe for {seconds:g} seconds")
