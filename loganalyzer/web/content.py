"""Sends results: whole, in pieces, as a file to save, or as the page of a diagnosis."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from loganalyzer.web.results import Content

_HEAD = 1 << 18
_HEADER = b'<header class="top">'
_META_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
JSON, HTML, MARKDOWN, TEXT = "application/json", "text/html", "text/markdown", "text/plain"


def sent(content: Content, media_type: str, *, save_as: str | None = None) -> StreamingResponse:
    """Return an answer with all of ``content``; ``save_as`` is the name of the file that browsers save."""
    headers = {"Content-Length": str(content.size)}
    if save_as is not None:
        headers["Content-Disposition"] = f'attachment; filename="{save_as}"'
    return StreamingResponse(content.chunks(), headers=headers, media_type=media_type)


def redacted(name: str, content: Content) -> StreamingResponse:
    """Return an answer with a redacted log, or an archive of several, to be saved as ``name``."""
    return sent(content, "application/zip" if name.endswith(".zip") else TEXT, save_as=name)


def framed(content: Content, before: bytes, after: bytes) -> StreamingResponse:
    """Return an answer in JSON with ``content`` between two other pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        yield before
        async for chunk in content.chunks():
            yield chunk
        yield after

    length = len(before) + content.size + len(after)
    return StreamingResponse(pieces(), headers={"Content-Length": str(length)}, media_type=JSON)


def report(content: Content, bar: str = "") -> StreamingResponse:
    """Return the HTML report, with ``bar`` before its header and behind the link that skips both.

    The policy that the report sets for itself comes as a header, too, and forbids framing.
    """
    head = content.head(_HEAD)
    place = head.index(_HEADER)
    added = bar.encode("utf-8")

    async def pieces() -> AsyncIterator[bytes]:
        yield head[:place] + added
        async for chunk in content.chunks(place):
            yield chunk

    found = _META_POLICY.search(head)
    policy = html.unescape(found[1].decode("ascii")) if found else "default-src 'none'"
    headers = {
        "Content-Length": str(content.size + len(added)),
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
    }
    return StreamingResponse(pieces(), headers=headers, media_type=HTML)
