"""The overview of a dataset: one page of HTML that asks for nothing, beside the pages of the logs that it leads to.

Its look is that of the report of one log. It holds no script; its Content Security Policy allows its one style sheet,
by its hash, and nothing else.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.html.environment import asset_text, style_policy, template_environment, visible_value
from loganalyzer.report.view import moment, span
from loganalyzer.scan.dataset import Dataset
from loganalyzer.scan.overview.page import page
from loganalyzer.texts import grouped

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jinja2 import Template

_STYLES = ("page.css", "print.css")


def render_overview(folder: Path) -> bytes:
    """``index.html`` of the dataset in ``folder``; equal datasets give equal bytes."""
    from markupsafe import Markup

    own = files(__package__).joinpath("overview.css").read_text(encoding="utf-8")
    style = asset_text(_STYLES) + own
    html = overview_template().render(
        page=page(Dataset.open(folder)),
        style=Markup(style),  # noqa: S704 -- the package's own file
        policy=style_policy(style),
    )
    return html.encode("utf-8", "backslashreplace")


def _finalize(value: object) -> object:
    """Every value that the template writes is visible text; none is a dash."""
    return "–" if value is None else visible_value(value)


def _day(time: datetime | None) -> str:
    return "–" if time is None else f"{time:%Y-%m-%d}"


@cache
def overview_template() -> Template:
    """The template; to make it takes as long as to fill it in."""
    environment = template_environment("loganalyzer.scan.overview", finalize=_finalize)
    environment.globals.update(
        grouped=lambda n: grouped(int(n)) if n is not None else "–", moment=moment, span=span, day=_day,
    )  # fmt: skip
    return environment.get_template("overview.html.j2")
