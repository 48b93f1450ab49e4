"""Remembers rewritten lines: most lines of a log are the same as earlier ones but for the stamp and the identifiers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from loganalyzer.records.header import STAMP_END
from loganalyzer.redact.kinds import Context, Kind
from loganalyzer.sources.evidence import HEADER

if TYPE_CHECKING:
    from loganalyzer.redact.rewrite import Rewriter, Tally

#: The stamp that every record of Orthanc begins with; it is never changed.
DATED = re.compile(HEADER)
#: What makes lines differ that are otherwise the same, and is rewritten alike wherever it stands: identifiers of
#: Orthanc, UIDs, measured sizes and times.
_MEASURE = rb"(?<![\w.])\d{1,4}\.\d\d(?:[KMG]?B|[mun]?s|[kKMG]?bps)(?!\w)"
_VARYING = re.compile(
    rb"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-){4}[0-9a-f]{8}(?![0-9A-Za-z-])"
    rb"|(?<![0-9A-Za-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9A-Za-z])"
    rb"|(?<![0-9A-Za-z.])\d+(?:\.\d+){5,}(?![0-9A-Za-z.])|" + _MEASURE
)
_MEASURED = re.compile(_MEASURE)
_SHAPED = Context("identifier of its own shape", value=Kind.UID)
_MAX_LINES = 100_000
_MAX_LENGTH = 500


@dataclass(slots=True)
class KnownLine:
    """A rewritten line: the result, the context that it leaves behind, what it counted, and how often it came again.

    ``free`` names the origin of free text in it, if there is some.
    """

    text: bytes
    context: Context
    tally: Tally
    free: str
    hits: int = 0


@dataclass(slots=True)
class _Form:
    """A rewritten line without what varies in it: the parts around the varying pieces."""

    parts: list[bytes]
    known: KnownLine


class LineMemory:
    """Knows lines by what is behind the stamp, or by the context where they have none.

    ``counts`` and ``free_lines`` are complete after ``settle``.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._stamped: dict[bytes, KnownLine] = {}
        self._bare: dict[tuple[Context, str], dict[bytes, KnownLine]] = {}
        self._forms: dict[bytes, _Form] = {}
        self._pieces: dict[bytes, tuple[bytes, Tally]] = {}
        self.counts: Counter[tuple[Kind, str]] = Counter()
        self.free_lines: Counter[str] = Counter()

    def stamped(self, rest: bytes) -> tuple[KnownLine, bytes] | None:
        """The result for what stands behind a stamp, if it is known."""
        known = self._stamped.get(rest)
        if known is not None:
            return known, known.text
        pieces = _VARYING.findall(rest)
        if not pieces or (form := self._forms.get(_VARYING.sub(b"\0", rest))) is None:
            return None
        made = [form.parts[0]]
        for piece, part in zip(pieces, form.parts[1:], strict=True):
            text, tally = self._piece(piece)
            for key in tally:
                self.counts[key] += 1
            made += [text, part]
        return form.known, b"".join(made)

    def bare(self, context: Context, charset: str) -> dict[bytes, KnownLine]:
        """The lines without a stamp that are known in a context."""
        return self._bare.setdefault((context, charset), {})

    def remember(self, line: bytes, known: KnownLine, bare: dict[bytes, KnownLine]) -> None:
        """Remember what became of a line about which nothing but itself and the context decides."""
        if len(line) > _MAX_LENGTH:
            return
        stamp = DATED.match(line)
        if stamp is None:
            self._store(bare, line, known)
        elif known.text.startswith(stamp[0]):
            known.text = known.text[STAMP_END:]
            rest = line[STAMP_END:]
            if not self._remember_form(rest, known):
                self._store(self._stamped, rest, known)

    def settle(self) -> None:
        """Count what the lines that came again count."""
        lines = chain(self._stamped.values(), *(bare.values() for bare in self._bare.values()))
        for known in chain(lines, (form.known for form in self._forms.values())):
            if known.hits:
                if known.free:
                    self.free_lines[known.free] += known.hits
                for key in known.tally:
                    self.counts[key] += known.hits
                known.hits = 0

    def _store(self, lines: dict[bytes, KnownLine], line: bytes, known: KnownLine) -> None:
        if len(lines) >= _MAX_LINES:
            self.settle()
            lines.clear()
        lines[line] = known

    def _piece(self, piece: bytes) -> tuple[bytes, Tally]:
        """What stands for a piece that is recognised by its shape, wherever it stands."""
        known = self._pieces.get(piece)
        if known is None:
            known = piece, ()
            if _MEASURED.fullmatch(piece) is None:
                known = self._rewriter.tallied(lambda: self._rewriter.rewrite(piece, _SHAPED))
            if len(self._pieces) >= _MAX_LINES:
                self._pieces.clear()
            self._pieces[piece] = known
        return known

    def _remember_form(self, rest: bytes, known: KnownLine) -> bool:
        """Remember a line without what varies in it; False when nothing does, or not by its shape alone."""
        pieces = _VARYING.findall(rest)
        if not pieces or b"\0" in rest or b"\0" in known.text:
            return False
        if [self._piece(piece)[0] for piece in pieces] != _VARYING.findall(known.text):
            return False
        fixed = Counter(known.tally)
        fixed.subtract(key for piece in pieces for key in self._piece(piece)[1])
        known.tally = tuple((+fixed).elements())
        if len(self._forms) >= _MAX_LINES:
            self.settle()
            self._forms.clear()
        self._forms[_VARYING.sub(b"\0", rest)] = _Form(_VARYING.sub(b"\0", known.text).split(b"\0"), known)
        return True
