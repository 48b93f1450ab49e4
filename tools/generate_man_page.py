"""Write the manual page, ``docs/loganalyzer.1``, from the help of all commands.

Usage: python -m tools.generate_man_page [--check]
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loganalyzer import __version__
from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "docs" / "loganalyzer.1"
NAME = "loganalyzer"
DESCRIPTION = """\
Reads logs of the DICOM server Orthanc and says what failed, the lines that prove it, why, who has to change what, and
how to verify it. Logs that are given together are one diagnosis; a log may be a file, a folder, an archive, or - for
standard input. Nothing is sent anywhere."""
ENVIRONMENT = {
    "NO_COLOR, FORCE_COLOR": "Switch colours off or on, whatever standard output is.",
    "COLUMNS": "The width of the text, where no terminal tells it.",
    "LOGANALYZER_DEBUG": "Set to 1, a fault of the program shows its traceback.",
    "_LOGANALYZER_COMPLETE": "Asks for the completion of a shell: bash_source, zsh_source or fish_source.",
}


def build() -> str:
    """The page, as man(7) reads it."""
    context = click.Context(cli, info_name=NAME, color=False, **cli.context_settings)
    lines = [
        f'.TH LOGANALYZER 1 "" "{NAME} {__version__}" "User Commands"',
        ".SH NAME", rf"{NAME} \- {_first(cli)}",
        ".SH SYNOPSIS", rf".B {NAME}", r"\fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION", _text(DESCRIPTION),
        ".SH COMMANDS", *_commands(cli, context, NAME),
        ".SH EXIT STATUS", *_statuses(),
        ".SH ENVIRONMENT", *_definitions(ENVIRONMENT.items()),
        ".SH SEE ALSO", ".BR Orthanc (1),", ".BR dcmdump (1),", ".BR echoscu (1)",
        ".br", "https://orthanc.uclouvain.be/book/dicom\\-guide.html",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, context: click.Context, path: str) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context, color=False)
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f".SS {_escaped(f'{path} {name} {usage}')}"
        yield _text(command.help or "")
        options = [p.get_help_record(inner) for p in command.get_params(inner) if isinstance(p, click.Option)]
        yield from _definitions(record for record in options if record is not None)
        if isinstance(command, click.Group):
            yield from _commands(command, inner, f"{path} {name}")


def _definitions(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield ".TP"
        yield rf"\fB{_escaped(name)}\fR"
        yield _text(text)


def _statuses() -> Iterator[str]:
    text = " ".join((ExitCode.__doc__ or "").split("\n\n")[1].split())
    for status in re.findall(r"(\d+(?: and more)?) ((?:\([^)]*\)|(?!, \d)[^·.:(])+)", text):
        yield from _definitions([(status[0], status[1].strip(" ,") + ".")])


def _first(command: click.Command) -> str:
    return _escaped((command.help or "").split("\n")[0].rstrip("."))


def _text(text: str) -> str:
    r"""Paragraphs; click's ``\b`` marks are not used here."""
    parts = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n.PP\n".join(_escaped(part) for part in parts if part)


def _escaped(text: str) -> str:
    """Text that troff takes as it is: no line of it is a request."""
    plain = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


def main() -> None:
    """Write the page, or with ``--check`` fail when it is not what the help says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args()
    text = build()
    if not options.check:
        OUTPUT.write_text(text, encoding="utf-8")
    elif not OUTPUT.is_file() or OUTPUT.read_text(encoding="utf-8") != text:
        sys.exit(f"{OUTPUT} is out of date; run: python -m tools.generate_man_page")


if __name__ == "__main__":
    main()
