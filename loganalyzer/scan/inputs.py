"""What is to be scanned: files behind paths, globs and URLs, each with what tells whether it has changed."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from loganalyzer.scan.errors import MissingPackageError
from loganalyzer.scan.remote import RemoteFile, said
from loganalyzer.sources.block import Problem, Skipped
from loganalyzer.sources.found import Finder
from loganalyzer.sources.names import gone_on, in_order, is_junk, shown
from loganalyzer.sources.os_errors import reason
from loganalyzer.sources.year import local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::|://)")
_GLOB = re.compile(r"[*?\[]")
_VERSIONS = ("ETag", "etag", "LastModified", "mtime", "last_modified", "created")
_TALKATIVE = ("asyncio", "paramiko.transport")  # they print tracebacks beside what they raise
_TIMES = ("LastModified", "mtime", "last_modified", "created")


@dataclass(frozen=True, slots=True)
class Input:
    """One file to open. ``location`` is its path or URL; ``below`` the part of it under what the person named.

    ``version`` changes when the file does; empty where nothing tells, and then the file is always read. ``before`` and
    ``behind`` are the files of the same log before and after it, where that was rotated; these have none themselves.
    """

    location: str
    size: int
    version: str
    modified: datetime | None = None
    asked_for: bool = True
    below: str = ""
    before: Input | None = None
    behind: Input | None = None

    @property
    def neighbours(self) -> tuple[tuple[int, str] | None, ...]:
        """What tells whether those before and behind it have changed."""
        return tuple(None if one is None else (one.size, one.version) for one in (self.before, self.behind))

    @property
    def name(self) -> str:
        """How people see it."""
        return shown(_without_secrets(self.location))

    @property
    def remote(self) -> bool:
        """Whether it is opened through fsspec."""
        return is_url(self.location)

    def open(self) -> BinaryIO:
        """Open for reading. Raises ``OSError``; ``MissingPackageError`` where a store needs a further package."""
        if not self.remote:
            return Path(self.location).open("rb", buffering=0)
        filesystem, path = _filesystem(self.location)
        return cast("BinaryIO", RemoteFile(lambda: filesystem.open(path, "rb")))

    def changed(self) -> bool:
        """Whether a file on disk is another one, or no longer there, since it was found."""
        try:
            status = Path(self.location).stat()
        except OSError:
            return True
        return (status.st_size, str(status.st_mtime_ns)) != (self.size, self.version)


@dataclass(slots=True)
class Found:
    """The files found, and what was passed over or could not be looked at, each with the reason."""

    inputs: list[Input] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)


class _Every(Skipped):
    """Keeps all names, because the scan accounts for every file."""

    def add(self, name: str) -> None:
        """Count a file."""
        self.count += 1
        self.names.append(name)


def sha256_of(file: BinaryIO) -> str:
    """SHA-256 of the bytes of a file, from its beginning. Raises ``OSError``."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def is_url(text: str) -> bool:
    """Whether a person named a remote store."""
    return _URL.match(text) is not None and not text.startswith("file://")


def discover(paths: Sequence[str], output: Path) -> Found:
    """The files behind ``paths``; what lies in the folder ``output`` is not looked at."""
    found = Found()
    local: list[str] = []
    for path in paths:
        if is_url(path):
            _remote(path, found)
        elif _GLOB.search(path) and not os.path.lexists(path):
            matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 -- of what the person typed
            local += matches
            if not matches:
                found.failed.append(Problem(shown(path), "matches no file"))
        else:
            local.append(path.removeprefix("file://"))
    _local(local, output.resolve(), found)
    found.inputs = _chained(found.inputs)
    return found


def _chained(inputs: list[Input]) -> list[Input]:
    """The files with those that a rotation has put before and behind them."""
    by_name = {one.location: one for one in inputs}
    pairs = list(gone_on(by_name))
    behind, before = dict(pairs), {later: earlier for earlier, later in pairs}
    return [
        replace(one, before=by_name.get(before.get(one.location, "")), behind=by_name.get(behind.get(one.location, "")))
        for one in inputs
    ]


def _local(paths: list[str], output: Path, found: Found) -> None:
    skipped = _Every()
    finder = Finder(found.failed, skipped)
    for named, group in finder.groups(paths):
        root = named if Path(named).is_dir() else str(Path(named).parent)
        for one in group:
            if one.path is None or one.path.is_fifo():
                found.skipped.append(Problem(one.name, "is no file on disk; a scan reads only those"))
            elif not _inside(one.path, output):
                found.inputs.append(_file(one.path, root, asked_for=one.asked_for))
    found.skipped += [Problem(name, _why(name)) for name in skipped.names if not _inside(Path(name), output)]
    for problem in [p for p in found.failed if not p.incomplete]:
        found.failed.remove(problem)
        found.skipped.append(problem)


