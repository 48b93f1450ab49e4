"""The process around the commands: signals, closed pipes, and faults that nobody foresaw.

Whatever happens, a person sees one sentence and other programs an exit status of
:class:`~loganalyzer.cli.exit_codes.ExitCode`; a traceback appears only with ``LOGANALYZER_DEBUG=1``.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

NAME = "loganalyzer"
_COMPLETION = "_LOGANALYZER_COMPLETE"
_SHELL_OFFSET = 128
_NOT_WRITABLE = frozenset({errno.ENOSPC, errno.EFBIG, errno.EBADF, getattr(errno, "EDQUOT", errno.ENOSPC)})


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    received: list[int] = []

    def unwind(number: int, _: FrameType | None) -> NoReturn:
        """Leave by an exception, so that what was begun is tidied up; a second signal does not disturb that."""
        signal.signal(number, signal.SIG_IGN)
        received.append(number)
        sys.exit(_SHELL_OFFSET + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, unwind)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a console that cannot show a letter gets its escape
            stream.reconfigure(errors="backslashreplace")
    status = _flushed(run(sys.argv[1:], received))
    if received:  # compiled code whose import was broken off may abort while Python ends
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str], received: Sequence[int] = ()) -> int:
    """Run one command; return its exit status, whatever happens.

    ``received`` are the signals that came: an exception that leaves on their behalf may arrive as another one, as from
    the middle of an import.
    """
    try:
        return _invoke(list(arguments))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.CLOSED_PIPE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitCode.OK
    except Exception as fault:  # noqa: BLE001 - the last line of defence
        return _SHELL_OFFSET + received[0] if received else _unforeseen(fault)


def _invoke(arguments: list[str]) -> int:
    import click

    from loganalyzer.cli.main import cli

    instruction = os.environ.get(_COMPLETION)
    if instruction:
        from loganalyzer.cli.completion import complete

        return complete(cli, NAME, _COMPLETION, instruction)
    try:
        with cli.make_context(NAME, arguments) as context:
            cli.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as wrong:
        wrong.show()
        return ExitCode.USAGE
    return ExitCode.OK


def _unforeseen(fault: Exception) -> int:
    """Say where the program failed; what the exception says may quote the log, so it is not shown."""
    if os.environ.get("LOGANALYZER_DEBUG"):
        traceback.print_exception(fault)
    if isinstance(fault, MemoryError):
        _say("there is not enough memory for this analysis")
        return ExitCode.FAULT
    if isinstance(fault, OSError) and fault.strerror:
        if fault.errno in _NOT_WRITABLE and fault.filename is None:  # what fails by its name was opened, not written
            _say(f"the output cannot be written: {reason(fault)}")
            return ExitCode.USAGE
        _say(f"stopped by the system: {reason(fault)}")
        return ExitCode.USAGE if fault.errno == errno.ENAMETOOLONG else ExitCode.FAULT
    from loganalyzer.report.fault import fault_sentence

    _say(f"{fault_sentence(fault)}; please report it. LOGANALYZER_DEBUG=1 shows more.")
    return ExitCode.FAULT


def _say(sentence: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{NAME}: {sentence}\n")


def _flushed(status: int) -> int:
    """Write out what standard output still holds; where that fails, keep Python from trying again at its end."""
    if sys.stdout is None:
        return status
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return ExitCode.CLOSED_PIPE
        _say(f"standard output cannot be written: {reason(error)}")
        return ExitCode.USAGE
    return status
