"""Writes a diagnosis in one of its forms."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from loganalyzer.diagnosis.model import Diagnosis


def render(diagnosis: Diagnosis, form: str, *, to_terminal: bool) -> str:
    """The diagnosis as text, json, html or markdown."""
    if form == "json":
        from loganalyzer.report.json import to_json

        return to_json(diagnosis)
    if form == "html":
        from loganalyzer.report.html import render_html

        return render_html(diagnosis)
    if form == "markdown":
        from loganalyzer.report.markdown import render_markdown

        return render_markdown(diagnosis)
    from loganalyzer.report.text import render_text

    encoding = (sys.stdout.encoding or "ascii").lower()
    return render_text(
        diagnosis,
        width=shutil.get_terminal_size((100, 24)).columns if to_terminal else 100,
        color=to_terminal and "NO_COLOR" not in os.environ,
        ascii_only="utf" not in encoding,
        verbose=False,
    )


def write_output(diagnosis: Diagnosis, form: str, output: Path | None) -> None:
    """Writes to a file, or to stdout. The file is written aside and renamed, so that it is never half there."""
    to_terminal = output is None and sys.stdout.isatty()
    text = render(diagnosis, form, to_terminal=to_terminal)
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        stream = click.get_binary_stream("stdout")
        stream.write(data if data.endswith(b"\n") else data + b"\n")
        stream.flush()
        return
    aside = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(data)
        aside.replace(output)
    except OSError as e:
        aside.unlink(missing_ok=True)
        raise click.ClickException(f"{output}: cannot be written: {e.strerror}") from None