def _why(name: str) -> str:
    base = name.rsplit("/", 1)[-1]
    if is_junk(name) or base.startswith("."):
        return "is hidden, or put there by the operating system for itself"
    return "is a link to a folder" if Path(name).is_dir() else "is the same file as another one, or a link to it"


def _inside(path: Path, folder: Path) -> bool:
    return folder in Path(os.path.realpath(path)).parents  # ``resolve`` raises for a link in a circle


def _file(path: Path, root: str, *, asked_for: bool) -> Input:
    below = os.path.relpath(path, root)
    try:
        status = path.stat()
    except OSError:
        return Input(str(path), 0, "", None, asked_for, below)  # the reader says what is wrong
    return Input(str(path), status.st_size, str(status.st_mtime_ns), local_time(status.st_mtime), asked_for, below)


def _filesystem(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingPackageError("remote stores need fsspec: pip install 'loganalyzer[remote]'") from None
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        filesystem, path = url_to_fs(url)
    except ImportError as error:
        raise MissingPackageError(f"{_scheme(url)} needs a further package: {shown(str(error))}") from None
    except ValueError as error:
        raise OSError(shown(str(error))) from None
    return filesystem, path


def _scheme(url: str) -> str:
    return url.partition(":")[0] + "://"


def _without_secrets(url: str) -> str:
    """A URL without user and password, and without what follows ``?``: signed links carry their key there."""
    if not is_url(url):
        return url
    head, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _remote(url: str, found: Found) -> None:
    try:
        filesystem, path = _filesystem(url)
        if _GLOB.search(path):
            listed = filesystem.glob(path, detail=True)
            root = _GLOB.split(path)[0].rpartition("/")[0]
        else:
            info = filesystem.info(path)
            root = path if info["type"] == "directory" else path.rpartition("/")[0]
            listed = filesystem.find(path, detail=True) if info["type"] == "directory" else {path: info}
    except MissingPackageError:
        raise
    except Exception as error:  # noqa: BLE001 -- every store raises its own
        found.failed.append(Problem(shown(_without_secrets(url)), f"cannot be listed: {_said(error)}"))
        return
    files = {name: info for name, info in listed.items() if info.get("type") in ("file", "link")}
    if not files:
        found.failed.append(Problem(shown(_without_secrets(url)), "holds no file"))
    before, behind = _around(url, path, filesystem)
    for name in in_order(files, key=str):
        why = _why_not(name, files[name])
        if why:
            found.skipped.append(Problem(shown(name), why))
        else:
            found.inputs.append(_object(url if name == root else before + name + behind, name, files[name], root))


def _why_not(name: str, info: dict[str, Any]) -> str:
    """Why a file of a store is passed over; empty where it is not."""
    if is_junk(name) or name.rpartition("/")[2].startswith("."):
        return "is hidden"
    if info["type"] == "link":
        return "is a link"
    # SFTP says so of a pipe, too, and who opens that waits for ever.
    return "is empty" if info.get("size") == 0 else ""


def _around(url: str, path: str, filesystem: Any) -> tuple[str, str]:  # noqa: ANN401
    """What stands around the path of a file to make its URL: where a path has no host, as in ``sftp://``, that too."""
    at = url.rfind(path)
    if at < 0:
        return str(filesystem.unstrip_protocol("")), ""
    rest = url[at + len(path) :]
    return url[:at], rest if rest.startswith("::") else ""


def _object(location: str, name: str, info: dict[str, Any], root: str) -> Input:
    version = next((str(info[key]) for key in _VERSIONS if info.get(key)), "")
    modified = next((_naive(info[key]) for key in _TIMES if info.get(key)), None)
    below = name.removeprefix(root).lstrip("/") or name.rpartition("/")[2]
    return Input(location, int(info.get("size") or 0), version.strip('"'), modified, asked_for=False, below=below)


def _naive(value: object) -> datetime | None:
    if isinstance(value, int | float):
        return local_time(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone().replace(tzinfo=None)
    return None


def _said(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        if isinstance(error.__cause__, Exception):  # what HTTP could not be asked for counts as not there
            return said(error.__cause__)
        return "there is no such file or folder"
    if isinstance(error, OSError) and error.strerror:
        return reason(error)
    return said(error)
