"""What people see in a browser; every page works without JavaScript."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from loganalyzer.web import content
from loganalyzer.web.api import ROOT, by_method, page_url
from loganalyzer.web.entry import Query, Status
from loganalyzer.web.guard import visitor_of
from loganalyzer.web.job import DIAGNOSIS, MARKDOWN, PAGE, REPLY
from loganalyzer.web.problem import ProblemError, too_many
from loganalyzer.web.rates import Rates
from loganalyzer.web.templating import asset, render

if TYPE_CHECKING:
    from starlette.requests import Request

    from loganalyzer.web.desk import Desk
    from loganalyzer.web.sessions import Sessions

_FORM = "form_token"
_LARGEST_FORM = 1 << 13
_MOST_FIELDS = 10
_FORM_S = 10.0
_LOGINS_A_MINUTE = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DOWNLOADS = {
    PAGE: (content.HTML, "diagnosis.html"),
    DIAGNOSIS: (content.JSON, "diagnosis.json"),
    MARKDOWN: (content.MARKDOWN, "diagnosis.md"),
    REPLY: (content.TEXT, "reply.txt"),
}


class Pages:
    """The pages of one server."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk, self._sessions = desk, sessions
        self._logins = Rates(_LOGINS_A_MINUTE)

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            by_method("/", GET=self.show_upload, POST=self.take_upload),
            Route("/uploads", self.show_uploads),
            Route("/d/{id}", self.show_diagnosis),
            by_method("/d/{id}/delete", GET=self.ask_deletion, POST=self.delete),
            Route("/d/{id}/redacted", self.download_redacted),
            Route("/d/{id}/{name}", self.download),
            by_method("/login", GET=self.show_login, POST=self.log_in),
            by_method("/logout", POST=self.log_out),
            Route("/assets/{version}/{name}", self.show_asset),
        ]

    async def show_upload(self, request: Request) -> Response:
        """Show the form for uploads."""
        return self._page(request, "upload.html.j2", settings=self._desk.settings, api=ROOT)

    async def take_upload(self, request: Request) -> Response:
        """Take an upload from the form, without JavaScript."""
        visitor = visitor_of(request)
        if self._sessions.is_foreign(request, right_token=True):
            self._sessions.check_origin(request, visitor, None)

        def check(fields: dict[str, str]) -> None:
            self._check_form(request, fields)

        entry = await self._desk.take(request, visitor, check)
        return RedirectResponse(page_url(self._desk.settings.public_url, request, entry), 303)

    async def show_uploads(self, request: Request) -> Response:
        """Show what was uploaded in this session, and search in it."""
        asked = {name: request.query_params.get(name, "").strip()[:100] for name in ("aet", "cause", "since", "until")}
        for name in ("since", "until"):
            if asked[name] and not _DAY.fullmatch(asked[name]):
                raise ProblemError(422, "A day is written as in 2026-11-23.")
        query = Query(asked["aet"], asked["cause"], asked["since"], asked["until"])
        found = await self._desk.own(visitor_of(request), query)
        return self._page(
            request, "uploads.html.j2", entries=found, asked=asked, searched=any(asked.values()),
            kept=self._desk.settings.store,
        )  # fmt: skip

    async def show_diagnosis(self, request: Request) -> Response:
        """Show a diagnosis under a bar with what can be done with it; until it is done, how far it is."""
        entry = await self._desk.find(request.path_params["id"])
        values = {"entry": entry, "own": visitor_of(request).may_delete(entry)}
        if entry.status is Status.DONE:
            bar = render("bar.html.j2", kept=self._desk.settings.store, **values)
            return content.report(self._desk.result(entry, PAGE), bar)
        progress = await self._desk.progress(entry)
        return self._page(request, "progress.html.j2", progress=progress, api=f"{ROOT}/{entry.id}", **values)

    async def download(self, request: Request) -> Response:
        """Send one of the results to be saved."""
        entry = await self._desk.find(request.path_params["id"])
        name = request.path_params["name"]
        if name not in _DOWNLOADS:
            raise ProblemError(404, "There is no such file.")
        kind, save_as = _DOWNLOADS[name]
        return content.sent(self._desk.result(entry, name), kind, save_as=save_as)

    async def download_redacted(self, request: Request) -> Response:
        """Send the redacted log; while it is being made, say so and try again."""
        entry = await self._desk.find(request.path_params["id"])
        found = await self._desk.redacted(entry, visitor_of(request))
        if found is None:
            page = self._page(request, "redacting.html.j2", entry=entry)
            page.headers["Refresh"] = "2"
            return page
        return content.redacted(*found)

    async def ask_deletion(self, request: Request) -> Response:
        """Ask whether a diagnosis is really to be deleted."""
        entry = await self._desk.find_own(request.path_params["id"], visitor_of(request))
        return self._page(request, "delete.html.j2", entry=entry)

    async def delete(self, request: Request) -> Response:
        """Delete a diagnosis, from its form."""
        self._check_form(request, await _fields(request))
        entry = await self._desk.find_own(request.path_params["id"], visitor_of(request))
        await self._desk.delete(entry.id)
        return self._page(request, "deleted.html.j2")

    async def show_login(self, request: Request) -> Response:
        """Ask for the access token."""
        target = _local(request.query_params.get("next", "/"))
        if visitor_of(request).allowed:
            return RedirectResponse(target, 303)
        return self._page(request, "login.html.j2", next=target, wrong=False)

    async def log_in(self, request: Request) -> Response:
        """Take the access token."""
        fields = await _fields(request)
        self._check_form(request, fields)
        wait = self._logins.take(visitor_of(request).address)
        if wait:
            raise too_many("The access token was tried too often.", wait)
        target = _local(fields.get("next", "/"))
        if not self._sessions.is_token(fields.get("token", "")):
            page = self._page(request, "login.html.j2", next=target, wrong=True)
            page.status_code = 403
            return page
        response = RedirectResponse(target, 303)
        self._sessions.begin(response, allowed=True)
        return response

    async def log_out(self, request: Request) -> Response:
        """Forget the browser's session."""
        self._check_form(request, await _fields(request))
        response = RedirectResponse("/", 303)
        self._sessions.end(response)
        return response

    async def show_asset(self, request: Request) -> Response:
        """Send a style sheet or script."""
        name = request.path_params["name"]
        found = await asyncio.to_thread(asset, name)
        if found is None:
            raise ProblemError(404, "There is no such file.")
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response(found, headers={"Cache-Control": "public, max-age=31536000, immutable"}, media_type=kind)

    def _check_form(self, request: Request, fields: dict[str, str]) -> None:
        self._sessions.check_origin(request, visitor_of(request), fields.get(_FORM))

    def _page(self, request: Request, template: str, **values: object) -> Response:
        """Return a page, and give the browser a session when it has none."""
        visitor = visitor_of(request)
        response = Response(media_type=content.HTML)
        session = visitor.session or self._sessions.begin(response, allowed=visitor.allowed)
        login = self._desk.settings.token is not None and visitor.allowed
        page = render(template, form_token=self._sessions.form_token(session), login=login, **values)
        response.body = response.render(page)
        response.headers["Content-Length"] = str(len(response.body))
        return response


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a small form. Raises ``ProblemError``: 408 stalled, 413 too large."""
    body = bytearray()
    try:
        async with asyncio.timeout(_FORM_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST_FORM:
                    raise ProblemError(413, "The form is too large.")
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except TimeoutError as error:
        raise ProblemError(408, "The form did not come to its end.") from error
    except ValueError as error:
        raise ProblemError(413, "The form has too many fields.") from error


def _local(target: str) -> str:
    """Return ``target`` when it is an address on this server, else the first page."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if safe else "/"
