"""The exit statuses that other programs rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis


class ExitCode(IntEnum):
    """How a command ended.

    0 nothing failed · 1 failures found · 2 wrong usage, or the result cannot be written where it should go ·
    3 not readable or no Orthanc log · 4 incomplete analysis. Beyond these a command did not do its work: 70 a fault of
    the program (EX_SOFTWARE of sysexits.h), 128 and more it was stopped by that signal, as shells count.
    """

    OK = 0
    FAILURES = 1
    USAGE = 2
    UNREADABLE = 3
    INCOMPLETE = 4
    FAULT = 70
    INTERRUPTED = 130
    CLOSED_PIPE = 141


def exit_code(diagnosis: Diagnosis) -> ExitCode:
    """The exit status of a diagnosis; incomplete wins over nothing found and over failures."""
    if not diagnosis.logs or diagnosis.verdict == "not-orthanc":
        return ExitCode.UNREADABLE
    if not diagnosis.complete:
        return ExitCode.INCOMPLETE
    return ExitCode.FAILURES if diagnosis.verdict == "failure" else ExitCode.OK
