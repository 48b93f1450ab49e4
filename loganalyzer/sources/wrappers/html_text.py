"""Text saved as HTML: characters written as entities, and tags around and behind the lines."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAG = re.compile(
    rb"</?(?:html|head|title|body|div|span|pre|code|p|br|ul|ol|li|table|tbody|tr|td|b|i|em|strong|font|blockquote|details|summary)"
    rb"(?:\s[^<>\n]{0,300})?/?>"
)
# What was written twice has the ampersands of its entities as entities.
_ENTITY = re.compile(rb"&(?:amp;)*+(?:(?:lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9A-Fa-f]{1,5});|(?<=;))")
_AMPERSANDS = re.compile(rb"&(?:amp;)*")
_LINE = re.compile(rb"&(?:amp;)*+(?:lt|gt|quot|apos|nbsp|#39|#x27|#34);|<br\s*/?>\s*$")
_BARE = re.compile(rb"[<>]")
_LEAST_LINES = 2


def _text(match: re.Match[bytes]) -> bytes:
    entity = _AMPERSANDS.sub(b"&", match[0])
    return unescape(entity.decode("ascii")).replace("\xa0", " ").encode("utf-8", "replace")


def _without_markup(data: bytes) -> bytes:
    return _ENTITY.sub(_text, _TAG.sub(b"", data))


class Html(Wrapper):
    """Lines of a web page or of a mail in HTML, as they stand in its source."""

    name: ClassVar[str] = "html"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``. Where a bare ``<`` stands that begins no tag, it is no HTML."""
        marked = sum(1 for line in lines if _LINE.search(line))
        if marked < _LEAST_LINES or any(_BARE.search(_TAG.sub(b"", line)) for line in lines):
            return 0.0
        return share(lines, _LINE.search)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_without_markup)
