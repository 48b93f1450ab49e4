"""What the person who starts the server decides."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30
DAY_S = 86_400.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve. Sizes are bytes, times seconds.

    - ``data``: the folder for everything that is kept; it is made, for its owner only.
    - ``token``: without it nothing but ``/healthz`` and the login page is answered.
    - ``store``: False keeps nothing on disk once a diagnosis has ended.
    - ``retention``: how long a diagnosis is kept.
    - ``public_url``: where people reach the server through a proxy, which is then believed about clients' addresses.
    - ``max_upload``, ``max_files``: of one upload; ``max_expanded``: what may come out of compressed files in it.
    - ``workers``: diagnoses at a time; ``memory`` and ``time_limit`` hold for each of them.
    - ``queue``: diagnoses that may wait; ``rate``: uploads a minute from one address.
    - ``idle``: how long a client may send nothing in the middle of a request.
    - ``held``: what diagnoses may take in memory when nothing is stored.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    store: bool = True
    retention: float = 7 * DAY_S
    public_url: str | None = None
    patterns: tuple[str, ...] = ()
    max_upload: int = GIB
    max_files: int = 100
    max_expanded: int = 4 * GIB
    workers: int = field(default_factory=lambda: max(1, min(2, os.cpu_count() or 1)))
    memory: int = 2 * GIB
    time_limit: float = 900.0
    queue: int = 100
    rate: int = 60
    idle: float = 20.0
    held: int = 256 * MIB

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the server directly."""
        return self.host in _LOOPBACK

    @property
    def secure(self) -> bool:
        """Whether people reach the server by HTTPS."""
        return (self.public_url or "").startswith("https://")

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names under which the server may be asked, None when it cannot know them.

        A page elsewhere could point a name of its own at this machine and read answers; see DNS rebinding.
        """
        if not self.loopback and self.public_url is None:
            return None
        public = urlsplit(self.public_url).hostname if self.public_url else None
        return frozenset({*_LOOPBACK, self.host, *([public] if public else [])})
