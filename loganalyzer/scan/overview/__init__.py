"""The overview of a dataset: one page of HTML that asks for nothing, beside the pages of the logs that it leads to.

Its look is that of the report of one log. It holds no script; its Content Security Policy allows its one style sheet,
by its hash, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.html import asset_text
from loganalyzer.report.view import moment, size, span
from loganalyzer.report.visible import visible
from loganalyzer.scan.dataset import Dataset
from loganalyzer.scan.overview.page import page
from loganalyzer.texts import grouped

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jinja2 import Environment

_STYLES = ("page.css", "print.css")
_SHORT = 300


def render_overview(folder: Path) -> bytes:
    """``index.html`` of the dataset in ``folder``; equal datasets give equal bytes."""
    from markupsafe import Markup

    own = files(__package__).joinpath("overview.css").read_text(encoding="utf-8")
    style = asset_text(_STYLES) + own
    policy = f"default-src 'none'; style-src '{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("overview.html.j2")
    html = template.render(page=page(Dataset.open(folder)), style=Markup(style), policy=policy)  # noqa: S704 -- own file
    return html.encode("utf-8", "backslashreplace")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _finalize(value: object) -> object:
    """Every value that the template writes is visible text; none is a dash."""
    if value is None:
        return "–"
    return visible(value, _SHORT) if type(value) is str else value


def _day(time: datetime | None) -> str:
    return "–" if time is None else f"{time:%Y-%m-%d}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("loganalyzer.scan.overview"), autoescape=True, undefined=StrictUndefined,
        finalize=_finalize, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(
        grouped=lambda n: grouped(int(n)) if n is not None else "–", size=size, moment=moment, span=span,
        day=_day,
    )  # fmt: skip
    return environment
