"""``loganalyzer serve``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from loganalyzer.cli.diagnose import patterns_of
from loganalyzer.cli.output import not_empty

if TYPE_CHECKING:
    from loganalyzer.web.settings import Settings

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_NAME = "LOGANALYZER"


class _Duration(click.ParamType[float]):
    """A number of seconds, minutes, hours or days: ``7d``, ``90m``."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhd])", str(value))
        if found is None or not float(found[1]):
            self.fail(f"{value!r} is no time; write it as 30s, 90m, 12h or 7d.", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


@click.command("serve", context_settings={"show_default": True, "auto_envvar_prefix": None})
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen; only this machine by default.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--data", metavar="DIR", callback=not_empty, help="Folder for uploads and diagnoses, for its owner only.",
    show_default=False,
)  # fmt: skip
@click.option(
    "--token", envvar=f"{_NAME}_TOKEN", metavar="T", show_envvar=True,
    help="Ask everybody for this access token. Other users of the machine see it on the command line, not in the"
    " environment.",
)  # fmt: skip
@click.option("--no-store", is_flag=True, help="Keep nothing on disk once a diagnosis is done; results only in memory.")
@click.option("--retention", default="7d", type=_Duration(), metavar="TIME", help="Delete diagnoses after this time.")
@click.option("--public-url", metavar="URL", help="Where people reach the server through a proxy.")
@click.option("--patterns", metavar="DIR", multiple=True, help="A folder of further patterns; may be given repeatedly.")
@click.option("--max-upload", default=1024, type=click.IntRange(1), metavar="MIB", help="Largest upload.")
@click.option("--max-files", default=100, type=click.IntRange(1, 10_000), metavar="N", help="Most files in one upload.")
@click.option(
    "--max-expanded", default=4096, type=click.IntRange(1), metavar="MIB", help="Most that may come out of archives."
)
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Diagnoses at a time.", show_default="2")
@click.option("--memory", default=2048, type=click.IntRange(512), metavar="MIB", help="Memory for one diagnosis.")
@click.option("--time-limit", default="15m", type=_Duration(), metavar="TIME", help="Longest time for one diagnosis.")
@click.option("--queue", default=100, type=click.IntRange(1), metavar="N", help="Diagnoses that may wait.")
@click.option("--rate", default=60, type=click.IntRange(1), metavar="N", help="Uploads a minute from one address.")
@click.option("--idle", default="20s", type=_Duration(), metavar="TIME", help="Drop a client that stalls for so long.")
def serve_command(
    host: str, port: int, data: str | None, token: str | None, retention: float, public_url: str | None,
    patterns: tuple[str, ...], max_upload: int, max_files: int, max_expanded: int, workers: int | None, memory: int,
    time_limit: float, queue: int, rate: int, idle: float, *, no_store: bool,
) -> None:  # fmt: skip
    """Serve a page for uploading logs and reading their diagnoses, and the same for programs.

    Prints its address when it accepts connections; its own log, which quotes no uploaded log, goes to standard error.
    SIGTERM stops it.
    """
    try:
        from loganalyzer.web.settings import MIB, Settings
    except ImportError as error:
        raise click.ClickException(f"serve needs the package {error.name}; install loganalyzer again.") from None
    if token is not None and not token.strip():
        raise click.BadParameter("it is empty.", param_hint="'--token'")
    settings = Settings(
        data=_data_folder() if data is None else Path(data), host=host, port=port, token=token, store=not no_store,
        retention=retention, public_url=_checked_url(public_url), patterns=patterns, max_upload=max_upload * MIB,
        max_files=max_files, max_expanded=max_expanded * MIB, memory=memory * MIB, time_limit=time_limit, queue=queue,
        rate=rate, idle=idle, **({} if workers is None else {"workers": workers}),
    )  # fmt: skip
    if not settings.loopback and token is None:
        click.echo(f"loganalyzer: warning: whoever reaches {host} can upload; --token asks for a token.", err=True)
    patterns_of(patterns)  # what is wrong with them is said now rather than with every upload
    _serve(settings)


def _serve(settings: Settings) -> None:
    try:
        from loganalyzer.web.folders import DataFolderError
        from loganalyzer.web.server import ServeError, serve
        from loganalyzer.web.store import StoreError
    except ImportError as error:
        raise click.ClickException(f"serve needs the package {error.name}; install loganalyzer again.") from None

    def announce(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()

    try:
        serve(settings, announce)
    except (DataFolderError, ServeError, StoreError) as error:
        raise click.ClickException(f"{error}.") from None


def _data_folder() -> Path:
    """Where programs keep their state: systemd says it, else the XDG base directory specification."""
    system = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if system:
        return Path(system)
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "loganalyzer"


def _checked_url(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets without an address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        message = f"{url!r} is no address such as https://logs.example.org."
        raise click.BadParameter(message, param_hint="'--public-url'")
    return url.rstrip("/")
