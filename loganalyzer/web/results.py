"""What a diagnosis came to, as files: kept in its folder, or in memory when nothing is stored."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from loganalyzer.web.folders import RESULT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from loganalyzer.web.entry import Entry
    from loganalyzer.web.folders import DataFolder

_CHUNK = 256 << 10


class Content(Protocol):
    """A result that can be sent."""

    @property
    def size(self) -> int:
        """Bytes altogether."""
        ...

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes."""
        ...

    def chunks(self, begin: int = 0) -> AsyncIterator[bytes]:
        """Yield everything from byte ``begin`` on."""
        ...


class FileContent:
    """What a file holds; the file is open from the beginning, so that a deletion meanwhile disturbs nobody."""

    def __init__(self, path: Path) -> None:
        """Raises ``FileNotFoundError``."""
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def head(self, size: int) -> bytes:
        """See ``Content``."""
        self._file.seek(0)
        return self._file.read(size)

    async def chunks(self, begin: int = 0) -> AsyncIterator[bytes]:
        """See ``Content``."""
        with self._file:
            self._file.seek(begin)
            while chunk := await asyncio.to_thread(self._file.read, _CHUNK):
                yield chunk


@dataclass(frozen=True, slots=True)
class HeldContent:
    """What is held in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """See ``Content``."""
        return len(self.data)

    def head(self, size: int) -> bytes:
        """See ``Content``."""
        return self.data[:size]

    async def chunks(self, begin: int = 0) -> AsyncIterator[bytes]:
        """See ``Content``."""
        for start in range(begin, len(self.data), _CHUNK):
            yield self.data[start : start + _CHUNK]


class Results(Protocol):
    """Where results are between the end of the work and the deletion."""

    def keep(self, entry: Entry) -> list[str]:
        """Take over what the worker left in the folder of a diagnosis; return the diagnoses that had to go for it."""
        ...

    def open(self, entry: Entry, name: str) -> Content | None:
        """Return one result, None when there is none of that name."""
        ...

    def forget(self, diagnosis: str) -> None:
        """Let go of what is held of a diagnosis."""
        ...


class StoredResults:
    """Results stay where the worker put them."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def keep(self, entry: Entry) -> list[str]:  # noqa: ARG002 -- they are where they should be
        """See ``Results``."""
        return []

    def open(self, entry: Entry, name: str) -> Content | None:
        """See ``Results``."""
        try:
            return FileContent(self._folder.path(entry.folder) / RESULT / name)
        except FileNotFoundError:
            return None

    def forget(self, diagnosis: str) -> None:
        """See ``Results``."""


class HeldResults:
    """Results are read into memory and everything of the upload is removed from the disk."""

    def __init__(self, folder: DataFolder, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._held: OrderedDict[str, dict[str, bytes]] = OrderedDict()

    def keep(self, entry: Entry) -> list[str]:
        """See ``Results``."""
        folder = self._folder.path(entry.folder) / RESULT
        self._held[entry.id] = {path.name: path.read_bytes() for path in folder.iterdir()}
        self._folder.remove(entry.folder)
        gone = []
        while len(self._held) > 1 and sum(map(_size, self._held.values())) > self._limit:
            gone.append(self._held.popitem(last=False)[0])
        return gone

    def open(self, entry: Entry, name: str) -> Content | None:
        """See ``Results``."""
        data = self._held.get(entry.id, {}).get(name)
        return None if data is None else HeldContent(data)

    def forget(self, diagnosis: str) -> None:
        """See ``Results``."""
        self._held.pop(diagnosis, None)


def _size(results: dict[str, bytes]) -> int:
    return sum(map(len, results.values()))
