"""Lines broken between words, as mail clients (also ``format=flowed``, RFC 3676), editors and ``fold -s`` do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import ANY_STAMP, HEADER
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, Peeler, Wrapper
from loganalyzer.sources.wrappers.rejoining import Rejoiner, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMPED, _ORTHANC = re.compile(ANY_STAMP), re.compile(HEADER)
#: What never goes on with the line before it. In logs of other programs, each line has a stamp.
_BEGINS = ANY_STAMP + rb"|\s|```|~~~|>|Traceback|$"
#: What fo-dicom writes below a request or an acceptance, and the lines of it that are long.
_BEGINS += (
    rb"|(?:Calling AE Title|Called AE Title|Remote host|Remote port|Implementation (?:Class|Version)|Maximum PDU Length"
    rb"|Async Ops (?:Invoked|Performed)|Presentation Contexts):  "
)
_PARAMETER = re.compile(rb"\s+(?:Abstract|Transfer) Syntax:  ")
_BEGINS_OTHER = re.compile(_BEGINS)
_BEGINS += rb"|={3,} [A-Z]|--(?: |$)|#+ [A-Z]|\(\w{4},\w{4}\) [A-Z]{2} "
#: What Orthanc, its plugins and DCMTK print below a line of the log: the first line of it.
_BEGINS_BELOW = re.compile(_BEGINS + rb"|[\[{]\s*$|<class |LINE \d|Result: |terminate called|\] #")
#: The further ones: those of dumps of associations and of JSON, not a bracket or a quotation in a sentence.
_BEGINS_INSIDE = re.compile(
    _BEGINS + rb"|(?:Our|Their) (?:Implementation|Max)|User Identity|(?:Calling|Called|Responding|Application) [A-Z]"
    rb"|(?:Message|Presentation|Affected|Requested|Data|DIMSE|Accepted|Move|Result|Reason)\b[^:]{0,40}:"
    rb'|[{}\[\]]*,?\s*$|[{\[]\s*["{\[]|"[^"\n]*"\s*[:,]|"[^"\n]*"\s*$'
)
#: What stands before a message that begins with blanks.
_PREFIX_ALONE = re.compile(HEADER + rb"[^\]]{1,80}\] ?")
#: A data element, and the remark at its end: between them are blanks.
_ELEMENT, _REMARK = re.compile(rb"(?:[DT]: )?\s*\(\w{4},\w{4}\) "), re.compile(rb"\s*#\s+(?:\d|u/l)")
_HYPHEN = re.compile(rb"\w-$")
_NARROWEST, _WIDEST = 50, 400
#: The lines with a stamp may end before the others do.
_SLACK = 8
_LEAST_SEAMS = 2
_LEAST_SHARE = 0.75
#: Of a text without any stamp, where each line may begin with any word.
_WIDEST_TEXT, _LEAST_SHARE_OF_TEXT = 100, 0.1


@dataclass(slots=True)
class _Seams:
    """A line goes on in the next one whose first word had no room in it, unless that one begins as no rest does.

    With ``keeps_blanks`` a line of one word without a blank at its end was cut within that. Where the client of the one
    who answers has broken a line again, a single word is left over: the next line goes on.
    """

    width: int
    begins: re.Pattern[bytes] = _BEGINS_BELOW
    keeps_blanks: bool = False
    _stamped: bool = False
    _virtual: int = 0

    def __call__(self, line: bytes, following: bytes, *, fresh: bool) -> bytes | None:
        """See ``Seams``."""
        own = width_of(line)
        if fresh:
            self._stamped = _STAMPED.match(line) is not None
        left_over = not fresh and self._stamped and b" " not in line
        self._virtual = self._virtual + 1 + own if left_over else own
        if not line.strip() or (own > self.width + _SLACK and b" " in line.strip()):
            return None
        if not self._can_go_on(line, following, fresh=fresh):
            return None
        rest = following.lstrip(b" ")
        word = len(following) - len(rest) + width_of(rest.partition(b" ")[0])
        if word > _WIDEST or self._virtual + 1 + word <= self.width:
            return None
        # Only a word that fills a line is cut. Behind others, a line that was full has lost its blank (printed to PDF).
        blank_is_there = self.keeps_blanks and (line.endswith(b" ") or b" " not in line.strip())
        return b"" if blank_is_there or _HYPHEN.search(line) else b" "

    def _can_go_on(self, line: bytes, following: bytes, *, fresh: bool) -> bool:
        begins = self.begins if self._stamped else _BEGINS_INSIDE
        if not begins.match(following):
            return True
        if _REMARK.match(following):
            return _ELEMENT.match(line) is not None
        if following.startswith(b" "):
            # A message that begins with blanks, or a line that was cut right before one.
            cut = width_of(line) == self.width and not following.startswith(b"  ")
            return cut or (fresh and _PREFIX_ALONE.fullmatch(line) is not None)
        return False


def _seams_in(lines: Sequence[bytes], least: int = _LEAST_SEAMS) -> _Seams | None:
    """Return what tells where the lines of a log were broken; ``None`` where they were not, in ``least`` places.

    No line with a stamp is wider, and nearly all lines below one, where none of their own begins, had no room in it.
    """
    neighbours = pairwise(lines[:NEIGHBOURS])
    stamped = [(line, after) for line, after in neighbours if _STAMPED.match(line) or _PARAMETER.match(line)]
    begins = _BEGINS_BELOW if any(_ORTHANC.match(line) for line, _ in stamped) else _BEGINS_OTHER
    return _seams_of(stamped, _WIDEST, begins, least, _LEAST_SHARE)


def _seams_of(
    pairs: Sequence[tuple[bytes, bytes]], widest: int, begins: re.Pattern[bytes], least: int, share: float
) -> _Seams | None:
    width = max((width_of(line) for line, _ in pairs if b" " in line.strip()), default=0)
    if not _NARROWEST <= width <= widest:
        return None
    seams = _Seams(width, begins)
    rests = sum(1 for _, after in pairs if not begins.match(after))
    broken = [line for line, after in pairs if seams(line, after, fresh=True) is not None]
    if len(broken) < max(least, share * rests):
        return None
    seams.keeps_blanks = 2 * sum(line.endswith(b" ") for line in broken) > len(broken)
    return seams


def rejoiner_of_text(lines: Sequence[bytes]) -> Rejoiner | None:
    """Return what joins the lines of a text in which none has a stamp, as ``SoftWrap`` does; ``None`` for others.

    Any line of it may begin with any word: this is for texts that are known to be no log.
    """
    if any(map(_STAMPED.match, lines)):
        return None
    seams = _seams_of(list(pairwise(lines)), _WIDEST_TEXT, _BEGINS_INSIDE, _LEAST_SEAMS, _LEAST_SHARE_OF_TEXT)
    return None if seams is None else Rejoiner(seams)


def may_go_on(text: str) -> bool:
    """Return whether a line may be the rest of a line with a stamp above it, which was cut before a blank at worst."""
    text = text.removeprefix(" ")
    return _BEGINS_BELOW.match(text.encode("utf-8", "replace")) is None


def may_be_broken(lines: Sequence[bytes]) -> bool:
    """Return whether a line at least may have been broken; one alone is no proof."""
    return _seams_in(lines, 1) is not None


class SoftWrap(Wrapper):
    """Lines of a log broken between words, none of them longer than the others."""

    name: ClassVar[str] = "soft-wrap"

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 where lines were broken; the form leaves no room for less."""
        return 0.0 if _seams_in(lines) is None else 1.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        return Rejoiner(_seams_in(lines) or _Seams(0))
