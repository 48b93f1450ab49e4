"""Who is asking: a browser's session, the access token, and whether a form was really sent from one of our pages.

Nothing of it is stored. A cookie is a random number signed by the server's secret, with the access token in the key
when it was given: another token ends all logins.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.web.entry import Client
from loganalyzer.web.problem import ProblemError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from loganalyzer.web.entry import Entry
    from loganalyzer.web.settings import Settings

_AGE_S = 30 * 86_400
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sent one request. ``session`` is None for programs, ``allowed``: may use the server."""

    address: str
    session: str | None
    allowed: bool
    bearer: bool

    @property
    def owner(self) -> str | None:
        """The session as the store knows it."""
        return None if self.session is None else _digest(self.session)

    @property
    def client(self) -> Client:
        """Whose turn it is in the queue."""
        return Client(_digest(self.address), self.owner or "")

    def may_delete(self, entry: Entry) -> bool:
        """Whether the diagnosis is this visitor's own: uploaded in this session, or by a program that knew the link."""
        return self.bearer or entry.owner is None or entry.owner == self.owner


class Sessions:
    """The sessions of one server."""

    def __init__(self, settings: Settings, secret: bytes) -> None:
        self._settings = settings
        self._anonymous = secret
        token = settings.token or ""
        self._key = hmac.digest(secret, token.encode("utf-8", "surrogateescape"), "sha256") if token else secret
        # The name makes browsers refuse it from other hosts and without encryption, where there is encryption.
        self._cookie = "__Host-loganalyzer" if settings.secure else "loganalyzer"

    def visitor(self, request: Request) -> Visitor:
        """Return who sent ``request``. Raises ``ProblemError`` (401) for a wrong bearer token."""
        address = request.client.host if request.client else ""
        cookie = request.cookies.get(self._cookie, "")
        bearer = self._bearer(request)
        session = self._valid(cookie, self._key)
        allowed = bearer or self._settings.token is None or session is not None
        if session is None and not bearer:
            session = self._valid(cookie, self._anonymous)
        return Visitor(address, session, allowed, bearer)

    def _bearer(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if self._settings.token is None or scheme.lower() != "bearer":
            return False
        if not self.is_token(given.strip()):
            raise ProblemError(401, "The access token is wrong.", {"WWW-Authenticate": "Bearer"})
        return True

    def is_token(self, given: str) -> bool:
        """Whether ``given`` is the access token."""
        expected = (self._settings.token or "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected)

    def _valid(self, cookie: str, key: bytes) -> str | None:
        """Return the session in a cookie, None unless it was signed with ``key`` and is not too old."""
        session, _, rest = cookie[:_LONGEST].partition(".")
        issued, _, signature = rest.partition(".")
        expected = _signature(key, f"{session}.{issued}").encode()
        if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
            return None
        return session if time.time() - int(issued) < _AGE_S else None

    def begin(self, response: Response, *, allowed: bool) -> str:
        """Give the browser a session with ``response``; ``allowed``: the access token was given, or needs not be."""
        session = f"{secrets.token_urlsafe(32)}"
        value = f"{session}.{int(time.time())}"
        signature = _signature(self._key if allowed else self._anonymous, value)
        response.set_cookie(
            self._cookie, f"{value}.{signature}", max_age=_AGE_S, path="/", secure=self._settings.secure,
            httponly=True, samesite="lax",
        )  # fmt: skip
        return session

    def end(self, response: Response) -> None:
        """Take the browser's session away with ``response``."""
        response.delete_cookie(self._cookie, path="/", secure=self._settings.secure, httponly=True, samesite="lax")

    def form_token(self, session: str) -> str:
        """Return what a form carries to show that it was sent from a page of this session."""
        return _signature(self._anonymous, f"form:{session}")

    def check_origin(self, request: Request, visitor: Visitor, form_token: str | None) -> None:
        """Refuse a request that changes something when it was sent by a page of somebody else.

        ``form_token`` is what the form or the header brought. Raises ``ProblemError`` (403).
        """
        if visitor.bearer:
            return
        right_token = visitor.session is not None and hmac.compare_digest(
            (form_token or "").encode("utf-8", "replace"), self.form_token(visitor.session).encode()
        )
        if self.is_foreign(request, right_token=right_token) or (visitor.session is not None and not right_token):
            raise ProblemError(403, "This was not sent from a page of this server. Open the page and try again.")

    def is_foreign(self, request: Request, *, right_token: bool) -> bool:
        """Whether the browser says that a page of somebody else sent the request.

        Browsers send ``Sec-Fetch-Site`` to trustworthy addresses only, and ``Origin: null`` for our own forms, because
        our pages ask for no referrer; then the token decides. Programs send neither.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = request.headers.get("origin")
        if origin is None:
            return False
        return not right_token if origin == "null" else origin.partition("://")[2] != request.headers.get("host")


def _signature(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
