"""Tells by its beginning what a post is written in."""

from __future__ import annotations

import re
from enum import StrEnum

from loganalyzer.sources.containers.magic import known_fields

HEAD_SIZE = 8192

_MBOX = re.compile(rb"\A\s*From \S+.{0,80}\d\d:\d\d(?::\d\d)?.{0,40}\d{4}[^\n]*\r?\n[A-Za-z][A-Za-z0-9-]*:")
_PAGE = re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?"
                   rb"<(?:!doctype html|html|head|body|div|p|article|table)\b",
                   re.IGNORECASE | re.DOTALL)  # fmt: skip
_TOPIC = re.compile(rb'"(?:cooked|raw|post_stream|topic_id)"\s*:')
_SIGNED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
_FEWEST_FIELDS = 2


class PostFormat(StrEnum):
    """What a post is written in. ``FILE`` is an archive or a compressed file."""

    MAIL = "mail"
    MBOX = "mbox"
    DISCOURSE = "discourse"
    HTML = "html"
    TEXT = "text"
    FILE = "file"


def format_of(name: str, head: bytes) -> PostFormat:
    """The format of a post by its name and its first :data:`HEAD_SIZE` bytes; plain text where nothing else fits."""
    ending = name.lower().rpartition(".")[2]
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(_SIGNED) or head[257:262] == b"ustar":
        return PostFormat.FILE
    if _MBOX.match(head):
        return PostFormat.MBOX
    if known_fields(head) >= (1 if ending == "eml" else _FEWEST_FIELDS):
        return PostFormat.MAIL
    if _PAGE.match(head):
        return PostFormat.HTML
    if head.lstrip()[:1] in (b"{", b"[") and _TOPIC.search(head):
        return PostFormat.DISCOURSE
    return PostFormat.TEXT
