"""The text of documents that are XML in a zip archive: paragraphs and rows of tables, as lines.

Word (docx, ECMA-376 part 1, 17.3) and LibreOffice (odt, ods: OpenDocument 1.3 part 3, 5 and 9). A table of a text
document gives a line for each paragraph, a sheet a line for each row; the rows of a sheet keep their numbers.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from loganalyzer.sources.containers.limits import Peekable, Pieces, UnreadableError
from loganalyzer.sources.containers.sheet_rows import RowReader
from loganalyzer.sources.containers.text_reader import Format, TextReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from loganalyzer.sources.containers.limits import Budget, Source

_SMALL = 1 << 20
_WORD = Format(
    text=frozenset({"w:t"}),
    lines=frozenset({"w:p"}),
    written={"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"},
    # Properties of a paragraph have tabs, too: where these stop.
    silent=frozenset({"w:pPr", "mc:Fallback"}),
)
_PARAGRAPHS = frozenset({"text:p", "text:h"})
_OPEN_TEXT = Format(
    text=_PARAGRAPHS,
    lines=_PARAGRAPHS,
    written={"text:s": " ", "text:tab": "\t", "text:line-break": "\n"},
    silent=frozenset({"text:tracked-changes", "text:note", "office:annotation"}),
    folds=True,
)
_OPEN_SHEETS = Format(
    text=_PARAGRAPHS,
    lines=_PARAGRAPHS,
    written=_OPEN_TEXT.written,
    silent=frozenset({*_OPEN_TEXT.silent, "table:shapes"}),
    sheet="table:table",
    row="table:table-row",
    cell=frozenset({"table:table-cell", "table:covered-table-cell"}),
    folds=True,
)
#: Members of a document of LibreOffice that say what it is, and what its members are.
_KIND, _MANIFEST = "mimetype", "META-INF/manifest.xml"
_SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
#: The member of an archive that holds the text, where the archive has all of these members.
_MEMBERS = {
    "word/document.xml": ({"word/document.xml"}, _WORD),
    "content.xml": ({"content.xml", _KIND}, _OPEN_TEXT),
}


def document_in(names: AbstractSet[str]) -> str | None:
    """Return which of the members of an archive is the text of a document; ``None`` where it is none."""
    return next((member for member, (needed, _) in _MEMBERS.items() if needed <= names), None)


def texts_of(opened: Callable[[str], Source], names: AbstractSet[str], budget: Budget) -> Iterator[tuple[str, Source]]:
    """Yield the texts of a document, each to be read before the next one: of sheets, with their names.

    ``names`` are those of the members of the archive, which ``opened`` opens. Raises ``UnreadableError``, as the texts
    do, for what cannot be read.
    """

    def beginning(name: str) -> bytes:
        return Peekable(opened(name)).peek(_SMALL) if name in names else b""

    member = document_in(names)
    if member is None or _is_encrypted(beginning(_MANIFEST)):
        raise UnreadableError("it has a password; save it without one")
    form = _OPEN_SHEETS if beginning(_KIND).startswith(_SHEETS) else _MEMBERS[member][1]
    reader = RowReader(form, budget) if form.row else _ParagraphReader(form, budget)
    for name, pieces in groupby(reader.pieces(opened(member)), itemgetter(0)):
        yield name or "text", Pieces(piece for _, piece in pieces)


def _is_encrypted(manifest: bytes) -> bool:
    """Return whether a document of LibreOffice has a password (OpenDocument 1.3 part 2, 4.4)."""
    return b":encryption-data" in manifest


class _ParagraphReader(TextReader):
    """Reads a text document."""

    def __init__(self, form: Format, budget: Budget) -> None:
        super().__init__(form, budget)
        self._parts: list[str] = []

    def put(self, text: str) -> None:
        """See ``TextReader``."""
        self.count(len(text))
        self._parts.append(text)

    def pieces(self, source: Source) -> Iterator[tuple[str, bytes]]:
        """Yield the text in pieces, each with an empty name."""
        for _ in self.parse(source):
            if self._parts:
                yield "", "".join(self._parts).encode("utf-8", "replace")
            self._parts.clear()
