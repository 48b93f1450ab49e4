"""Options that several commands have."""

from __future__ import annotations

import click

OUTPUT = click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
TEXT_OR_JSON = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="What to write."
)
FOLDERS = click.option(
    "--patterns", "folders", metavar="DIR", multiple=True, help="A folder of further patterns; may be given repeatedly."
)
