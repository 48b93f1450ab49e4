"""Keeps what was read from pattern files, so that the next start need not read and check thousands of them again.

It is JSON in the user's cache folder, under a name that is the hash of the content of all the files. Only what passed
every check is kept; a cache that cannot be read is no error, the files are then read again. Samples are not kept.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

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


def content_key(files: Iterable[tuple[str, bytes]]) -> str:
    """A name for the content of files, of which names and bytes are given, as this version of the program reads it."""
    digest = blake2b(digest_size=16)
    digest.update(f"{__version__} {_CHECKS}".encode())
    for kind in _KINDS:
        digest.update(repr([f.name for f in fields(kind)]).encode())
    for name, content in files:
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def encode(base: PatternBase, key: str) -> bytes:
    """A pattern base as JSON, without samples and folders."""
    content = {
        "key": key,
        "events": [_row(e, skip="samples") for e in base.events],
        "signatures": [_row(s) for s in base.signatures],
        "causes": [[*_row(c, skip="actions"), [_row(a) for a in c.actions]] for c in base.causes.values()],
        "checklist": [[s.step, s.how, [_row(r) for r in s.rules]] for s in base.checklist],
        "questions": [_row(q) for q in base.questions],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def decode(data: bytes, folders: Sequence[str], key: str) -> PatternBase:
    """The pattern base that :func:`encode` wrote.

    Raises:
        ValueError, TypeError, KeyError, IndexError: it is something else, or was made of other files.
    """
    content = json.loads(data)
    if content["key"] != key:
        raise ValueError(key)
    no_samples = _place(EventPattern, "samples")
    actions_at, compare_at = _place(Cause, "actions"), _place(Cause, "compare")
    for row in content["events"]:
        row.insert(no_samples, ())
    events = tuple(EventPattern(*row) for row in content["events"])
    causes = {}
    for *row, actions in content["causes"]:
        row.insert(actions_at, tuple(Advice(*_tuples(a)) for a in actions))
        row[compare_at] = tuple(map(tuple, row[compare_at]))
        cause = Cause(*_tuples(row))
        causes[cause.slug] = cause
    return PatternBase(
        events,
        tuple(Signature(*_tuples(row)) for row in content["signatures"]),
        causes,
        tuple(folders),
        tuple(
            BookStep(step, how, tuple(BookRule(*_tuples(r)) for r in rules))
            for step, how, rules in content["checklist"]
        ),
        tuple(QuestionRule(*row) for row in content["questions"]),
    )


def read_cached(path: Path, folders: Sequence[str], key: str) -> PatternBase | None:
    """The pattern base in a file; None when there is none, or it is not what :func:`encode` wrote under this key."""
    try:
        return decode(path.read_bytes(), folders, key)
    except (OSError, ValueError, TypeError, KeyError, IndexError):
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


def _row(item: object, skip: str = "") -> list[Any]:
    return [getattr(item, f.name) for f in fields(item) if f.name != skip]  # type: ignore[arg-type]


def _place(kind: type, name: str) -> int:
    return next(i for i, f in enumerate(fields(kind)) if f.name == name)


def _tuples(row: list[Any]) -> list[Any]:
    return [tuple(v) if isinstance(v, list) else v for v in row]
