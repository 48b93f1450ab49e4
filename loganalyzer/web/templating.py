"""The pages of the server, in the look of the report and under the same rules for what a log or a client brings."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.html.environment import asset_text, template_environment

if TYPE_CHECKING:
    from jinja2 import Environment

_ASSETS: dict[str, tuple[str, ...]] = {
    "style.css": ("page.css",), "theme.js": ("theme.js",), "upload.js": (), "progress.js": ()
}  # fmt: skip
"""Names of the server's assets, with what of the report's goes before their own."""


@cache
def asset(name: str) -> bytes | None:
    """Return one of the server's style sheets and scripts, None when there is none of that name."""
    if name not in _ASSETS:
        return None
    shared = asset_text(_ASSETS[name]).encode("utf-8")
    own = files(__package__).joinpath("assets", name)
    return shared + own.read_bytes() if own.is_file() else shared


@cache
def asset_version() -> str:
    """Return a name for the present contents of all assets, so that browsers may keep them."""
    digest = hashlib.sha256()
    for name in sorted(_ASSETS):
        digest.update(asset(name) or b"")
    return digest.hexdigest()[:16]


def render(template: str, **values: object) -> str:
    """Return a page."""
    return _environment().get_template(template).render(assets=f"/assets/{asset_version()}", **values)


@cache
def _environment() -> Environment:
    from loganalyzer.web.words import ago, date_of, status_words

    environment = template_environment("loganalyzer.web", "loganalyzer.report.html")
    environment.globals.update(ago=ago, date_of=date_of, status_words=status_words)
    return environment
