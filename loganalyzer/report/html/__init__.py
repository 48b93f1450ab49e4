"""The HTML report: one file that asks for nothing, to be mailed, printed and opened anywhere.

Its own Content Security Policy allows the one style sheet and the one script in it, by their hashes, and nothing else;
so neither templates nor charts hold ``style`` or ``on…`` attributes. Everything that a log brings is written with
Jinja2's autoescape, or by the script as text; ``environment.py`` makes it visible text first.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from loganalyzer.report.advice import is_command, is_link, risk_of
from loganalyzer.report.excerpt import excerpts
from loganalyzer.report.html.embed import for_script, uid_text
from loganalyzer.report.html.environment import Shown, asset_text, hash_source, template_environment
from loganalyzer.report.html.page import WHOLE, Anchors, Extent, page
from loganalyzer.report.view import clock, moment, span, year_known
from loganalyzer.report.visible import paragraphs, visible
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from loganalyzer.diagnosis.model import Diagnosis

STYLES = ("page.css", "findings.css", "diagrams.css", "print.css")
SCRIPTS = ("theme.js", "start.js", "query.js", "diagram.js", "drawer.js", "table.js", "timeline.js", "page.js")

_LINES_TO_PASTE = 200


def render_html(diagnosis: Diagnosis, *, charts: bool = True, extent: Extent = WHOLE) -> str:
    """Return ``diagnosis`` as one self-contained HTML document; equal diagnoses give equal bytes.

    ``charts`` leaves out the charts when False; with fewer than three associations there are none anyway, and
    matplotlib is not imported. ``extent`` bounds the findings and associations that are written out.
    """
    from markupsafe import Markup

    from loganalyzer.report.charts import draw_charts

    language = "en"
    t = texts(language)
    drawn = draw_charts(diagnosis, t) if charts else []
    shown = page(diagnosis, drawn, t, extent)
    style, script = asset_text(STYLES), f"'use strict';(()=>{{\n{asset_text(SCRIPTS)}}})();\n"
    year = year_known(diagnosis)

    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            d=diagnosis,
            page=shown,
            language=language,
            t=t,
            n=t.count,
            w=t.word,
            anchors=Anchors(),
            moment=partial(moment, year=year),
            span=partial(span, year=year),
            excerpts=partial(excerpts, names=shown.names),
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704 -- the package's own file
            script=Markup(script),  # noqa: S704 -- the package's own file
            data=Markup(shown.embedded.json()),  # noqa: S704 -- JSON without <, > and &
            script_texts=Markup(for_script(_script_texts())),  # noqa: S704 -- likewise
        )
    )


def multiline(text: str) -> Markup:
    """Return a text of several lines, such as a piece of configuration, as visible text line by line."""
    from markupsafe import Markup

    return Markup("\n").join(visible(line) for line in text.split("\n")[:_LINES_TO_PASTE])


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {hash_source(style)}",
            f"script-src {hash_source(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _script_texts() -> dict[str, object]:
    t = texts()
    return {
        "script": t.section("script"),
        "html": {key: text for key, text in t.section("html").items() if isinstance(text, str)},
        "answer": t.section("html.context_answer"),
        "remedy": t.section("html.remedy"),
        "outcome": t.section("outcome"),
        "phase": t.section("sequence.phase"),
        "word": t.section("word"),
        "filter": t.section("filter.word"),
        "others": t("html.overview_others"),
    }


def _shown(text: str) -> Shown:
    return Shown(visible(text))


def _paragraphs(text: str) -> list[Shown]:
    return [Shown(part) for part in paragraphs(text)]


@cache
def _environment() -> Environment:
    environment = template_environment("loganalyzer.report.html")
    environment.globals.update(
        clock=clock,
        paragraphs=_paragraphs,
        shown=_shown,
        multiline=multiline,
        is_link=is_link,
        is_command=is_command,
        risk_of=risk_of,
        uid=uid_text,
    )
    return environment


__all__ = ["Extent", "render_html"]
