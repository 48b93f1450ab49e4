"""What can be done with diagnoses, whoever asks: take an upload, look, fetch, delete, and let time pass."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.web.entry import Entry, Progress, Query, Status, Work
from loganalyzer.web.job import BUNDLE, REDACTED, redacted_in
from loganalyzer.web.problem import NO_SUCH_DIAGNOSIS, ProblemError, too_many
from loganalyzer.web.results import Content

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from loganalyzer.web.board import Board
    from loganalyzer.web.dispatcher import Dispatcher
    from loganalyzer.web.folders import DataFolder
    from loganalyzer.web.intake import Intake
    from loganalyzer.web.metrics import Metrics
    from loganalyzer.web.rates import Rates
    from loganalyzer.web.results import Results
    from loganalyzer.web.sessions import Visitor
    from loganalyzer.web.settings import Settings
    from loganalyzer.web.store import Store

    CheckFields = Callable[[dict[str, str]], None]

_LOG = logging.getLogger("loganalyzer.web")
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SWEEP_S = 60.0
_RETRY_S = 30.0
_SWITCH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Desk:
    """One server's diagnoses."""

    settings: Settings
    store: Store
    folder: DataFolder
    intake: Intake
    results: Results
    board: Board
    dispatcher: Dispatcher
    metrics: Metrics
    rates: Rates

    async def take(self, request: Request, visitor: Visitor, check: CheckFields) -> Entry:
        """Receive an upload and queue it; when this returns it is kept.

        ``check`` looks at the fields of the form and may raise. Raises ``ProblemError``.
        """
        await self._check_load(visitor)
        async with self.intake.upload(request) as upload:
            check(upload.fields)
            asked = [place["redact"] for place in (request.query_params, upload.fields) if "redact" in place]
            redact = True in {_switch(text) for text in asked}  # each of them is looked at
            now = time.time()
            entry = Entry(
                secrets.token_urlsafe(16), upload.folder, visitor.owner, now, now + self.settings.retention,
                Status.QUEUED, redact, tuple(upload.files),
            )  # fmt: skip
            upload.kept = True
            try:
                await asyncio.shield(asyncio.to_thread(self.store.add, entry, visitor.client))
            except Exception:
                upload.kept = False
                raise
        self.metrics.uploaded(upload.bytes)
        self.dispatcher.wake()
        return entry

    async def _check_load(self, visitor: Visitor) -> None:
        wait = self.rates.take(visitor.address)
        if wait:
            raise too_many("There were too many uploads from your address within a minute.", wait)
        if len(await asyncio.to_thread(self.store.waiting)) >= self.settings.queue:
            raise too_many("Too many diagnoses wait already.", _RETRY_S)

    async def find(self, diagnosis: str) -> Entry:
        """Return a diagnosis. Raises ``ProblemError`` (404)."""
        if _ID.fullmatch(diagnosis):
            entry = await asyncio.to_thread(self.store.find, diagnosis)
            if entry is not None and entry.expires > time.time():
                return entry
        raise ProblemError(404, NO_SUCH_DIAGNOSIS)

    async def own(self, visitor: Visitor, query: Query) -> list[Entry]:
        """Return what was uploaded in the visitor's session."""
        return [] if visitor.owner is None else await asyncio.to_thread(self.store.own, visitor.owner, query)

    async def progress(self, entry: Entry) -> Progress:
        """Return how far a diagnosis is."""
        total = sum(file.bytes for file in entry.files)
        if entry.status in (Status.DONE, Status.FAILED):
            return Progress("finished", total if entry.status is Status.DONE else 0, total)
        shown = self.board.get(entry.id)
        if shown is not None:
            return shown
        return Progress("waiting", 0, total, await self.dispatcher.ahead(entry.id))

    async def find_own(self, diagnosis: str, visitor: Visitor) -> Entry:
        """Return a diagnosis that the visitor may delete. Raises ``ProblemError`` (403, 404)."""
        entry = await self.find(diagnosis)
        if not visitor.may_delete(entry):
            raise ProblemError(403, "Only the browser that uploaded it may delete this diagnosis.")
        return entry

    async def delete(self, diagnosis: str) -> None:
        """Forget a diagnosis and remove everything of it. Raises ``ProblemError`` (404) when it is gone already."""
        folder = await asyncio.to_thread(self.store.remove, diagnosis)
        if folder is None:
            raise ProblemError(404, NO_SUCH_DIAGNOSIS)
        # From here on nobody finds it; if the server dies now, the next one removes the rest.
        await asyncio.shield(self._remove(diagnosis, folder))

    async def _remove(self, diagnosis: str, folder: str) -> None:
        await self.dispatcher.stop(diagnosis)
        self.results.forget(diagnosis)
        await asyncio.to_thread(self.folder.remove, folder)

    def result(self, entry: Entry, name: str) -> Content:
        """Return one of the results. Raises ``ProblemError``: 409 when it is not done, 404 when it is gone."""
        if entry.status is not Status.DONE:
            raise not_done(entry)
        content = self.results.open(entry, name)
        if content is None:
            raise ProblemError(404, NO_SUCH_DIAGNOSIS)
        return content

    async def redacted(self, entry: Entry, visitor: Visitor) -> tuple[str, Content] | None:
        """Return name and content of the redacted log; None while it is being made, which the first call begins.

        Raises ``ProblemError``: 404 when logs are not kept, 409 when there cannot be one.
        """
        if not self.settings.store:
            raise ProblemError(404, "This server keeps no logs, so there is no redacted one.")
        if entry.redacted_failure is not None:
            raise ProblemError(409, entry.redacted_failure.detail)
        if entry.status is not Status.DONE:
            raise not_done(entry)
        folder = self.folder.path(entry.folder)
        redacted = await asyncio.to_thread(redacted_in, folder)
        if redacted is None:
            await asyncio.to_thread(self.store.ask, entry.id, Work.REDACT, visitor.client)
            self.dispatcher.wake()
            return None
        name, path = ("redacted.log", redacted.files[0].path) if len(redacted.files) == 1 else (BUNDLE, BUNDLE)
        return name, Content((folder / REDACTED / path).open("rb"))

    async def keep_time(self) -> None:
        """Delete what has expired, for ever."""
        while True:
            try:
                for diagnosis in await asyncio.to_thread(self.store.expired, time.time()):
                    with suppress(ProblemError):  # somebody else has deleted it
                        await self.delete(diagnosis)
                expiry = await asyncio.to_thread(self.store.next_expiry)
            except Exception as fault:  # noqa: BLE001 - it must go on whatever happens once
                _LOG.error("expired diagnoses could not be deleted: %s", type(fault).__name__)
                expiry = None
            left = _SWEEP_S if expiry is None else expiry - time.time()
            await asyncio.sleep(min(_SWEEP_S, self.settings.retention / 2, max(0.1, left)))


def not_done(entry: Entry) -> ProblemError:
    """Return the refusal of a result that is not there (yet)."""
    if entry.failure is not None:
        return ProblemError(409, f"There is no diagnosis: {entry.failure.detail}")
    return ProblemError(409, "The diagnosis is not done yet.", {"Retry-After": "2"})


def _switch(text: str) -> bool:
    if text not in _SWITCH:
        raise ProblemError(422, "“redact” must be “true” or “false”.")
    return _SWITCH[text]
