"""Writes results where a person wants them: whole, or not at all."""

from __future__ import annotations

import codecs
import os
import secrets
import shutil
import stat
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from loganalyzer.report.visible import visible
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.sources.block import Problem

FORMATS = ("text", "json", "html", "markdown")
_BY_SUFFIX = {".json": "json", ".html": "html", ".htm": "html", ".md": "markdown"}
_WIDTH = 100
_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks: ``width`` in columns, ANSI colours, nothing beyond ASCII, everything instead of one screen."""

    width: int = _WIDTH
    color: bool = False
    ascii_only: bool = False
    verbose: bool = False


def not_empty(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """What an option names. Raises ``click.BadParameter`` for an empty name, which pathlib takes for this folder."""
    if value == "":
        raise click.BadParameter("an empty name is no file and no folder.")
    return value


def destination(output: str | None, inputs: Sequence[str]) -> Path | None:
    """Return the file to write, ``None`` for standard output.

    Raises ``click.BadParameter`` where writing is bound to fail or would replace an input, before any work is done.
    """
    if output is None or output in _STDOUT:
        return None
    path = Path(output)
    try:
        if path.is_dir():
            raise click.BadParameter(f"{output} is a folder.", param_hint="'-o'")
        if not path.exists() and not path.resolve().parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.parent}.", param_hint="'-o'")
        if path.is_file() and any(one != "-" and Path(one).exists() and path.samefile(one) for one in inputs):
            raise click.BadParameter(f"{output} is one of the logs; it would be replaced.", param_hint="'-o'")
    except PermissionError as error:
        raise click.BadParameter(f"{output} is in a folder that you may not enter.", param_hint="'-o'") from error
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle of links
        raise click.BadParameter(f"{output} is no name of a file.", param_hint="'-o'") from error
    return path


def form_of(form: str | None, output: Path | None) -> str:
    """Return the form that was asked for, else the one that the output's name ends with, else text."""
    if form is not None:
        return form
    return _BY_SUFFIX.get(output.suffix.lower(), "text") if output is not None else "text"


def look_of(*, color: str, width: int | None, verbose: bool, output: Path | None) -> Look:
    """Return how text should look on its way to ``output``.

    ``color`` is always, never or auto: then ``NO_COLOR`` and ``FORCE_COLOR`` decide, each when set and not empty, else
    whether a terminal is there that is not ``dumb``. Without a terminal the width is fixed, so that equal logs give
    equal text.
    """
    terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    if width is None:
        width = shutil.get_terminal_size((_WIDTH, 24)).columns if terminal else _WIDTH
    if color == "auto":
        colored = terminal and os.environ.get("TERM") != "dumb"
        if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
            colored = True
        if os.environ.get("NO_COLOR"):
            colored = False
    else:
        colored = color == "always"
    return Look(width, colored, "utf" not in encoding_of("text", output), verbose)


def encoding_of(form: str, output: Path | None) -> str:
    """Return the encoding of what is written: UTF-8, but for text on standard output that one's, in small letters."""
    if form != "text" or output is not None or sys.stdout is None:
        return "utf-8"
    return (sys.stdout.encoding or "ascii").lower()


@contextmanager
def writing(output: Path | None) -> Iterator[BinaryIO]:
    """Give a stream to write to: standard output, a device, or a file that appears when everything is written.

    The file is written aside and renamed; what stood there before stays until then, and its permissions are kept.
    Raises ``click.ClickException`` where it cannot be written; ``BrokenPipeError`` passes.
    """
    name = "standard output" if output is None else click.format_filename(output)
    try:
        if output is None:
            yield from _standard_output()
        elif _is_device(output):
            with output.open("wb") as device:
                yield device
        else:
            yield from _aside(output.resolve())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(f"{name} cannot be written: {reason(error)}") from None


def say_problems(problems: Iterable[Problem]) -> None:
    """Tell on standard error what could not be read, a sentence each."""
    for problem in problems:
        click.echo(f"loganalyzer: {visible(problem.where)}: {visible(problem.what)}", err=True)


def write_diagnosis(diagnosis: Diagnosis, form: str, output: Path | None, look: Look) -> None:
    """Write ``diagnosis`` in one of :data:`FORMATS`; errors as in :func:`writing`."""
    if form == "json":
        from loganalyzer.report.json import write_json

        with writing(output) as stream:
            write_json(diagnosis, codecs.getwriter("ascii")(stream))
        return
    data = _rendered(diagnosis, form, look).encode("utf-8", "backslashreplace")
    with writing(output) as stream:
        stream.write(data)


def _rendered(diagnosis: Diagnosis, form: str, look: Look) -> str:
    if form == "html":
        from loganalyzer.report.html import render_html

        return render_html(diagnosis)
    if form == "markdown":
        from loganalyzer.report.markdown import render_markdown

        return render_markdown(diagnosis)
    from loganalyzer.report.text import render_text

    return render_text(diagnosis, width=look.width, color=look.color, ascii_only=look.ascii_only, verbose=look.verbose)


def _standard_output() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise click.ClickException("standard output is closed.")
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _is_device(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _aside(path: Path) -> Iterator[BinaryIO]:
    aside = path.with_name(f".loganalyzer.{secrets.token_hex(4)}.part")
    try:
        with aside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, aside)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
