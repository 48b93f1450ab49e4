"""The HTML report: one file that asks for nothing, to be mailed, printed and opened anywhere.

Its own Content Security Policy allows the one style sheet and the one script in it, by their hashes, and nothing else;
so neither templates nor charts hold ``style`` or ``on…`` attributes. Everything that a log brings is written with
Jinja2's autoescape, or by the script as text; :func:`_finalize` makes it visible text first.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.advice import is_command, risk_of
from loganalyzer.report.excerpt import excerpts
from loganalyzer.report.html.embed import for_script, uid_text
from loganalyzer.report.html.page import WHOLE, Anchors, Extent, page
from loganalyzer.report.view import clock, moment, not_understood, size, span, year_known
from loganalyzer.report.visible import paragraphs, visible
from loganalyzer.texts import grouped, texts

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from loganalyzer.diagnosis.model import Diagnosis

STYLES = ("page.css", "findings.css", "diagrams.css", "print.css")
SCRIPTS = ("start.js", "query.js", "diagram.js", "drawer.js", "table.js", "timeline.js", "page.js")

_LINES_TO_PASTE = 200
_SHORT = 500
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/%#?&=+,;:@-]*)?")


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


def asset_text(names: tuple[str, ...]) -> str:
    """Return the package's own style sheets or scripts ``names``, one after the other."""
    folder = files(__package__).joinpath("assets")
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def is_link(text: str) -> bool:
    """Whether ``text`` is a plain https address that may become a link."""
    return _LINK.fullmatch(text) is not None


def multiline(text: str) -> Markup:
    """Return a text of several lines, such as a piece of configuration, as visible text line by line."""
    from markupsafe import Markup

    return Markup("\n").join(visible(line) for line in text.split("\n")[:_LINES_TO_PASTE])


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


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


class Shown(str):
    """Text that has been made visible at its own length; everything else is shortened to :data:`_SHORT`."""

    __slots__ = ()


def _shown(text: str) -> Shown:
    return Shown(visible(text))


def _paragraphs(text: str) -> list[Shown]:
    return [Shown(part) for part in paragraphs(text)]


def _finalize(value: object) -> object:
    """Take the last look at every value that a template writes: texts become visible text, nothing is None."""
    if value is None:
        message = "a template wrote a value that is not there"
        raise ValueError(message)
    return visible(value, _SHORT) if type(value) is str else value


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


def template_environment(*packages: str) -> Environment:
    """Return an environment for templates of ``packages``: whatever they write is escaped, and made visible first."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(size=size, grouped=grouped, not_understood=not_understood)
    return environment


__all__ = ["Extent", "render_html"]
