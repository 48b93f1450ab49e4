"""Triage as one HTML file that asks for nothing: the table of the threads, then each thread.

Its Content Security Policy allows its one style sheet only; all that posts bring is escaped by Jinja2 and made visible.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.html.environment import style_policy, template_environment
from loganalyzer.report.visible import visible
from loganalyzer.texts import texts
from loganalyzer.triage.questions import headline_of, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from loganalyzer.triage.result import Triage
    from loganalyzer.triage.table import Row

COLUMNS = ("number", "thread", "verdict", "cause", "confidence", "messages", "answered", "missing", "similar")
_SHORT = 500
_MOST_FACTS = 30


def page_start(rows: Sequence[Row]) -> str:
    """The beginning of the page, with the table."""
    from markupsafe import Markup

    style = files(__package__).joinpath("templates/page.css").read_text(encoding="utf-8")
    template = _environment().get_template("start.html.j2")
    policy, style = Markup(style_policy(style)), Markup(style)  # noqa: S704 - the package's own file
    return template.render(rows=rows, columns=COLUMNS, policy=policy, style=style)


def article(triage: Triage, number: int) -> str:
    """One thread."""
    from markupsafe import Markup, escape

    template = _environment().get_template("article.html.j2")
    lines = (escape(visible(line, _SHORT)) for line in triage.reply.rstrip("\n").split("\n"))
    return template.render(
        triage=triage, number=number, diagnosis=triage.diagnosis, causes=told(triage.diagnosis),
        reply=Markup("\n").join(lines), most_facts=_MOST_FACTS, headline=headline_of(triage.diagnosis),
    )  # fmt: skip


def page_end() -> str:
    """The end of the page."""
    return "</main>\n</body>\n</html>\n"


@cache
def _environment() -> Environment:
    environment = template_environment("loganalyzer.triage")
    environment.globals.update(say=texts())
    return environment
