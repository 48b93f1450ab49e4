"""The data folder: who may read it, what lies where, and what is removed at start.

``uploads/NAME/`` is one upload: its files, and ``result/`` when it is diagnosed. It counts only when the store knows
NAME; everything else there was left by a server that died, or by an upload that never ended. With ``--no-store`` the
same lies in ``passing/``, which no server leaves anything in.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from pathlib import Path

    from loganalyzer.web.settings import Settings

RESULT = "result"
PARTIAL = "result.part"
_OWNER_ONLY = 0o700
_SECRET_BYTES = 32


class DataFolderError(Exception):
    """The data folder cannot be used; the message is one sentence."""


class DataFolder:
    """The folder of one running server."""

    def __init__(self, settings: Settings) -> None:
        """Make or take the folder, for this process alone. Raises ``DataFolderError``."""
        self._root = settings.data
        self._uploads = settings.data / ("uploads" if settings.store else "passing")
        try:
            self._root.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
            self._keep_out_others()
            self._lock = _locked(self._root / "lock")
            shutil.rmtree(self._root / "passing", ignore_errors=True)
            self._uploads.mkdir(mode=_OWNER_ONLY, exist_ok=True)
            self.secret = _secret(self._root / "secret") if settings.store else secrets.token_bytes(_SECRET_BYTES)
        except OSError as error:
            raise DataFolderError(f"the data folder {self._root} cannot be used: {reason(error)}") from error
        self.database = self._root / "diagnoses.sqlite3" if settings.store else None

    def _keep_out_others(self) -> None:
        """Make sure that nobody else can put anything into the folder. What others keep in it stays as it is."""
        status = self._root.stat()
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            raise DataFolderError(f"the data folder {self._root} belongs to somebody else; give your own: --data")
        if status.st_mode & 0o077 and not any(self._root.iterdir()):
            self._root.chmod(_OWNER_ONLY)
        elif status.st_mode & 0o022:
            raise DataFolderError(
                f"others can write into the data folder {self._root}; give a folder of its own: --data"
            )

    def path(self, name: str) -> Path:
        """Return the folder of one upload."""
        return self._uploads / name

    def new(self) -> str:
        """Make the folder of an upload, under a name that tells nothing."""
        name = secrets.token_hex(16)
        self.path(name).mkdir(mode=_OWNER_ONLY)
        return name

    def remove(self, name: str) -> None:
        """Remove the folder of an upload with all that is in it."""
        shutil.rmtree(self.path(name), ignore_errors=True)

    def sync(self, name: str) -> None:
        """Have the system write down that the folder of an upload is there, and what it lists."""
        for folder in (self.path(name), self._uploads):
            with suppress(OSError):
                handle = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)

    def clean(self, known: set[str]) -> int:
        """Remove what no diagnosis knows, and half-written results; return how many uploads went."""
        removed = 0
        for path in self._uploads.iterdir():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)
                removed += 1
            else:
                shutil.rmtree(path / PARTIAL, ignore_errors=True)
        return removed

    def free(self) -> int:
        """Return how many bytes the disk still takes."""
        return shutil.disk_usage(self._uploads).free

    def close(self) -> None:
        """Leave the folder to the next server."""
        if self._uploads.name == "passing":
            shutil.rmtree(self._uploads, ignore_errors=True)
        os.close(self._lock)


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        import fcntl
    except ImportError:  # not on Windows
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DataFolderError(
            f"another loganalyzer serve uses the data folder {path.parent}; stop it, or give another one: --data"
        ) from error
    return handle


def _secret(path: Path) -> bytes:
    """Return the key that signs cookies and forms; made once, so that sessions outlive a restart."""
    with suppress(FileNotFoundError):
        kept = path.read_bytes()
        if len(kept) == _SECRET_BYTES:
            return kept
    made = secrets.token_bytes(_SECRET_BYTES)
    aside = path.with_suffix(".part")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, made)
        os.fsync(handle)
    finally:
        os.close(handle)
    aside.replace(path)
    return made
