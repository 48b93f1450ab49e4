"""Starts and stops the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from loganalyzer.web.app import Application
from loganalyzer.web.patience import patient_protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loganalyzer.web.settings import Settings

_GRACE_S = 5
_BACKLOG = 256


class ServeError(Exception):
    """The server cannot start; the message is one sentence."""


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``announce`` is told the address once connections are accepted.

    Raises ``ServeError``, ``DataFolderError``, ``StoreError``.
    """
    os.umask(0o077)
    _log_to_stderr()
    listener = _listener(settings)
    try:
        asyncio.run(_serve(settings, listener, announce))
    finally:
        listener.close()


async def _serve(settings: Settings, listener: socket.socket, announce: Callable[[str], None]) -> None:
    application = Application(settings)
    config = uvicorn.Config(
        application.asgi, http=patient_protocol(settings.idle), ws="none", lifespan="on", loop="none", log_config=None,
        access_log=False, server_header=False, proxy_headers=settings.public_url is not None,
        forwarded_allow_ips=["127.0.0.1", "::1"],
        timeout_graceful_shutdown=_GRACE_S,
    )  # fmt: skip
    await _Server(config, application, lambda: announce(_url(settings, listener))).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and ends in peace."""

    def __init__(self, config: uvicorn.Config, application: Application, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._application = application
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.end_streams()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but a stop that was asked for is no failure: the signal is not raised again."""
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in stops}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listener(settings: Settings) -> socket.socket:
    """Return the listening socket. Raises ``ServeError``."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = found[0]
        # With the protocol named, asyncio sets TCP_NODELAY; without, every answer waits 40 ms for an acknowledgement.
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:  # UnicodeError: no name of a host
        reason = (getattr(error, "strerror", None) or "it is no address").lower()
        raise ServeError(f"cannot listen on {settings.host}, port {settings.port}: {reason}") from error
    return listener


def _url(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _log_to_stderr() -> None:
    """The server's own log, on standard error. Libraries may quote what they were given, so theirs is dropped."""
    logging.getLogger().addHandler(logging.NullHandler())
    own = logging.getLogger("loganalyzer.web")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    own.propagate = False
