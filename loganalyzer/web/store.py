"""What the server knows of its diagnoses, in SQLite; every method is one transaction.

Of a log it holds what lists and searches show: names of files, AETs, causes, the headline. Deleted rows are
overwritten, in the write-ahead log too.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from loganalyzer.web.entry import Client, Entry, Failure, Query, SentFile, Status, Summary, Task, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIGRATIONS = (
    """
    CREATE TABLE diagnosis(
        id TEXT PRIMARY KEY, folder TEXT NOT NULL UNIQUE, owner TEXT, created REAL NOT NULL, expires REAL NOT NULL,
        status TEXT NOT NULL, redact INTEGER NOT NULL,
        title TEXT, detail TEXT, redacted_title TEXT, redacted_detail TEXT,
        verdict TEXT, headline TEXT, first_time TEXT, last_time TEXT
    ) STRICT;
    CREATE INDEX diagnosis_of_owner ON diagnosis(owner, created);
    CREATE INDEX diagnosis_by_expiry ON diagnosis(expires);
    CREATE TABLE file(
        diagnosis TEXT NOT NULL REFERENCES diagnosis ON DELETE CASCADE, number INTEGER NOT NULL,
        name TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY(diagnosis, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE term(
        diagnosis TEXT NOT NULL REFERENCES diagnosis ON DELETE CASCADE, kind TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY(diagnosis, kind, value)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE task(
        number INTEGER PRIMARY KEY AUTOINCREMENT, diagnosis TEXT NOT NULL REFERENCES diagnosis ON DELETE CASCADE,
        work TEXT NOT NULL, address TEXT NOT NULL, session TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, running INTEGER NOT NULL DEFAULT 0, UNIQUE(diagnosis, work)
    ) STRICT;
    """,
)
"""Each brings the store from the version of its place to the next one; never changed, only added to."""

MAX_ATTEMPTS = 3
_TASK = "SELECT number, diagnosis, work, address, session, attempts FROM task"


class StoreError(Exception):
    """The store cannot be used; the message is one sentence."""


class Store:
    """All diagnoses; safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        """Open the store in ``path``, in memory when that is None. Raises ``StoreError``."""
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"the store {path} cannot be used: {error}") from error

    def _prepare(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StoreError("the store was written by a later version of loganalyzer; use that one")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._database.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _overwritten(self) -> Iterator[None]:
        """Have what is deleted in the block leave the write-ahead log, too, before anybody looks again."""
        with self._lock:
            yield
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._database.close()

    def add(self, entry: Entry, client: Client) -> None:
        """Register an upload together with the work on it: from here on it is kept."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO diagnosis(id, folder, owner, created, expires, status, redact) VALUES(?,?,?,?,?,?,?)",
                (entry.id, entry.folder, entry.owner, entry.created, entry.expires, entry.status, entry.redact),
            )
            self._add_files(entry.id, entry.files)
            self._ask(entry.id, Work.DIAGNOSE, client)

    def _add_files(self, diagnosis: str, files: tuple[SentFile, ...]) -> None:
        self._database.executemany(
            "INSERT INTO file VALUES(?,?,?,?,?)",
            [(diagnosis, number, file.name, file.path, file.bytes) for number, file in enumerate(files)],
        )

    def ask(self, diagnosis: str, work: Work, client: Client) -> None:
        """Queue more work on a diagnosis, unless it waits already."""
        with self._transaction():
            self._ask(diagnosis, work, client)

    def _ask(self, diagnosis: str, work: Work, client: Client) -> None:
        self._database.execute(
            "INSERT OR IGNORE INTO task(diagnosis, work, address, session)"
            " SELECT id, ?, ?, ? FROM diagnosis WHERE id=?",
            (work, client.address, client.session, diagnosis),
        )

    def find(self, diagnosis: str) -> Entry | None:
        """Return a diagnosis, None when there is none."""
        found = self._entries("WHERE id=?", diagnosis)
        return found[0] if found else None

    def own(self, owner: str, query: Query) -> list[Entry]:
        """Return the diagnoses that one session uploaded, the newest first."""
        where, values = "WHERE owner=?", [owner]
        for kind, text in (("aet", query.aet), ("cause", query.cause)):
            if text:
                where += (
                    " AND EXISTS(SELECT 1 FROM term WHERE diagnosis=id AND kind=? AND instr(lower(value), lower(?)))"
                )
                values += [kind, text]
        if query.since:
            where += " AND coalesce(last_time, date(created, 'unixepoch', 'localtime')) >= ?"
            values.append(query.since)
        if query.until:
            where += " AND substr(coalesce(first_time, date(created, 'unixepoch', 'localtime')), 1, 10) <= ?"
            values.append(query.until)
        return self._entries(f"{where} ORDER BY created DESC, id LIMIT {query.limit:d}", *values)

    def _entries(self, where: str, *values: str) -> list[Entry]:
        with self._lock:
            rows = self._rows(
                "SELECT id, folder, owner, created, expires, status, redact, title, detail, redacted_title,"  # noqa: S608
                f" redacted_detail, verdict, headline, first_time, last_time FROM diagnosis {where}",
                *values,
            )
            return [self._entry(row) for row in rows]

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        files = self._rows("SELECT name, path, bytes FROM file WHERE diagnosis=? ORDER BY number", row[0])
        terms = self._rows("SELECT kind, value FROM term WHERE diagnosis=? ORDER BY value", row[0])
        aets, causes = (tuple(value for kind, value in terms if kind == wanted) for wanted in ("aet", "cause"))
        return Entry(
            id=row[0], folder=row[1], owner=row[2], created=row[3], expires=row[4], status=Status(row[5]),
            redact=bool(row[6]), files=tuple(SentFile(*file) for file in files),
            failure=Failure(row[7], row[8]) if row[7] else None,
            redacted_failure=Failure(row[9], row[10]) if row[9] else None,
            summary=Summary(row[11], row[12], row[13], row[14], aets, causes) if row[11] else None,
        )  # fmt: skip

    def waiting(self) -> list[Task]:
        """Return all tasks that nobody works on, in the order in which they came."""
        return [_task(row) for row in self._rows(f"{_TASK} WHERE running=0 ORDER BY number")]

    def begin(self, task: Task) -> Entry | None:
        """Mark a task as running; None when its diagnosis is gone."""
        with self._transaction() as database:
            begun = database.execute(
                "UPDATE task SET running=1, attempts=attempts+1 WHERE number=? AND running=0", (task.number,)
            )
            if task.work is Work.DIAGNOSE:
                database.execute("UPDATE diagnosis SET status=? WHERE id=?", (Status.RUNNING, task.diagnosis))
            return self.find(task.diagnosis) if begun.rowcount else None

    def give_back(self, task: Task) -> None:
        """Queue again what was stopped through no fault of its own."""
        with self._transaction() as database:
            database.execute("UPDATE task SET running=0, attempts=attempts-1 WHERE number=?", (task.number,))
            if task.work is Work.DIAGNOSE:
                database.execute("UPDATE diagnosis SET status=? WHERE id=?", (Status.QUEUED, task.diagnosis))

    def recover(self) -> list[Task]:
        """Queue again what was running when the server died.

        Return the tasks that died with it too often; the caller ends them with :meth:`fail`.
        """
        with self._transaction() as database:
            database.execute("UPDATE task SET running=0")
            database.execute("UPDATE diagnosis SET status=? WHERE status=?", (Status.QUEUED, Status.RUNNING))
            return [_task(row) for row in self._rows(f"{_TASK} WHERE attempts>=?", MAX_ATTEMPTS)]

    def finish(self, task: Task, summary: Summary | None) -> None:
        """Record that the results of a task are there; ``summary`` comes with a diagnosis."""
        replaced = summary is not None and summary.files is not None
        with self._overwritten() if replaced else nullcontext(), self._transaction() as database:
            ended = database.execute("DELETE FROM task WHERE number=?", (task.number,))
            if ended.rowcount and summary is not None:
                database.execute(
                    "UPDATE diagnosis SET status=?, verdict=?, headline=?, first_time=?, last_time=? WHERE id=?",
                    (
                        Status.DONE, summary.verdict, summary.headline, summary.first_time, summary.last_time,
                        task.diagnosis,
                    ),
                )  # fmt: skip
                if summary.files is not None:
                    database.execute("DELETE FROM file WHERE diagnosis=?", (task.diagnosis,))
                    self._add_files(task.diagnosis, summary.files)
                terms = [("aet", value) for value in summary.aets] + [("cause", value) for value in summary.causes]
                database.executemany(
                    "INSERT OR IGNORE INTO term VALUES(?,?,?)", [(task.diagnosis, *term) for term in terms]
                )

    def fail(self, task: Task, failure: Failure) -> None:
        """Record why a task has no result."""
        with self._transaction() as database:
            database.execute("DELETE FROM task WHERE number=?", (task.number,))
            if task.work is Work.DIAGNOSE:
                database.execute(
                    "UPDATE diagnosis SET status=?, title=?, detail=? WHERE id=?",
                    (Status.FAILED, failure.title, failure.detail, task.diagnosis),
                )
            else:
                database.execute(
                    "UPDATE diagnosis SET redacted_title=?, redacted_detail=? WHERE id=?",
                    (failure.title, failure.detail, task.diagnosis),
                )

    def remove(self, diagnosis: str) -> str | None:
        """Forget a diagnosis; return its folder, None when there is no such diagnosis (any more)."""
        with self._overwritten(), self._transaction() as database:
            row = database.execute("DELETE FROM diagnosis WHERE id=? RETURNING folder", (diagnosis,)).fetchone()
        return None if row is None else str(row[0])

    def expired(self, now: float) -> list[str]:
        """Return the diagnoses whose time is over."""
        return [row[0] for row in self._rows("SELECT id FROM diagnosis WHERE expires<=?", now)]

    def next_expiry(self) -> float | None:
        """Return when the next diagnosis expires."""
        expiry: float | None = self._rows("SELECT min(expires) FROM diagnosis")[0][0]
        return expiry

    def folders(self) -> set[str]:
        """Return the folders of all diagnoses."""
        return {row[0] for row in self._rows("SELECT folder FROM diagnosis")}

    def counts(self) -> dict[str, int]:
        """Return how many diagnoses there are by status."""
        return dict(self._rows("SELECT status, count(*) FROM diagnosis GROUP BY status"))


def _task(row: tuple[Any, ...]) -> Task:
    return Task(row[0], row[1], Work(row[2]), Client(row[3], row[4]), row[5])
