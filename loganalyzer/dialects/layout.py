"""The layout of another program's log, learnt from its lines whose messages are known.

Whoever runs a toolkit chooses what stands before each message, and behind it: no list of forms is complete. Where the
usual forms (``lines.py``) do not find the messages, what stands around those that every log of the program has, such as
``Requesting Association``, shows the form of all its lines: numbers, names and levels differ from line to line, the
signs between them do not.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from loganalyzer.dialects.lines import LEVELS, Line, parse_line, stamp_time
from loganalyzer.sources.encodings import line_text

_MAX_ANCHORS = 400
_MAX_AROUND = 200
_LETTERS = "TDIWEF"
_LEVEL = f"(?P<level>{'|'.join(sorted(LEVELS, key=len, reverse=True))}|[{_LETTERS}])"
_BLANKS, _PADDING = r"\s++", r"\s*+"
_PARTS = re.compile(r"(?P<word>[\w.$<>-]+)|(?P<blank>\s+)|(?P<sign>.)")


@dataclass(frozen=True, slots=True)
class Layout:
    """How to take the lines of one log apart; without patterns, by the usual forms.

    ``before`` and ``behind`` are what stands around each message, ``before`` with the level as its group ``level``.
    """

    before: re.Pattern[str] | None = None
    behind: re.Pattern[str] | None = None

    def line(self, text: str, number: int = 0) -> Line:
        """Takes one line apart; one that is not of this layout by the usual forms."""
        m = None if self.before is None else self.before.match(text)
        if m is None:
            return parse_line(text, number)
        behind = None if self.behind is None else self.behind.search(text, m.end())
        level = m.groupdict().get("level")
        message = text[m.end() : len(text) if behind is None else behind.start()]
        return Line(number, text, None if level is None else LEVELS.get(level, level[0]), stamp_time(m[0]), message)


USUAL = Layout()


def layout_of(sample: bytes, anchors: re.Pattern[str]) -> Layout:
    """The layout of a log; ``anchors`` finds whole messages that the program is known to write."""
    usual, found = 0, Counter[tuple[str, str]]()
    for raw in sample.split(b"\n"):
        text = line_text(raw).rstrip("\r")
        m = anchors.search(text)
        if m is None or max(m.start(), len(text) - m.end()) > _MAX_AROUND:
            continue
        if parse_line(text).message.strip() == m[0]:
            usual += 1
        else:
            found[_form(text[: m.start()]), _form(text[m.end() :])] += 1
        if usual + found.total() >= _MAX_ANCHORS:
            break
    (before, behind), times = found.most_common(1)[0] if found else (("", ""), 0)
    if times <= usual or not before + behind:
        return USUAL
    return Layout(re.compile(before), re.compile(f"{behind}$") if behind else None)


def _form(text: str) -> str:
    """The form of what stands before or behind a message, as a regular expression that never looks back."""
    parts: list[str] = []
    for m in _PARTS.finditer(text):
        if m["word"] and _LEVEL not in parts and (m["word"] in LEVELS or m["word"] in _LETTERS):
            if parts and parts[-1] == _BLANKS:
                parts.pop()
            parts += (_PADDING, _LEVEL, _PADDING)
        elif m["word"]:
            parts.append(r"[\w.$<>-]++")
        elif m["sign"]:
            parts.append(re.escape(m[0]))
        elif not parts or parts[-1] != _PADDING:
            parts.append(_BLANKS)
    return "".join(parts)
