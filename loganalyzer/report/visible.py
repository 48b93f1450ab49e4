r"""Makes text of a log safe to show: what a reader cannot see, or what acts on a terminal, is written out.

Control characters, direction and joining marks, line separators, surrogates and the like become ``\n``, ``\x1b``,
``\u202e``; a byte that no encoding explained (PEP 383) becomes ``\xe9``. Everything else stays as it is.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2000
"""Characters of one text that a report shows; a log may hold lines of megabytes."""

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str, limit: int = LONGEST) -> str:
    """Return ``text`` with everything invisible or active written out: one line of valid Unicode.

    At most ``limit`` characters of ``text`` are shown, an ellipsis says so; the rest is not looked at.
    """
    if len(text) <= limit:
        return _HIDDEN.sub(_written_out, text)
    return _HIDDEN.sub(_written_out, text[: max(0, limit - 1)]) + "…"


def paragraphs(text: str, limit: int = LONGEST) -> list[str]:
    """Return the paragraphs of a longer text (empty lines part them), each as one visible line."""
    parts = re.split(r"\n\s*\n", text[: limit + 1])
    return [visible(" ".join(part.split()), limit) for part in parts if part.strip()]


def columns(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: East Asian wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_column(character) for character in text)


def _column(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
