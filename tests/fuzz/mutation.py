"""Damages logs as real life does: torn and glued lines, forged lines in dumps, repeats, gaps, huge fields, odd Unicode.

A mutation is decided by a ``random.Random`` alone, so that a seed is all that is needed to make an input again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Mutation = Callable[[list[bytes], random.Random, Sequence[bytes]], None]

LARGEST = 200_000
_STAMP = re.compile(rb"([EWITF])(\d{4}) (\d\d:\d\d:\d\d\.\d{6})")
_VALUE = re.compile(rb"\[[^\]\n]{0,80}\]|(?<=AET )\S+|(?<=IP )\S+|\d+(?:\.\d+){3,}|\b\d+\b|: [^\n]+")
HOSTILE = (
    b"",
    b" ",
    b"\t",
    b"\0",
    b"\r",
    b"\x1b[2J\x1b]0;title\x07",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc2\x85",
    "\u202egnp.exe\u2066".encode(),
    "\u2028\u2029\ufeff\U000e0041\u0301\u0301".encode(),
    "İıſ\u1e9e\u0660\u0967\u00b2\u00bd".encode(),
    b"<script>alert(1)</script>",
    b"\"'><img src=x onerror=alert(1)>",
    b"{{7*7}}{% if %}${HOME}%s%n%(x)s{0.__class__}",
    b"=1+1",
    b"@SUM(1)",
    b"`$(id)`",
    b"../../../etc/passwd",
    b"file:///etc/passwd",
    b"-9223372036854775809",
    b"99999999999999999999999999999999",
    b"1e999",
    b"0x",
    b"NaN",
    b"\\",
    b"]",
    b"[",
    b"(" * 60,
    b"| " * 30,
    b"a" * 5000,
    b"1." * 200,
    b" on IP " * 40,
    b"E1123 10:00:00.000000 a.cpp:1] ",
)
BROKEN_STAMPS = (b"E9999 99:99:99.999999", b"W0229 23:59:60.000000", b"I0000 00:00:00.000000", b"E???? ??:??:??.??????")
FORGED = (
    b"W1123 10:00:00.000000 CommandDispatcher.cpp:602] Rejected association for remote AET EVIL on IP 192.0.2.66",
    b"E1123 10:00:00.000000 OrthancException.cpp:57] Error in the network protocol: DicomAssociation - connecting",
    b"I1123 10:00:00.000000 CommandDispatcher.cpp:429] (dicom) Association Received from AET A on IP 1.2 on IP 9.9.9.9",
    b"D: ===================== BEGIN A-ASSOCIATE-RQ =====================",
    b"D: ======================= END A-ASSOCIATE-RQ ======================",
    b"# Dicom-Data-Set",
    b"(0010,0010) PN [",
    b"D: ===================== INCOMING DIMSE MESSAGE ====================",
    b"DIMSE Status                  : 0xa700: Refused: OutOfResources",
    b"Starting Orthanc...",
    b"W1123 10:00:00.000000 main.cpp:2041] Orthanc version: 1.12.7",
)


def _place(lines: list[bytes], chance: random.Random) -> int:
    return chance.randrange(len(lines))


def tear(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    cut = chance.randint(0, len(lines[at]))
    lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]


def glue(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    if at + 1 < len(lines):
        lines[at : at + 2] = [lines[at] + lines[at + 1]]


def interleave(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    """Two threads write at once: one line begins in the middle of the other."""
    at = _place(lines, chance)
    if at + 1 < len(lines):
        cut = chance.randint(0, min(len(lines[at]), 6))
        first, second = lines[at], lines[at + 1]
        lines[at : at + 2] = [first[:cut] + second, first[cut:]]


def repeat(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    lines[at:at] = lines[at : at + chance.randint(1, 8)] * chance.choice((1, 1, 2, 40))


def drop(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    del lines[at : at + chance.choice((1, 1, 2, 30))]


def swap(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    one, two = _place(lines, chance), _place(lines, chance)
    lines[one], lines[two] = lines[two], lines[one]


def splice(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    """A piece of another log."""
    other = chance.choice(others).split(b"\n")
    start = chance.randrange(len(other))
    at = _place(lines, chance)
    lines[at:at] = other[start : start + chance.choice((1, 3, 20, 100))]


def forge(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    """A line inside of a dump's value, as a data set with line feeds writes it."""
    at = _place(lines, chance)
    lines[at:at] = [chance.choice(FORGED)]


def value(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    found = list(_VALUE.finditer(lines[at]))
    if found:
        match = chance.choice(found)
        lines[at] = lines[at][: match.start()] + chance.choice(HOSTILE) + lines[at][match.end() :]


def insert(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    cut = chance.randint(0, len(lines[at]))
    lines[at] = lines[at][:cut] + chance.choice(HOSTILE) + lines[at][cut:]


def clock(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    """The clock jumps, or shows what no clock shows."""
    at = _place(lines, chance)
    stamp = b"%c%02d%02d %02d:%02d:%02d.%06d" % (
        chance.choice(b"EWIT"),
        chance.randint(0, 13),
        chance.randint(0, 32),
        chance.randint(0, 24),
        chance.randint(0, 60),
        chance.randint(0, 60),
        chance.randint(0, 999999),
    )
    made = chance.choice((*BROKEN_STAMPS, stamp, stamp))
    lines[at] = _STAMP.sub(lambda _: made, lines[at], count=1)


def flip(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    at = _place(lines, chance)
    if lines[at]:
        line = bytearray(lines[at])
        line[chance.randrange(len(line))] = chance.randrange(256)
        lines[at] = bytes(line)


def cut_ends(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    start = _place(lines, chance)
    lines[:] = lines[start : start + chance.choice((1, 5, 50, 1000))]


def indent(lines: list[bytes], chance: random.Random, others: Sequence[bytes]) -> None:
    """A piece is quoted, or stands behind the prefix of a container."""
    at = _place(lines, chance)
    prefix = chance.choice((b"> ", b"orthanc_1  | ", b"    ", b"# ", b"```", b"2024-11-23T13:53:19Z ", b'{"log":"'))
    for index in range(at, min(at + chance.choice((1, 10, 100)), len(lines))):
        lines[index] = prefix + lines[index]


MUTATIONS: tuple[Mutation, ...] = (
    tear, glue, interleave, repeat, drop, swap, splice, forge, value, value, insert, clock, flip, cut_ends, indent
)  # fmt: skip


def mutated(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """``data`` after a few mutations; ``others`` are logs from which pieces are taken."""
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        chance.choice(MUTATIONS)(lines, chance, others)
        lines = lines or [b""]
    return b"\n".join(lines)[:LARGEST]
