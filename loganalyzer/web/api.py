"""What programs ask: ``/api/v1``, ``/healthz``, ``/metrics``. Described to them by ``openapi.py``."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from loganalyzer import __version__
from loganalyzer.web import content, openapi
from loganalyzer.web.entry import Status
from loganalyzer.web.guard import visitor_of
from loganalyzer.web.job import DIAGNOSIS, MARKDOWN, PAGE, REPLY
from loganalyzer.web.metrics import CONTENT_TYPE
from loganalyzer.web.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from loganalyzer.web.desk import Desk
    from loganalyzer.web.entry import Entry
    from loganalyzer.web.sessions import Sessions

    Endpoint = Callable[[Request], Awaitable[Response]]

ROOT = "/api/v1/diagnoses"
_FORMATS = ("json", "html", "markdown")
_HEARTBEAT_S = 15.0
_RETRY = {"Retry-After": "1"}


class Api:
    """The endpoints for programs."""

    def __init__(self, desk: Desk, sessions: Sessions, closing: asyncio.Event) -> None:
        self._desk, self._sessions, self._closing = desk, sessions, closing

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            Route(ROOT, self.create_diagnosis, methods=["POST"]),
            by_method(f"{ROOT}/{{id}}", GET=self.get_diagnosis, DELETE=self.delete_diagnosis),
            Route(f"{ROOT}/{{id}}/events", self.watch_diagnosis),
            Route(f"{ROOT}/{{id}}/redacted", self.get_redacted),
            Route(f"{ROOT}/{{id}}/reply", self.get_reply),
            Route("/api/v1/openapi.json", self.get_description),
            Route("/healthz", self.get_health),
            Route("/metrics", self.get_metrics),
        ]

    async def create_diagnosis(self, request: Request) -> Response:
        """Take an upload."""
        _check_parameters(request, "name", "redact")
        visitor = visitor_of(request)
        # A browser's own session must show a token; a program that has none is only asked not to be a foreign page.
        self._sessions.check_origin(request, visitor, request.headers.get("x-form-token"))
        entry = await self._desk.take(request, visitor, lambda _: None)
        url = page_url(self._desk.settings.public_url, request, entry)
        body = {"id": entry.id, "status": entry.status, "url": url, "expires": iso(entry.expires)}
        return JSONResponse(body, 202, {"Location": f"{ROOT}/{entry.id}"})

    async def get_diagnosis(self, request: Request) -> Response:
        """Answer how far a diagnosis is, and what it says."""
        _check_parameters(request, "format")
        entry = await self._desk.find(request.path_params["id"])
        form = _form(request)
        if form == "html":
            return content.report(self._desk.result(entry, PAGE))
        if form == "markdown":
            return content.sent(self._desk.result(entry, MARKDOWN), content.MARKDOWN)
        state = await self._state(entry)
        if entry.status is not Status.DONE:
            return JSONResponse(state)
        begin = json.dumps(state)[:-1] + ', "diagnosis": '
        return content.framed(self._desk.result(entry, DIAGNOSIS), begin.encode("ascii"), b"}\n")

    async def delete_diagnosis(self, request: Request) -> Response:
        """Delete a diagnosis with everything of it."""
        visitor = visitor_of(request)
        self._sessions.check_origin(request, visitor, request.headers.get("x-form-token"))
        entry = await self._desk.find_own(request.path_params["id"], visitor)
        await self._desk.delete(entry.id)
        return Response(status_code=204)

    async def watch_diagnosis(self, request: Request) -> Response:
        """Send events while the work goes on (server-sent events)."""
        entry = await self._desk.find(request.path_params["id"])
        headers = {"X-Accel-Buffering": "no"}  # or nginx would hold the events back
        return StreamingResponse(self._events(entry), media_type="text/event-stream", headers=headers)

    async def _events(self, entry: Entry) -> AsyncIterator[str]:
        told = ""
        while not self._closing.is_set():
            state = json.dumps(await self._state(entry))
            yield f"data: {state}\n\n" if state != told else ": \n\n"
            told = state
            if entry.status in (Status.DONE, Status.FAILED):
                return
            await self._desk.board.news(entry.id, _HEARTBEAT_S)
            try:
                entry = await self._desk.find(entry.id)
            except ProblemError:
                yield f"event: gone\ndata: {json.dumps({'id': entry.id, 'status': 'gone'})}\n\n"
                return

    async def get_redacted(self, request: Request) -> Response:
        """Answer the redacted log, which is made when it is first asked for."""
        entry = await self._desk.find(request.path_params["id"])
        found = await self._desk.redacted(entry, visitor_of(request))
        if found is None:
            return JSONResponse({"id": entry.id, "status": "running"}, 202, _RETRY)
        return content.redacted(*found)

    async def get_reply(self, request: Request) -> Response:
        """Answer the draft of a reply to who asked about the log."""
        entry = await self._desk.find(request.path_params["id"])
        return content.sent(self._desk.result(entry, REPLY), content.TEXT)

    async def get_description(self, request: Request) -> Response:  # noqa: ARG002
        """Answer the description of all this."""
        return JSONResponse(openapi.description(token=self._desk.settings.token is not None))

    async def get_health(self, request: Request) -> Response:  # noqa: ARG002
        """Answer that the server lives."""
        return JSONResponse({"status": "ok", "version": __version__})

    async def get_metrics(self, request: Request) -> Response:  # noqa: ARG002
        """Answer the numbers for Prometheus."""
        counts = await asyncio.to_thread(self._desk.store.counts)
        return Response(self._desk.metrics.text(counts), headers={"Content-Type": CONTENT_TYPE})

    async def _state(self, entry: Entry) -> dict[str, Any]:
        progress = await self._desk.progress(entry)
        state: dict[str, Any] = {
            "id": entry.id,
            "status": entry.status,
            "progress": {
                "phase": progress.phase, "bytes": progress.bytes, "total": progress.total, "ahead": progress.ahead
            },
            "expires": iso(entry.expires),
        }  # fmt: skip
        if entry.failure is not None:
            state["error"] = {"title": entry.failure.title, "detail": entry.failure.detail}
        return state


def by_method(path: str, **endpoints: Endpoint) -> Route:
    """Return one route for several methods, so that the answer to any other one names them all."""

    async def dispatch(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = endpoints[method]
        request.scope["endpoint"] = endpoint
        return await endpoint(request)

    return Route(path, dispatch, methods=list(endpoints))


def page_url(public_url: str | None, request: Request, entry: Entry) -> str:
    """Return the address of the page of a diagnosis."""
    base = public_url.rstrip("/") if public_url else str(request.base_url).rstrip("/")
    return f"{base}/d/{entry.id}"


def iso(seconds: float) -> str:
    """Return a time since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _check_parameters(request: Request, *known: str) -> None:
    """Raises ``ProblemError`` (422) for a parameter that would do nothing: a misspelt ``redact`` must not pass."""
    given = [name for name, _ in request.query_params.multi_items()]
    if not set(given) <= set(known) or len(set(given)) < len(given):
        raise ProblemError(422, f"There is no such parameter, or twice; there are {', '.join(known)}, once each.")


def _form(request: Request) -> str:
    """Return what was asked for: by ``?format=``, else by ``Accept``. Raises ``ProblemError`` (422)."""
    form = request.query_params.get("format")
    if form is None:
        accept = request.headers.get("accept", "")
        return "html" if content.HTML in accept else "markdown" if content.MARKDOWN in accept else "json"
    if form not in _FORMATS:
        raise ProblemError(422, f"“format” must be one of {', '.join(_FORMATS)}.")
    return form
