"""Orthanc's REST API as the recorder uses it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from tools.record.processes import RecordingError
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

Answer = tuple[int, Any]


class Rest:
    """Calls to one Orthanc; answers are ``(HTTP status, decoded JSON or text)``, failures included."""

    def __init__(self, port: int) -> None:
        self._base = f"http://{LOOPBACK}:{port}"
        # No proxy of the environment may come between the recorder and loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        user: tuple[str, str] | None = None,
        seconds: float = 120,
    ) -> Answer:
        """One call; the HTTP status and the decoded body."""
        request = urllib.request.Request(self._base + path, data=body, method=method)  # noqa: S310 - always http to loopback
        if user is not None:
            request.add_header("Authorization", "Basic " + base64.b64encode(":".join(user).encode()).decode())
        try:
            with self._opener.open(request, timeout=seconds) as answer:
                return answer.status, _decoded(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())

    def get(self, path: str) -> Answer:
        """GET."""
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Answer:  # noqa: ANN401 - any JSON
        """POST of a JSON body."""
        return self.call("POST", path, json.dumps(body).encode())

    def upload(self, path: Path) -> str:
        """Orthanc's identifier of the instance in a file; raises RecordingError when it is refused."""
        status, answer = self.call("POST", "/instances", path.read_bytes())
        if status != 200 or not isinstance(answer, dict):
            message = f"upload of {path.name} answered {status}: {answer}"
            raise RecordingError(message)
        return str(answer["ID"])


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")
