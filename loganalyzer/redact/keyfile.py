"""The key file: the owner's way back from pseudonyms to values. Whoever has it has the patients."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
import zlib
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from loganalyzer.redact.kinds import Action
from loganalyzer.sources.os_errors import reason

FORMAT = 1
_SECRET_BYTES = 32
_MAX_LINES = 1 << 32


class KeyFileError(Exception):
    """A key file cannot be read or written; the message is one sentence for the person."""


@dataclass(slots=True)
class RedactedLog:
    """What is needed beside the tables to give one redacted log back byte for byte.

    ``lines`` holds the lines that the tables alone do not give back, by their number from 0. ``original`` is the
    SHA-256 of the log as it was. ``known`` is how many entries each table had: what was given out later may stand in
    this log by chance.
    """

    original: str
    lines: dict[int, bytes] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Key:
    """A secret, the tables made with it so far, and the logs redacted with them by the SHA-256 of the result."""

    secret: bytes
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    logs: dict[str, RedactedLog] = field(default_factory=dict)

    def as_of(self, log: RedactedLog) -> Key:
        """The key as it was when a log was redacted."""
        tables = {
            name: dict(islice(table.items(), log.known.get(name, len(table)))) for name, table in self.tables.items()
        }
        return Key(self.secret, tables)


def new_key(secret: bytes | None = None) -> Key:
    """A key with a secret of its own."""
    return Key(secret or secrets.token_bytes(_SECRET_BYTES))


def load_key(path: Path) -> Key:
    """Read a key file. Raises ``KeyFileError``."""
    try:
        if not path.is_file():  # who reads a device or a pipe may wait for its end for ever
            raise KeyFileError(f"the key file {path} is no file")
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise KeyFileError(f"{path} is a key file of another version of this program")
        tables = {
            name: {str(value): str(token) for value, token in document["tables"].get(name, {}).items()}
            for name in [*(action.value for action in Action), "surfaces"]
        }
        logs = {
            digest: RedactedLog(row["original"], _unpacked(row["lines"]), _counts(row.get("known", {})))
            for digest, row in document["logs"].items()
        }
        return Key(bytes.fromhex(document["secret"]), tables, logs)
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be read: {reason(error)}") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, zlib.error, RecursionError) as error:
        raise KeyFileError(f"{path} is no key file of this program") from error


def save_key(path: Path, key: Key) -> None:
    """Write a key file, readable by its owner only, all or nothing. Raises ``KeyFileError``."""
    document = {
        "format": FORMAT,
        "secret": key.secret.hex(),
        "tables": key.tables,
        "logs": {
            digest: {"original": log.original, "lines": _packed(log.lines), "known": log.known}
            for digest, log in key.logs.items()
        },
    }
    try:
        # mkstemp creates the file with mode 600; os.replace keeps that mode whatever was there before.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(document, file, ensure_ascii=True)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be written: {reason(error)}") from error


def _counts(row: dict[str, int]) -> dict[str, int]:
    return {str(name): max(0, int(count)) for name, count in row.items()}


def _packed(lines: dict[int, bytes]) -> str:
    rows = b"".join(f"{number} {len(line)}\n".encode() + line + b"\n" for number, line in sorted(lines.items()))
    return base64.b64encode(zlib.compress(rows)).decode("ascii")


def _unpacked(text: str) -> dict[int, bytes]:
    rows = zlib.decompress(base64.b64decode(text, validate=True))
    lines: dict[int, bytes] = {}
    position = 0
    while position < len(rows):
        head = rows.index(b"\n", position)
        number, length = map(int, rows[position:head].split())
        if not 0 <= number < _MAX_LINES or length < 0:
            raise ValueError("no line")
        lines[number] = rows[head + 1 : head + 1 + length]
        position = head + 2 + length
    return lines
