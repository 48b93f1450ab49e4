"""Joins lines that a mail client or an editor has wrapped."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STAMP = re.compile(r"[EWITF](?:\d{4} \d\d:\d\d:\d\d\.\d{6}|\?{4}) ")
_BEGINS = re.compile(
    r"[EWITF](?:\d{4} \d\d:\d\d:\d\d\.\d{6}|\?{4}) |[TDIWEF]: |\s|=|#|\(\w{4},\w{4}\)|```|~~~|>|$"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d|(?:Our|Their) (?:Implementation|Max)"
    r"|(?:Calling|Called|Responding|Application) [A-Z]"
    r"|(?:Message|Presentation|Affected|Requested|Data|DIMSE|Accepted|Move|Result|Reason)\b[^:]{0,40}:"
)
#: A line of JSON, not a bracket or a quotation in a sentence.
_JSON = re.compile(r'[{}\[\]]*,?\s*$|[{\[]\s*["{\[]|"[^"\n]*"\s*[:,]|"[^"\n]*"\s*$')
#: What stands before a message that begins with blanks.
_PREFIX_ALONE = re.compile(r"[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6} [^\]]{1,80}\] ?")
_NARROWEST, _WIDEST = 50, 100
_LEAST_SHARE = 0.02
_LEAST_JOINTS = 2


class Numbered(NamedTuple):
    """A line and its number in the file as given."""

    number: int
    text: str


def wrap_width(lines: Sequence[Numbered]) -> int | None:
    """The width at which a text was wrapped; None for a text that was not.

    All lines of its log (of all of it, where none has a stamp) must fit into it, but for single words, which cannot be
    broken; and lines must really end because the next word had no room. Sentences around the log may be wider.
    """
    paragraphs = [list(group) for some, group in groupby(lines, key=lambda line: bool(line.text.strip())) if some]
    lines = [line for p in paragraphs if any(is_stamped(one.text) for one in p) for line in p] or lines
    width = max((len(line.text) for line in lines if " " in line.text.strip()), default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return None
    joints = sum(_is_joint(a.text, b.text, width) for a, b in pairwise(lines))
    return width if joints >= max(_LEAST_JOINTS, _LEAST_SHARE * len(lines)) else None


def _is_joint(line: str, following: str, width: int) -> bool:
    if not line.strip() or _JSON.match(following) or (len(line) > width and " " in line.strip()):
        return False
    if _BEGINS.match(following) and not (_PREFIX_ALONE.fullmatch(line) and following.startswith(" ")):
        return False
    word = len(following) - len(following.lstrip(" ")) + len(following.lstrip(" ").split(" ", 1)[0])
    return len(line.rstrip()) + 1 + word > width


def rejoined(lines: Sequence[Numbered], width: int) -> Iterator[Numbered]:
    """The lines as they were before; a joined line has the number of its first one."""
    held: Numbered | None = None
    last = ""
    for line in lines:
        if held is not None and _is_joint(last, line.text, width):
            text = held.text if _PREFIX_ALONE.fullmatch(last) else held.text.rstrip()
            held = Numbered(held.number, f"{text} {line.text}")
        else:
            if held is not None:
                yield held
            held = line
        last = line.text
    if held is not None:
        yield held


def is_stamped(text: str) -> bool:
    """Whether a line begins as Orthanc's do."""
    return _STAMP.match(text) is not None


def may_continue(text: str) -> bool:
    """Whether a line may be the rest of the one before."""
    return _BEGINS.match(text) is None and _JSON.match(text) is None
