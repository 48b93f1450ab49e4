"""Syslog files and ``journalctl``'s short formats: a stamp, a host, a program, its process number, a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.named import NamedForm, NamedPeeler
from loganalyzer.sources.wrappers.peeling import Clock, Peeler, Wrapper, share
from loganalyzer.sources.wrappers.stamps import clock_from, clock_from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRIORITY = rb"(?:<\d{1,3}>)?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PROGRAM = rb" [\w.:-]{1,255} [^\s:\[\]]{1,128}(?:\[\d+\])?:(?=[ \n])"
_PROGRAM_ONLY = rb" [^\s:\[\]]{1,128}(?:\[\d+\])?:(?=[ \n])"
_OF_5424 = rb" [\w.:-]{1,255} [\x21-\x7e]{1,48} [\x21-\x7e]{1,128} [\x21-\x7e]{1,32} (?:-|(?:\[[^\n\]]*\])+)(?=[ \n])"
_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_OWN = re.compile(rb"-- (?:Logs begin|Journal begins|Boot |Reboot --|No entries --|cursor:)")
_EPOCH = re.compile(rb"(\d{9,10}\.\d{6}) ")


@dataclass(frozen=True, slots=True)
class _Form:
    stamp: bytes
    label: bytes
    gap: bytes = rb" ?"
    hangs: bool = False

    def line(self) -> re.Pattern[bytes]:
        end = self.label.replace(rb"(?=[ \n])", rb"(?: |$)")
        return re.compile(self.stamp + end)


_TIME_3164 = _PRIORITY + _MONTH + rb" [ \d]\d \d\d:\d\d:\d\d(?:\.\d{6})?"
_FORMS = (
    _Form(_TIME_3164, _PROGRAM, hangs=True),
    _Form(_TIME_3164, _PROGRAM_ONLY, hangs=True),
    _Form(_ISO, _PROGRAM, hangs=True),
    _Form(rb"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})? [\w+:-]{1,8}", _PROGRAM, hangs=True),
    _Form(rb"\d{9,10}\.\d{6}", _PROGRAM, hangs=True),
    _Form(rb"\[ *\d{1,9}\.\d{6}\]", _PROGRAM, hangs=True),
    _Form(_PRIORITY + rb"1 " + _ISO, _OF_5424, rb"(?: (?:\xef\xbb\xbf)?)?"),
)
_LINES = tuple(form.line() for form in _FORMS)
_LABELS = tuple(re.compile(form.stamp + rb"(" + form.label.replace(rb"(?=[ \n])", b"") + rb")") for form in _FORMS)
_PROGRAM_NAME = re.compile(rb"^ [^ ]+ ([^ \[:]+)")
_ONLY_PROGRAM_NAME = re.compile(rb"^ ([^ \[:]+)")
_HOST_AND_PROGRAM = re.compile(rb"^ ([^ ]+ [^ \[:]+)")


def _form_of(lines: Sequence[bytes]) -> int:
    """Return the index of the form that most lines have."""
    counts = [sum(1 for line in lines if pattern.match(line)) for pattern in _LINES]
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
        return share(lines, _LINES[_form_of(lines)].match)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        index = _form_of(lines)
        form = _FORMS[index]
        labels = {match[1] for line in lines if (match := _LABELS[index].match(line))}
        name = _PROGRAM_NAME
        if form.label == _PROGRAM_ONLY:
            name = _ONLY_PROGRAM_NAME
        elif len({label.split(b" ", 2)[1] for label in labels}) > 1:
            name = _HOST_AND_PROGRAM
        return NamedPeeler(NamedForm(form.label, name, form.stamp, form.gap, form.hangs), own=_OWN.match)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        pattern = _LINES[_form_of(lines)]
        line = next((line for line in lines if pattern.match(line)), b"")
        if epoch := _EPOCH.match(line):
            return clock_from_epoch(float(epoch[1]))
        stamp = line[: pattern.match(line).end()] if line else b""  # type: ignore[union-attr]
        return clock_from(stamp)
