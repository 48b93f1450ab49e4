"""What chats, forums, mails, documents and pagers write between the lines of a log: who wrote when, and which page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.evidence import line_starts
from loganalyzer.sources.wrappers.peeling import Gathered, Peeler, Wrapper, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.block import Block

_NAME = rb"[^\W\d_](?:[^\x00-\x1f:=\[\]()<>{}\"/\\|]|\x80){0,40}?"
_DAY = rb"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|Today|Yesterday)"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?"
_MOMENT = rb"(?:" + _DAY + rb"(?:,| at)? )?" + _TIME
_HEADINGS = (
    _NAME + rb", \[" + _MOMENT + rb"\]",  # Telegram
    rb"\[" + _MOMENT + rb"\] " + _NAME + rb":?",  # WhatsApp, Skype, Signal, Teams
    _NAME + rb"(?:  +| \xe2\x80\x94 )\[?" + _MOMENT + rb"\]?",  # Slack, Teams, Discord
    _NAME + rb" (?:wrote|schrieb|said|escribi\xc3\xb3|a \xc3\xa9crit) ?:",  # forums
    rb"(?:On|Am|Le|El) (?=[^\n]{0,200}\d)[^\n]{0,200}? (?:wrote|schrieb|\xc3\xa9crit|escribi\xc3\xb3)[^\n]{0,60}:",
    rb"(?:Page|Seite|P\xc3\xa1gina) \d{1,5}(?: ?(?:of|von|de|sur|/) ?\d{1,5})?",  # documents
    rb"\x0c?(?:- ?)?\d{1,4} ?(?:/ ?\d{1,4}|-)|\x0c",
    rb":|--More--(?: ?\(\d{1,3}%\))?|\(END\)|lines \d{1,9}-\d{1,9}[^\n]{0,40}",  # more, less
)
_HEADING = re.compile(rb"[ \t]*+(?:" + rb"|".join(_HEADINGS) + rb")\s*")
# Slack's stand on two lines.
_WHO, _WHEN = re.compile(_NAME), re.compile(rb"  +" + _TIME + rb"\s*")
_LONGEST = 240
_MOST_BLANK = 3


def _is_heading(line: bytes) -> bool:
    # Most lines are Orthanc's own: those take no search.
    if not 0 < len(line) <= _LONGEST or line[1:5].isdigit() or line[:1] in b"(#":
        return False
    return _HEADING.fullmatch(line) is not None


@dataclass(slots=True)
class _HeadingPeeler:
    """Leaves out headings, with the blank lines that set them off: in a dump these would be its end."""

    dropped_lines: int = 0
    prefix: None = None
    _blank: list[int] = field(default_factory=list)
    _behind: bool = False

    def peel(self, block: Block) -> Iterator[tuple[str, Block]]:
        kept = Gathered()
        for line, number in numbered_lines(block):
            if not line.strip(b" \t") and len(self._blank) < _MOST_BLANK:
                self._blank.append(number)
            elif _is_heading(line) or (_WHEN.fullmatch(line) and kept.texts and _WHO.fullmatch(kept.texts[-1])):
                if _WHEN.fullmatch(line):
                    self.dropped_lines += 1
                    kept.texts.pop()
                    kept.numbers.pop()
                self.dropped_lines += 1 + len(self._blank)
                self._blank.clear()
                self._behind = True
            else:
                self._give_blank(kept)
                kept.put(line, number)
                self._behind = False
        return kept.only()

    def finish(self) -> Iterator[tuple[str, Block]]:
        kept = Gathered()
        self._give_blank(kept)
        return kept.only()

    def _give_blank(self, kept: Gathered) -> None:
        if self._behind:
            self.dropped_lines += len(self._blank)
        else:
            for number in self._blank:
                kept.put(b"", number)
        self._blank.clear()


class Headings(Wrapper):
    """Lines of a log, and among them lines that say who posted the next ones, or on which page they stand."""

    name: ClassVar[str] = "headings"
    thorough: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """Return 1 where there is any between two lines of the log: their form leaves no room for less."""
        found = [at for at, line in enumerate(lines) if _is_heading(line) or _WHEN.fullmatch(line)]
        if not found:
            return 0.0
        begins = [at for at, line in enumerate(lines) if line_starts(line)]
        return 1.0 if begins and any(begins[0] < at < begins[-1] for at in found) else 0.0

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return _HeadingPeeler()
