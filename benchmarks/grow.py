"""Grows recorded logs to any size: what happened between start and stop, again and again, never twice the same.

Each turn has later times, AETs, UIDs and job ids of its own. The start-up of the first log is its beginning, the stop
of the last one its end, so that it reads as one long life of one Orthanc.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_STARTED = re.compile(rb"\n[^\n]*\] Orthanc has started\n")
_STOPPING = re.compile(rb"\n(?:[^\n]*\] Orthanc is stopping\n|\Z)|\Z")
_STAMP = rb"(?<=\n[EWIT])\d{4} \d\d:\d\d:\d\d(?=\.\d{6} )"
_UID = rb"\b1\.2\.(?:826|276)\.[0-9.]{12,60}\b"
_JOB = rb"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
_FAKED_CLOCK = ("dst-change", "new-year")
_AET_VARIANTS = 97
_LONGEST_AET = 16
_FIRST = datetime(2000, 1, 3)  # noqa: DTZ001 -- Orthanc's stamps have no zone
_STEP = timedelta(seconds=7)


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded log in three parts. ``own`` are the AETs of the others in it."""

    beginning: bytes
    body: bytes
    end: bytes
    own: frozenset[bytes]


def recordings(samples: Path, version: str, level: str, names: str = "") -> list[Recording]:
    """The recordings of one version and level in which Orthanc started, in the order of their names.

    ``names`` is what they begin with: ``healthy`` gives a log of a site where nothing fails.
    """
    found = []
    for folder in sorted(samples.glob(f"{names}*-{version}-{level}")):
        data = (folder / "orthanc.log").read_bytes()
        started, stopping = _STARTED.search(data), _STOPPING.search(data)
        if started is None or stopping is None or folder.name.startswith(_FAKED_CLOCK):
            continue
        if stopping.start() - started.end() < 100:
            continue
        truth = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        names = {a.get(side) for a in truth["associations"] for side in ("calling_aet", "called_aet")} - {"ORTHANC"}
        own = frozenset(n.encode() for n in names if n and n.isalnum() and len(n) <= _LONGEST_AET - 4)
        found.append(
            Recording(data[: started.end()], data[started.end() - 1 : stopping.start()], data[stopping.start() :], own)
        )
    return found


def grown(sources: Sequence[Recording], size: int, first: int = 0) -> Iterator[bytes]:
    """A log of at least ``size`` bytes, in pieces; ``first`` is the number of its first turn, which varies it."""
    patterns = [_pattern(source) for source in sources]
    time = _FIRST
    yield sources[0].beginning
    written = len(sources[0].beginning)
    for turn in count(first):
        for source, pattern in zip(sources, patterns, strict=True):
            if written >= size:
                yield sources[-1].end.lstrip(b"\n")
                return
            piece, time = _varied(source.body, pattern, turn, time)
            written += len(piece)
            yield piece


def write_grown(sources: Sequence[Recording], size: int, to: BinaryIO, first: int = 0) -> None:
    """Writes a grown log; see :func:`grown`."""
    to.writelines(grown(sources, size, first))


def _pattern(source: Recording) -> re.Pattern[bytes]:
    aets = b"|".join(re.escape(n) for n in sorted(source.own, key=len, reverse=True)) or rb"(?!)"
    return re.compile(rb"(%b)|(%b)|(%b)|\b(%b)\b" % (_STAMP, _UID, _JOB, aets))


def _varied(body: bytes, pattern: re.Pattern[bytes], turn: int, time: datetime) -> tuple[bytes, datetime]:
    first: datetime | None = None
    last = time
    variant = b"%04d" % (turn % _AET_VARIANTS)
    times: dict[bytes, bytes] = {}

    def other(m: re.Match[bytes]) -> bytes:
        nonlocal first, last
        found = m[0]
        if m.lastindex == 1:
            stamp = times.get(found)
            if stamp is None:
                then = datetime.strptime(f"2000{found.decode()}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007
                first = first or then
                last = max(last, time + (then - first))
                stamp = times[found] = (time + (then - first)).strftime("%m%d %H:%M:%S").encode()
            return stamp
        if m.lastindex == 2:
            return b"%b.%d" % (found[:48].rstrip(b"."), turn)
        if m.lastindex == 3:
            return b"%08x" % (int(found, 16) ^ turn)
        return found + variant

    piece = pattern.sub(other, body)[1:] + b"\n"
    return piece, last + _STEP
