"""What a diagnosis came to, as files: kept in its folder, or in memory when nothing is stored."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.web.folders import RESULT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from loganalyzer.web.entry import Entry
    from loganalyzer.web.folders import DataFolder

_CHUNK = 256 << 10


class Content:
    """A result that can be sent. A file is open from the beginning, so that a deletion meanwhile disturbs nobody."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes."""
        self._file.seek(0)
        return self._file.read(size)

    async def chunks(self, begin: int = 0) -> AsyncIterator[bytes]:
        """Yield everything from byte ``begin`` on."""
        with self._file:
            self._file.seek(begin)
            while chunk := await asyncio.to_thread(self._file.read, _CHUNK):
                yield chunk


class Results:
    """The results between the end of the work and the deletion; they stay where the worker put them."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def keep(self, entry: Entry) -> list[str]:  # noqa: ARG002 -- they are where they should be
        """Take over what the worker left in the folder of a diagnosis; return the diagnoses that had to go for it."""
        return []

    def open(self, entry: Entry, name: str) -> Content | None:
        """Return one result, None when there is none of that name."""
        try:
            return Content((self._folder.path(entry.folder) / RESULT / name).open("rb"))
        except FileNotFoundError:
            return None

    def forget(self, diagnosis: str) -> None:
        """Let go of what is held of a diagnosis."""


class HeldResults(Results):
    """Results are read into memory and everything of the upload is removed from the disk."""

    def __init__(self, folder: DataFolder, limit: int) -> None:
        super().__init__(folder)
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
        return None if data is None else Content(BytesIO(data))

    def forget(self, diagnosis: str) -> None:
        """See ``Results``."""
        self._held.pop(diagnosis, None)


def _size(results: dict[str, bytes]) -> int:
    return sum(map(len, results.values()))
