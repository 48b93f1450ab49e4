"""The types that pass between the parts of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How far a diagnosis is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Work(StrEnum):
    """What a worker does."""

    DIAGNOSE = "diagnose"
    REDACT = "redact"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of an upload: the name the client gave, which is only shown, and the name of the file that holds it."""

    name: str
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Client:
    """Whose turn it is: the address that an upload came from, and the session there, each as a hash."""

    address: str
    session: str


@dataclass(frozen=True, slots=True)
class Task:
    """Work that waits or is done; ``number`` counts up."""

    number: int
    diagnosis: str
    work: Work
    client: Client
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result: a short title, and a sentence that says what to do."""

    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What lists and searches need of a finished diagnosis; times as ISO 8601 in local time of the log.

    ``files`` took the place of those that were sent, when it was redacted.
    """

    verdict: str
    headline: str
    first_time: str | None
    last_time: str | None
    aets: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    files: tuple[SentFile, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One diagnosis as the store has it; ``owner`` is the hash of the session that uploaded, None for programs.

    ``created`` and ``expires`` are seconds since 1970. ``redacted_failure``: why there is no redacted log.
    """

    id: str
    folder: str
    owner: str | None
    created: float
    expires: float
    status: Status
    redact: bool
    files: tuple[SentFile, ...]
    summary: Summary | None = None
    failure: Failure | None = None
    redacted_failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a worker is: ``phase`` (waiting, redacting, reading, writing, finished), bytes read of all bytes sent.

    ``ahead`` is how many wait before it.
    """

    phase: str
    bytes: int = 0
    total: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What a person looks for among the own uploads; empty strings match everything, days are ISO 8601."""

    aet: str = ""
    cause: str = ""
    since: str = ""
    until: str = ""
    limit: int = 200


@dataclass(slots=True)
class Upload:
    """What one request brought; ``kept``: the store knows it, or is about to."""

    folder: str
    files: list[SentFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    kept: bool = False

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(file.bytes for file in self.files)
