"""Takes out of lines of a log what identifies people before they are quoted in an answer.

AETs, addresses and paths stay: the person who posted them has to recognise them. All that is none of these
nor a word that Orthanc or DCMTK print is replaced, by the rules of :mod:`loganalyzer.redact`.
"""

from __future__ import annotations

import io
import re
from functools import partial
from typing import TYPE_CHECKING

from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.keyfile import new_key
from loganalyzer.redact.kinds import Kind
from loganalyzer.redact.redaction import Redaction
from loganalyzer.report.visible import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w+")
_SPLIT = re.compile(r"(\W+)")
_MARK = "[…]"
#: The number of a port or of an error is nobody's.
_PORT = re.compile(r"\b(?:port|code)\W{0,4}$", re.IGNORECASE)
#: The names of a library and of an exception's class are nobody's either.
_LIBRARY = re.compile(r"[\w.+-]+\.(?:so|dll|dylib)\b|\b(?:\w+\.)+[A-Z]\w*(?:Exception|Error)\b")
_PORT_DIGITS = 5
_LOOKED_BACK = 12
KEPT = frozenset({Kind.AET, Kind.IP, Kind.HOST, Kind.PATH, Kind.SOFTWARE})


def masked(lines: Sequence[str], told: Iterable[str] = ()) -> list[str]:
    """The lines without what identifies people, as many and in the same order.

    What is replaced shows as ``[…]``. The words of ``told`` (AETs, addresses) stay. Of a line longer than a report
    shows anyway, only so much is looked at.
    """
    lines = [line[:LONGEST] for line in lines]
    libraries = (name for line in lines for name in _LIBRARY.findall(line))
    kept = {word for value in (*told, *libraries) for word in _WORD.findall(value)}
    return [_marked(line, clean, kept) for line, clean in zip(lines, _redacted(lines), strict=True)]


def _marked(line: str, clean: str, kept: set[str]) -> str:
    """The line with a mark where its redacted form differs; nothing of it where the two have not the same shape."""
    before, after = (_SPLIT.split(" ".join(text.split("\n"))) for text in (line, clean))
    if len(before) != len(after):
        return "(not quoted)"
    made, told = [], ""
    for old, new in zip(before, after, strict=True):
        stays = old == new or old in kept or (old.isdigit() and len(old) <= _PORT_DIGITS and _PORT.search(told))
        made.append(old if stays else _MARK if _WORD.fullmatch(old) else new)
        told = (told + old)[-_LOOKED_BACK:]
    return "".join(made)


def _redacted(lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    data = "\n".join(" ".join(line.split("\n")) for line in lines).encode("utf-8", "replace")
    opened = partial(io.BytesIO, data)
    redaction = Redaction(new_key(), KEPT)
    redaction.learn(opened)
    redaction.freeze()
    target = io.BytesIO()
    redaction.replace(opened, target, Coverage())
    result = target.getvalue().decode("utf-8", "replace").split("\n")
    return result if len(result) == len(lines) else [""] * len(lines)
