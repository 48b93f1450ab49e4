"""The text of an HTML page, as a reader sees it; scripts, styles and everything hidden stay out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "object", "title", "math"})
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
     "section", "article", "header", "footer", "details", "summary", "dt", "dd", "aside"}
)  # fmt: skip
_CELLS = frozenset({"td", "th"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,30})""", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n\s*+")
_LOOKED_AT = 4096
_MOST_HELD = 1 << 20
_LONGEST_TAG = 1 << 11


class PageReader(HTMLParser):
    """Collects text: ``parts``, each with the line of the page that it begins on, whose last one may go on.

    ``pictures`` are the names of images shown in the page.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[int, str]] = []
        self.pictures: list[str] = []
        self._silent: list[str] = []
        self._kept = 0

    def feed(self, data: str) -> None:
        """Take the next part of a page."""
        super().feed(data)
        if len(self.rawdata) > _MOST_HELD:
            self._take_as_text()

    def close(self) -> None:
        """Take what is left."""
        if len(self.rawdata) > _LONGEST_TAG:
            # The parser would look for the end of a tag behind each of its beginnings.
            self._take_as_text()
        super().close()

    def _take_as_text(self) -> None:
        """Give up a tag, a comment or a script that does not end."""
        self.handle_data(self.rawdata)
        self.updatepos(0, len(self.rawdata))
        self.rawdata = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; what is not shown is passed over."""
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "pre":
            self._kept += 1
        elif tag == "img" and "emoji" not in (dict(attrs).get("class") or ""):
            values = dict(attrs)
            self.pictures.append((values.get("alt") or values.get("src") or "picture").rsplit("/", 1)[-1][:100])
        if tag in _BLOCKS and not self._silent:
            self._break()
        elif tag in _CELLS and self._is_open and not self._silent:
            self._put("\t")

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line."""
        if self._silent:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
            return
        if tag == "pre" and self._kept:
            self._kept -= 1
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        """A line end of the source is a blank, except in ``pre``; blanks are kept, as a log has them."""
        if self._silent:
            return
        if self._kept:
            self._put(data)
            return
        above = 0
        if not self._is_open:
            blanks = data[: len(data) - len(data.lstrip())]
            above = blanks.count("\n")
            data = blanks.rpartition("\n")[2] + data[len(blanks) :]
        text = _LINE_ENDS.sub(" ", data)
        if text.strip() or self._is_open:
            self._put(text, above)

    @property
    def _is_open(self) -> bool:
        return bool(self.parts) and not self.parts[-1][1].endswith("\n")

    def _break(self) -> None:
        # What the source has between the tags at the end of a line is not shown.
        while self._is_open and not self.parts[-1][1].strip():
            self.parts.pop()
        if self._is_open:
            self._put("\n")

    def _put(self, text: str, above: int = 0) -> None:
        self.parts.append((self.getpos()[0] + above, text))


def text_of_html(page: str) -> tuple[str, tuple[str, ...]]:
    """The visible text of a page and the names of the pictures in it. Any text is accepted."""
    reader = PageReader()
    reader.feed(page)
    reader.close()
    return "".join(text for _, text in reader.parts), tuple(reader.pictures)


def decoded_page(data: bytes) -> str:
    """The characters of a page: as it says itself, else UTF-8, else Windows-1252."""
    named = _CHARSET.search(data[:_LOOKED_AT])
    for charset in ([named[1].decode("ascii")] if named else []) + ["utf-8"]:
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")
