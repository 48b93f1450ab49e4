"""Stands before every address: who may ask and under which name, what every answer carries, and the server's own log.

The log of the server names the route, never the address itself: an address is the key to a diagnosis.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from loganalyzer.report.fault import fault_sentence
from loganalyzer.web.problem import ProblemError, problem_response
from loganalyzer.web.templating import render

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from loganalyzer.web.metrics import Metrics
    from loganalyzer.web.sessions import Sessions, Visitor
    from loganalyzer.web.settings import Settings

_LOG = logging.getLogger("loganalyzer.web")
_OPEN = ("/healthz", "/login", "/assets/")
_API = ("/api/", "/healthz", "/metrics")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
MOST_REQUESTS = 500
_YEAR_S = 31_536_000


class Guard:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, settings: Settings, sessions: Sessions, metrics: Metrics) -> None:
        self._app, self._settings, self._sessions, self._metrics = app, settings, sessions, metrics
        self._hosts = settings.hosts
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, secure=self._settings.secure)
        self._active += 1
        try:
            await self._answer(scope, receive, answer)
        except ClientDisconnect:
            answer.status = answer.status or 499
        except Exception as fault:  # noqa: BLE001 - the last line of defence
            _LOG.error(fault_sentence(fault))
            if not answer.status:
                problem = ProblemError(500, "Something went wrong on the server. Please report it.")
                await refusal(Request(scope), problem)(scope, receive, answer)
        finally:
            self._active -= 1
            self._note(scope, answer)

    async def _answer(self, scope: Scope, receive: Receive, send: _Answer) -> None:
        request = Request(scope)
        try:
            self._check_load()
            self._check_host(request)
            visitor = self._sessions.visitor(request)
            scope.setdefault("state", {})["visitor"] = visitor
            if not visitor.allowed and not scope["path"].startswith(_OPEN):
                await self._turn_away(request, receive, send)
                return
        except ProblemError as problem:
            await refusal(request, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_load(self) -> None:
        """Raises ``ProblemError`` when too many are being answered already."""
        if self._active > MOST_REQUESTS:
            raise ProblemError(503, "The server answers too many at once.", {"Retry-After": "5"})

    def _check_host(self, request: Request) -> None:
        """Raises ``ProblemError`` when a browser was led here under a name that is not ours."""
        if self._hosts is not None and _host_name(request.headers.get("host", "")) not in self._hosts:
            raise ProblemError(
                421, "This server does not answer under the name in the request. If it should: --public-url."
            )

    async def _turn_away(self, request: Request, receive: Receive, send: Send) -> None:
        if request.scope["path"].startswith(_API):
            problem = ProblemError(401, "This server asks for its access token.", {"WWW-Authenticate": "Bearer"})
            raise problem
        target = quote(request.scope["path"], safe="/")
        response = RedirectResponse(f"/login?next={target}", 303)
        await response(request.scope, receive, send)

    def _note(self, scope: Scope, answer: _Answer) -> None:
        route = getattr(scope.get("endpoint"), "__name__", "none")
        seconds = time.monotonic() - answer.begin
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(route, method, answer.status, seconds)
        _LOG.info("%s %s %d %d bytes %.3f s", method, route, answer.status, answer.bytes, seconds)


def _host_name(authority: str) -> str | None:
    """The name in ``name:port``, None where it is nothing of the kind."""
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Answer:
    """Puts on the headers that every answer carries, and counts."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure
        self.begin = time.monotonic()
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self._secure:
                headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_S}")
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)


def visitor_of(request: Request) -> Visitor:
    """Return who sent a request that the guard let pass."""
    visitor: Visitor = request.state.visitor
    return visitor


def refusal(request: Request, problem: ProblemError) -> Response:
    """Return the answer to a request that is not fulfilled: for programs or for people, by the address."""
    if request.scope["path"].startswith(_API):
        return problem_response(problem)
    page = render("problem.html.j2", problem=problem)
    return Response(page, problem.status, problem.headers, media_type="text/html")
