"""Takes an upload: from the network to files, never into memory, within the limits, and from no client that stalls."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, BinaryIO

from starlette.requests import ClientDisconnect

from loganalyzer.web.entry import SentFile, Upload
from loganalyzer.web.multipart import MULTIPART, PartBegins, PartData, Parts
from loganalyzer.web.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

    from loganalyzer.web.folders import DataFolder
    from loganalyzer.web.settings import Settings

_BUFFER = 1 << 20
_LONGEST_FIELD = 1 << 12
_MOST_FIELDS = 20
_LONGEST_NAME = 200
_GRACE_S = 60.0
_SLOWEST = 1024
_RESERVE = 256 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_FILE = "No log was sent: send it as the field “file” of multipart/form-data, or as the body itself."
_PASTED = "pasted.log"


class Intake:
    """Takes the uploads of one server."""

    def __init__(self, settings: Settings, folder: DataFolder) -> None:
        self._settings = settings
        self._folder = folder

    @asynccontextmanager
    async def upload(self, request: Request) -> AsyncIterator[Upload]:
        """Receive all of an upload into a folder, which is removed again unless the block says ``kept``.

        Raises ``ProblemError``: 400 broken format, 408 stalled, 413 too large, 422 nothing in it, 507 no room.
        """
        self._check_length(request)
        name = await asyncio.to_thread(self._folder.new)
        upload = Upload(name)
        receiver = _Receiver(self._settings, self._folder.path(name), upload)
        try:
            try:
                await receiver.receive(request)
                await asyncio.to_thread(self._folder.sync, name)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                raise ProblemError(507, "There is no room left on the server for this upload.") from error
            finally:
                await receiver.close()
            yield upload
        finally:
            if not upload.kept:
                shutil.rmtree(self._folder.path(name), ignore_errors=True)

    def _check_length(self, request: Request) -> None:
        text = request.headers.get("content-length", "0")
        length = int(text) if text.isdigit() else 0
        if length > self._settings.max_upload:
            raise _too_large(self._settings)
        if self._folder.free() < length + _RESERVE:
            raise ProblemError(507, "There is no room left on the server for this upload.")


class _Receiver:
    """One upload on its way in."""

    def __init__(self, settings: Settings, folder: Path, upload: Upload) -> None:
        self.upload = upload
        self._settings = settings
        self._folder = folder
        self._file: _GrowingFile | None = None
        self._field: tuple[str, bytearray] | None = None
        self._received = 0
        self._parts = 0

    async def receive(self, request: Request) -> None:
        content_type = request.headers.get("content-type", "")
        if content_type.encode("latin-1").partition(b";")[0].strip().lower() == MULTIPART:
            await self._multipart(request, Parts(content_type))
        else:
            await self._raw(request)
        if not self.upload.files:
            raise ProblemError(422, _NO_FILE)
        if not self.upload.bytes:
            names = ", ".join(file.name for file in self.upload.files[:3])
            raise ProblemError(422, f"There is nothing in what was sent ({names}): the file is empty.")

    async def close(self) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._file.close)

    async def _raw(self, request: Request) -> None:
        name = file_name(request.query_params.get("name", ""))
        await self._begin_file(name)
        async for chunk in self._chunks(request):
            await self._write(chunk)
        await self._end_part()

    async def _multipart(self, request: Request, parts: Parts) -> None:
        async for chunk in self._chunks(request):
            for event in parts.feed(chunk):
                if isinstance(event, PartBegins):
                    await self._begin_part(event)
                elif isinstance(event, PartData):
                    await self._write(event.data)
                else:
                    await self._end_part()
        parts.close()

    async def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises ``ProblemError`` for a client that stalls or sends too much."""
        begin = time.monotonic()
        stream = request.stream()
        while True:
            allowed = begin + _GRACE_S + self._received / _SLOWEST - time.monotonic()
            try:
                chunk = await asyncio.wait_for(anext(stream), max(0.0, min(self._settings.idle, allowed)))
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise ProblemError(
                    408, "The rest of the upload did not come in time.", {"Connection": "close"}
                ) from None
            except ClientDisconnect:
                raise ProblemError(400, "The upload was broken off.") from None
            self._received += len(chunk)
            if self._received > self._settings.max_upload:
                raise _too_large(self._settings)
            yield chunk

    async def _begin_part(self, part: PartBegins) -> None:
        self._parts += 1
        if part.name == "file" or (part.name == "text" and part.filename is None):
            await self._begin_file(_PASTED if part.name == "text" else file_name(part.filename or ""))
        elif self._parts - len(self.upload.files) > _MOST_FIELDS:
            raise ProblemError(413, "The form has too many fields.")
        else:
            self._field = (part.name, bytearray())

    async def _begin_file(self, name: str) -> None:
        if len(self.upload.files) >= self._settings.max_files:
            raise ProblemError(
                413, f"More than {self._settings.max_files} files were sent at once; send an archive of them instead."
            )
        path = self._folder / str(len(self.upload.files))
        self._file = await asyncio.to_thread(_GrowingFile, path, name)

    async def _write(self, data: bytes) -> None:
        if self._file is not None:
            if self._file.take(data):
                await asyncio.to_thread(self._file.flush)
        elif self._field is not None:
            self._field[1].extend(data)
            if len(self._field[1]) > _LONGEST_FIELD:
                raise ProblemError(413, "A field of the form is too long.")

    async def _end_part(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            await asyncio.to_thread(file.close)
            if file.bytes or file.name not in ("", _PASTED):
                self.upload.files.append(SentFile(file.name or "upload.log", file.path.name, file.bytes))
        elif self._field is not None:
            name, value = self._field
            self.upload.fields[name] = value.decode("utf-8", "replace")
            self._field = None


class _GrowingFile:
    """A file that is written in large pieces, and is on the disk when it is closed."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.bytes = 0
        self._pending: list[bytes] = []
        self._size = 0
        self._file: BinaryIO = path.open("xb", buffering=0)

    def take(self, data: bytes) -> bool:
        """Keep ``data``; return whether there is enough to be flushed."""
        self._pending.append(data)
        self._size += len(data)
        self.bytes += len(data)
        return self._size >= _BUFFER

    def flush(self) -> None:
        """Write what was kept. Raises ``OSError``."""
        pending, self._pending, self._size = memoryview(b"".join(self._pending)), [], 0
        while pending:
            pending = pending[self._file.write(pending) :]

    def close(self) -> None:
        """Write the rest and have the system write it down; closing twice does nothing. Raises ``OSError``."""
        if self._file.closed:
            return
        try:
            self.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


def file_name(text: str) -> str:
    """Return the last part of what a client calls its file, as one line; it is only ever shown."""
    last = re.split(r"[/\\]", text)[-1]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME].strip()


def _too_large(settings: Settings) -> ProblemError:
    return ProblemError(413, f"The upload is larger than the {settings.max_upload >> 20} MiB that this server takes.")
