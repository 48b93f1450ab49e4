"""The ``loganalyzer`` command and the list of its subcommands, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

from loganalyzer import __version__

#: Name of a command → the module and attribute that hold it, and its one-line help.
COMMANDS = {
    "diagnose": ("loganalyzer.cli.diagnose", "diagnose_command", "Say what is wrong in one or more logs."),
    "redact": ("loganalyzer.cli.redact", "redact_command", "Take out of logs what identifies people and sites."),
    "explain": ("loganalyzer.cli.explain", "explain_command", "Say what a code, a signature or a cause means."),
    "why": ("loganalyzer.cli.explain", "why_command", "Say all that a log shows of one association."),
    "ask": ("loganalyzer.cli.explain", "ask_command", "List what only a person can tell."),
    "diff": ("loganalyzer.cli.diff", "diff_command", "Compare two diagnoses."),
    "timeline": ("loganalyzer.cli.timeline", "timeline_command", "List the associations of one or more logs."),
    "patterns": ("loganalyzer.cli.patterns", "patterns_command", "List, check, test and write patterns."),
    "serve": ("loganalyzer.cli.serve", "serve_command", "Serve a page for uploads, and the same for programs."),
    "scan": ("loganalyzer.cli.scan", "scan_command", "Read archives of logs into a dataset with an overview."),
    "query": ("loganalyzer.cli.query", "query_command", "Ask a dataset by SQL."),
    "top": ("loganalyzer.cli.query", "top_command", "Ask a dataset for causes, peers, unknown errors, slow peers."),
    "triage": ("loganalyzer.cli.triage", "triage_command", "Say what a post is about, and draft an answer."),
}


class _LazyGroup(click.Group):
    """Lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loganalyzer")
def cli() -> None:
    """Turn an Orthanc log into a diagnosis."""
