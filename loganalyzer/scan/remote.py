"""Files of remote stores, read so that a short loss of the store costs a retry, and a long one a clear error."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from loganalyzer.scan.errors import MissingPackageError
from loganalyzer.sources.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 4
_FIRST_PAUSE_S = 0.25


class RemoteFile(io.RawIOBase):
    """A file that is opened again, at the place where it was, when reading fails.

    Whatever the store raises becomes an ``OSError`` with its words; a file that is not there, ``FileNotFoundError``.
    """

    def __init__(self, opened: Callable[[], Any]) -> None:
        super().__init__()
        self._opened = opened
        self._at = 0
        self.lost = False
        """Whether the store failed for good."""
        self._file = self._tried(opened)

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def seekable(self) -> bool:
        """See ``io.IOBase``."""
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See ``io.IOBase``."""
        self._at = int(self._tried(lambda: self._file.seek(offset, whence)))
        return self._at

    def tell(self) -> int:
        """See ``io.IOBase``."""
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """See ``io.RawIOBase``."""
        data = bytes(self._tried(lambda: self._file.read(-1 if size is None else size)))
        self._at += len(data)
        return data

    def close(self) -> None:
        """See ``io.IOBase``."""
        if not self.closed:
            self._file.close()
        super().close()

    def _tried(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the store gives
        for number in range(1, _TRIES + 1):
            try:
                return work()
            except (FileNotFoundError, PermissionError, MissingPackageError):
                raise
            except Exception as error:  # noqa: BLE001 -- every store raises its own
                if number == _TRIES or not self._reopened(number):
                    self.lost = True
                    raise OSError(0, f"the store failed: {said(error)}") from None
        raise AssertionError

    def _reopened(self, number: int) -> bool:
        """Whether the file could be opened again where it was; a stream that cannot be sought only at its beginning."""
        time.sleep(_FIRST_PAUSE_S * 2**number)
        if not hasattr(self, "_file"):
            return True
        try:
            self._file = self._opened()
            if self._at:
                self._file.seek(self._at)
        except Exception:  # noqa: BLE001 -- the store is still away
            return self._at == 0 or bool(self._file.seekable())
        return True


def said(error: Exception) -> str:
    """What an exception says, as one short line."""
    return shown(" ".join(str(error).split())[:200]) or type(error).__name__
