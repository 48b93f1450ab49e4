"""What a running Orthanc says of its configuration. Asked only where a person gives the address of one.

``/system``, ``/modalities?expand`` and ``/tools/log-level`` of the REST API (Orthanc Book, "REST API") tell a part of
the configuration that is in force; of all other options nothing is known then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from loganalyzer.config.commented_json import JsonError, parse
from loganalyzer.config.document import Kind, Node
from loganalyzer.sources.block import Problem
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from urllib.request import Request

SCHEMES = ("http://", "https://")
TIMEOUT_S = 5.0
MAX_BYTES = 4_000_000
_TOLD = ("DicomAet", "DicomPort", "HttpPort", "Name", "CheckRevisions", "StorageCompression")
"""Members of the answer of /system that are options of the same name."""

_UNAUTHORIZED, _NOT_FOUND = 401, 404


@dataclass(frozen=True, slots=True)
class Live:
    """What one running Orthanc told; ``url`` without user and password, ``level`` None where it cannot be asked."""

    url: str
    options: dict[str, Node]
    version: Node | None = None
    level: Node | None = None


class _UnansweredError(Exception):
    """One sentence: why there is no answer."""

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(what)
        self.status = status


def is_live(path: object) -> bool:
    """Whether a source of a configuration is the address of a running Orthanc."""
    return str(path).lower().startswith(SCHEMES)


def with_password(url: str, password: str) -> str:
    """The address with a password, where it has a user without one."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def lacks_password(url: str) -> bool:
    """Whether an address names a user and no password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.username) and parts.password is None


def ask(url: str) -> tuple[Live | None, Problem | None]:
    """What the Orthanc at ``url`` tells, else why it tells nothing; nothing is raised."""
    shown = _shown(url)
    try:
        system = _answer(url, "/system")
        modalities = _answer(url, "/modalities?expand")
        level = _level(url)
    except _UnansweredError as unanswered:
        return None, Problem(shown, str(unanswered))
    version = system.members.get("Version")
    if system.kind is not Kind.OBJECT or modalities.kind is not Kind.OBJECT or version is None:
        return None, Problem(shown, texts()("configuration.live.no_orthanc"))
    options = {name: node for name in _TOLD if (node := system.members.get(name)) is not None}
    section = Node(Kind.OBJECT, modalities.file, 1, members=modalities.members, name="DicomModalities")
    return Live(shown, options | {"DicomModalities": section}, version, level), None


def _shown(url: str) -> str:
    """The address without user and password."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    except ValueError:
        return "http://"


def _level(url: str) -> Node | None:
    """The level of the log, a text, where this version of Orthanc tells it."""
    try:
        body = _fetched(url, "/tools/log-level")
    except _UnansweredError as unanswered:
        if unanswered.status == _NOT_FOUND:
            return None
        raise
    return Node(Kind.STRING, f"{_shown(url)}/tools/log-level", 1, body.strip()[:20], name="log-level")


def _answer(url: str, path: str) -> Node:
    place = _shown(url) + path
    try:
        return parse(_fetched(url, path), place)
    except JsonError:
        raise _UnansweredError(texts()("configuration.live.no_orthanc")) from None


def _fetched(url: str, path: str) -> str:
    """The body of a GET, as text. No proxy of the environment is asked, and no redirection followed."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

    class _Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 -- as it is inherited
            return None

    say = texts()
    try:
        opener = build_opener(ProxyHandler({}), _Stay())
        with opener.open(_request(url, path), timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read(MAX_BYTES + 1)
    except HTTPError as error:
        key = "unauthorized" if error.code == _UNAUTHORIZED else "status"
        raise _UnansweredError(say(f"configuration.live.{key}", status=error.code), error.code) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None)
        why = getattr(reason, "strerror", None) or getattr(error, "strerror", None) or type(reason or error).__name__
        raise _UnansweredError(say("configuration.live.unreachable", why=why)) from None
    if len(body) > MAX_BYTES:
        raise _UnansweredError(say("configuration.live.no_orthanc"))
    return body.decode("utf-8", "replace")


def _request(url: str, path: str) -> Request:
    from base64 import b64encode
    from urllib.request import Request

    parts = urlsplit(url)
    request = Request(_shown(url) + path)  # noqa: S310 -- is_live() lets pass no other scheme
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", "Basic " + b64encode(pair.encode()).decode("ascii"))
    return request
