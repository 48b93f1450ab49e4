"""Completion at the prompt of bash, zsh and fish: commands, options and values by click, names of files, codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

_FAILED = 1


def complete(cli: click.Command, name: str, variable: str, instruction: str) -> int:
    """Do what the shell asks for in ``variable`` (``bash_source``, ``bash_complete``, …); return the exit status."""
    shell, _, what = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None or what not in ("source", "complete"):
        return _FAILED
    asked = _with_files(kind)(cli, {}, name, variable)
    click.echo(asked.source() if what == "source" else asked.complete())
    return 0


def _with_files(kind: type[ShellComplete]) -> type[ShellComplete]:
    """The completion of one shell, with the names of files where nothing better is known."""

    class WithFiles(kind):  # type: ignore[valid-type,misc]
        def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
            found: list[CompletionItem] = super().get_completions(args, incomplete)
            if found or incomplete.startswith("-"):
                return found
            return [CompletionItem(incomplete, type="file")]

    return WithFiles


def complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Codes, signatures and causes that begin as typed."""
    from loganalyzer.patternbase import load_patterns
    from loganalyzer.report.explanation import known_words

    words = dict.fromkeys(known_words(load_patterns()))
    return [CompletionItem(word) for word in words if word.lower().startswith(incomplete.lower())]


def complete_input_format(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Names of wrappers."""
    from loganalyzer.sources.wrappers import input_formats

    return [CompletionItem(name) for name in input_formats() if name.startswith(incomplete)]
