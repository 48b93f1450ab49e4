"""Syslog files and ``journalctl``'s short formats: a stamp, a host, a program, its process number, a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.named import NamedForm, NamedPeeler
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper, counted, share
from loganalyzer.sources.wrappers.stamps import QUICK_ZONED_RFC3339, ZONED_RFC3339, clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRIORITY = rb"(?:<\d{1,3}>)?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_HOST = rb"[\w.:-]{1,255}"
_PROGRAM = rb" [^\s:\[\]]{1,128}(?:\[\d+\]:?|:)"
_OF_5424 = rb" [\x21-\x7e]{1,48} [\x21-\x7e]{1,128} [\x21-\x7e]{1,32} (?:-|(?:\[[^\n\]]*\])+)"
_OWN = re.compile(rb"-- (?:Logs begin|Journal begins|Boot |Reboot --|No entries --|cursor:)")
_EPOCH = re.compile(rb"(\d{9,10}\.\d{6}) ")


@dataclass(frozen=True, slots=True)
class _Form:
    stamp: bytes
    host: bytes
    program: bytes
    gap: bytes = rb" ?"
    hangs: bool = False

    @property
    def label(self) -> bytes:
        return (rb" " + self.host if self.host else b"") + self.program

    def line(self) -> re.Pattern[bytes]:
        host = rb" (?P<host>" + self.host + rb")" if self.host else b"(?P<host>)"
        return re.compile(self.stamp + host + self.program + rb"(?: |$)")


_TIME_3164 = _PRIORITY + _MONTH + rb" [ \d]\d \d\d:\d\d:\d\d(?:\.\d{6})?"
_FORMS = (
    _Form(_TIME_3164, _HOST, _PROGRAM, hangs=True),
    _Form(_TIME_3164, b"", _PROGRAM, hangs=True),
    _Form(ZONED_RFC3339, _HOST, _PROGRAM, hangs=True),
    _Form(rb"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})? [\w+:-]{1,8}", _HOST, _PROGRAM, hangs=True),
    _Form(rb"\d{9,10}\.\d{6}", _HOST, _PROGRAM, hangs=True),
    _Form(rb"\[ *\d{1,9}\.\d{6}\]", _HOST, _PROGRAM, hangs=True),
    _Form(_PRIORITY + rb"1 " + ZONED_RFC3339, _HOST, _OF_5424, rb"(?: (?:\xef\xbb\xbf)?)?"),
)
LINES = tuple(form.line() for form in _FORMS)
"""What lines begin with, of each form; the group ``host`` is its name, empty in forms that have none."""
_LABELS = tuple(re.compile(form.stamp + rb"(" + form.label + rb")") for form in _FORMS)
_PROGRAM_NAME = re.compile(rb"^ [^ ]+ ([^ \[:]+)")
_ONLY_PROGRAM_NAME = re.compile(rb"^ ([^ \[:]+)")
_HOST_AND_PROGRAM = re.compile(rb"^ ([^ ]+ [^ \[:]+)")


def _form_of(lines: Sequence[bytes]) -> int:
    """Return the index of the form that most lines have."""
    counts = [counted(lines, pattern.match) for pattern in LINES]
    return counts.index(max(counts))


class Syslog(Wrapper):
    """RFC 3164, RFC 5424, and ``journalctl -o short``, ``short-iso``, ``short-precise``, ``short-full`` and others.

    Each program is one stream; where several hosts write, each program of each host.
    """

    name: ClassVar[str] = "syslog"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, LINES[_form_of(lines)].match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        index = _form_of(lines)
        form = _FORMS[index]
        labels = {match[1] for line in lines if (match := _LABELS[index].match(line))}
        name = _PROGRAM_NAME
        if not form.host:
            name = _ONLY_PROGRAM_NAME
        elif len({label.split(b" ", 2)[1] for label in labels}) > 1:
            name = _HOST_AND_PROGRAM
        stamp = form.stamp.replace(ZONED_RFC3339, QUICK_ZONED_RFC3339)
        return NamedPeeler(NamedForm(form.label, name, stamp, form.gap, form.hangs), own=_OWN.match)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        pattern = LINES[_form_of(lines)]
        line = next((line for line in lines if pattern.match(line)), b"")
        if epoch := _EPOCH.match(line):
            return clock_from_epoch(float(epoch[1]))
        stamp = line[: pattern.match(line).end()] if line else b""  # type: ignore[union-attr]
        return clock_from(stamp)
