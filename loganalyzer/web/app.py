"""Puts the server together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from loganalyzer.web.api import Api
from loganalyzer.web.board import Board
from loganalyzer.web.desk import Desk
from loganalyzer.web.dispatcher import Dispatcher
from loganalyzer.web.folders import DataFolder
from loganalyzer.web.guard import Guard, refusal
from loganalyzer.web.intake import Intake
from loganalyzer.web.metrics import Metrics
from loganalyzer.web.pages import Pages
from loganalyzer.web.problem import ProblemError
from loganalyzer.web.rates import Rates
from loganalyzer.web.results import HeldResults, Results
from loganalyzer.web.sessions import Sessions
from loganalyzer.web.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from loganalyzer.web.settings import Settings


class Application:
    """Everything that one running server has. Raises ``DataFolderError`` and ``StoreError`` where it cannot."""

    def __init__(self, settings: Settings) -> None:
        folder = DataFolder(settings)
        store = Store(folder.database)
        results = Results(folder) if settings.store else HeldResults(folder, settings.held)
        board, metrics = Board(), Metrics()
        sessions = Sessions(settings, folder.secret)
        dispatcher = Dispatcher(settings, store, folder, results, board, metrics)
        self._desk = Desk(
            settings, store, folder, Intake(settings, folder), results, board, dispatcher, metrics,
            Rates(settings.rate),
        )  # fmt: skip
        self._closing = asyncio.Event()
        starlette = Starlette(
            routes=[*Api(self._desk, sessions, self._closing).routes(), *Pages(self._desk, sessions).routes()],
            exception_handlers={HTTPException: _refused, ProblemError: _refused},
            lifespan=self._lifespan,
        )
        starlette.router.redirect_slashes = False
        self.asgi: ASGIApp = Guard(starlette, settings, sessions, metrics)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        desk = self._desk
        await asyncio.to_thread(desk.folder.clean, desk.store.folders())
        await desk.dispatcher.start()
        keeping = asyncio.create_task(desk.keep_time())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            await desk.dispatcher.close()
            desk.store.close()
            desk.folder.close()

    def end_streams(self) -> None:
        """End the answers that would never end by themselves, so that the server can stop."""
        self._closing.set()
        self._desk.board.wake_all()


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        detail = "There is nothing at this address." if error.status_code == 404 else "This address does not do that."
        error = ProblemError(error.status_code, detail, dict(error.headers or {}))
    assert isinstance(error, ProblemError)  # noqa: S101 -- nothing else is registered
    return refusal(request, error)
