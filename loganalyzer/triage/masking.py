"""Takes out of lines of a log what identifies people before they are quoted in an answer.

AETs, addresses and paths stay: the person who posted them has to recognise them. Everything that is neither one of these
nor a word that Orthanc or DCMTK print is replaced, by the rules of :mod:`loganalyzer.redact`.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.keyfile import new_key
from loganalyzer.redact.kinds import Kind
from loganalyzer.redact.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEPT = frozenset({Kind.AET, Kind.IP, Kind.HOST, Kind.PATH, Kind.SOFTWARE})


def masked(lines: Sequence[str]) -> list[str]:
    """The lines without what identifies people, as many and in the same order."""
    if not lines:
        return []
    data = "\n".join(" ".join(line.split("\n")) for line in lines).encode("utf-8", "replace")

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        yield io.BytesIO(data)

    redaction = Redaction(new_key(), KEPT)
    redaction.learn(opened)
    redaction.freeze()
    target = io.BytesIO()
    redaction.replace(opened, target, Coverage())
    result = target.getvalue().decode("utf-8", "replace").split("\n")
    return result if len(result) == len(lines) else ["(not quoted)"] * len(lines)
