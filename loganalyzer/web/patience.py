"""Ends connections whose request does not come: uvicorn itself waits for ever for the rest of a request's head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

_BODY = (
    b'{"type": "about:blank", "title": "Request Timeout", "status": 408, '
    b'"detail": "The request did not come in time."}\n'
)
_HEADERS = [
    ("content-type", "application/problem+json"),
    ("content-length", str(len(_BODY))),
    ("connection", "close"),
]


def patient_protocol(seconds: float) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP/1.1, with ``seconds`` for the head of each request once it begins, and for the first."""
    return type("PatientProtocol", (_PatientProtocol,), {"seconds": seconds})


class _PatientProtocol(H11Protocol):
    seconds: float

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 -- uvicorn's
        super().__init__(*arguments, **options)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end()
        elif self._timer is None:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._give_up)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.transport.is_closing() or {self.conn.their_state, self.conn.our_state} != {h11.IDLE}:
            return
        response = h11.Response(status_code=408, headers=_HEADERS)
        for event in (response, h11.Data(data=_BODY), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
