"""Reads many JSON objects of one and the same shape by one regular expression, made of the first of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_INSIDE = rb'[^"\\\n]*(?:\\.[^"\\\n]*)*'
_TOKEN = re.compile(rb'"(' + _INSIDE + rb')"([ \t]*:)?|-?\d[\d.eE+-]*|[{}]|[^"{}\d-]+|-')
_MOST_TOKENS = 300
_LINE_FEED = rb"\n"


def shape_of(line: bytes, message: str, literal: Collection[str]) -> re.Pattern[bytes] | None:
    """A pattern for lines that differ from ``line``, a JSON object, in their values only; its group is the message.

    ``message`` is the name of the message's field in the outermost object. The values of the fields ``literal``, at any
    depth, must be the same. ``None`` where there is no such field, or too much in the line.
    """
    made: list[bytes] = []
    depth, name, groups = 0, "", 0
    for count, token in enumerate(_TOKEN.finditer(line)):
        text, inside, colon = token[0], token[1], token[2]
        if count > _MOST_TOKENS:
            return None
        if inside is None:
            depth += (text == b"{") - (text == b"}")
            made.append(rb"-?[\d.eE+-]+" if text[:1].isdigit() or text[:1] == b"-" else re.escape(text))
        elif colon is not None:
            name = inside.decode("utf-8", "replace")
            made.append(re.escape(text))
        elif name == message and depth == 1:
            groups += 1
            end = re.escape(_LINE_FEED) if inside.endswith(_LINE_FEED) else b""
            made.append(rb'"(' + _INSIDE + rb")" + end + rb'"')
        else:
            made.append(re.escape(text) if name in literal else rb'"' + _INSIDE + rb'"')
    return re.compile(rb"\n" + b"".join(made) + rb"(?=\n)") if groups == 1 else None


def unescaped(messages: bytes) -> bytes | None:
    """The texts of JSON strings, one a line, without the escapes; ``None`` where one is of several lines or no JSON.

    A ``NUL`` and a carriage return, which need a closer look, are answered with ``None``, too.
    """
    if b"\\" not in messages:
        return None if b'"' in messages else messages
    if rb"\r" in messages or rb"\u0000" in messages or rb"\u000d" in messages.lower():
        return None
    try:
        text = json.loads(f'"{messages.decode("utf-8", "surrogateescape")}"', strict=False)
    except ValueError:
        return None
    found = as_bytes(text)
    return found if found.count(b"\n") == messages.count(b"\n") else None


def as_bytes(text: str) -> bytes:
    """Return a JSON string as the bytes that were logged, as far as JSON could hold them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
