"""Keeps what was read from pattern files, so that the next start need not read and check thousands of them again.

It is JSON in the user's cache folder, under a name that is the hash of the content of all the files. Only what passed
every check is kept; a cache that cannot be read is no error, the files are then read again.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import fields, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from loganalyzer import __version__
from loganalyzer.patternbase.base import PatternBase
from loganalyzer.patternbase.types import (
    Advice,
    BookRule,
    BookStep,
    Cause,
    EventPattern,
    QuestionRule,
    Signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_KINDS = (EventPattern, Signature, Cause, Advice, BookStep, BookRule, QuestionRule)
_KEPT_FILES = 8
_CHECKS = 2  # raised when the checks of pattern files change, so that what older ones let through is read again


class _Kept(msgspec.Struct, frozen=True):
    """What a file of the cache holds."""

    key: str
    base: PatternBase


def content_key(files: Iterable[tuple[str, bytes]]) -> str:
    """A name for the content of files, of which names and bytes are given, as this version of the program reads it."""
    digest = blake2b(digest_size=16)
    digest.update(f"{__version__} {_CHECKS}".encode())
    for kind in _KINDS:
        digest.update(repr([f.name for f in fields(kind)]).encode())
    for name, content in files:
        digest.update(f"\0{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()


def encode(base: PatternBase, key: str) -> bytes:
    """A pattern base as JSON, without its folders.

    Raises:
        TypeError, ValueError: a condition holds a value that JSON has no form for.
    """
    return msgspec.json.encode(_Kept(key, replace(base, folders=())))


def decode(data: bytes, folders: Sequence[str], key: str) -> PatternBase:
    """The pattern base that :func:`encode` wrote.

    Raises:
        ValueError: it is something else, or was made of other files.
    """
    kept = msgspec.json.decode(data, type=_Kept)
    if kept.key != key:
        raise ValueError(key)
    return replace(kept.base, folders=tuple(folders))


def read_cached(path: Path, folders: Sequence[str], key: str) -> PatternBase | None:
    """The pattern base in a file; None when there is none, or it is not what :func:`encode` wrote under this key."""
    try:
        return decode(path.read_bytes(), folders, key)
    except (OSError, ValueError):
        return None


def write_cached(path: Path, base: PatternBase, key: str) -> None:
    """Writes it aside and renames it, readable by its owner only; where that is not possible nothing happens."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(encode(base, key))
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        _drop_old(path.parent)


def _drop_old(folder: Path) -> None:
    kept = sorted(folder.glob("patterns-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in kept[_KEPT_FILES:]:
        path.unlink(missing_ok=True)
