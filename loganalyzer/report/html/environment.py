"""What all pages of HTML have in common: what templates write is escaped and visible, and what a page may load is told.

A page's own Content Security Policy allows the styles and scripts in it by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from loganalyzer.report.view import not_understood, size
from loganalyzer.report.visible import visible
from loganalyzer.texts import grouped

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

_SHORT = 500


def asset_text(names: tuple[str, ...]) -> str:
    """Return the package's own style sheets or scripts ``names``, one after the other."""
    folder = files("loganalyzer.report.html").joinpath("assets")
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def hash_source(text: str) -> str:
    """Return the source of a Content Security Policy that allows a style sheet or script with this text."""
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def style_policy(style: str) -> str:
    """Return the policy of a page without scripts, whose one style sheet is ``style``."""
    return f"default-src 'none'; style-src {hash_source(style)}; img-src data:; base-uri 'none'; form-action 'none'"


class Shown(str):
    """Text that has been made visible at its own length; everything else is shortened to :data:`_SHORT`."""

    __slots__ = ()


def visible_value(value: object) -> object:
    """Take the last look at every value that a template writes: texts become visible text, nothing is None."""
    if value is None:
        message = "a template wrote a value that is not there"
        raise ValueError(message)
    return visible(value, _SHORT) if type(value) is str else value


def template_environment(*packages: str, finalize: Callable[[object], object] = visible_value) -> Environment:
    """Return an environment for templates of ``packages``: whatever they write is escaped, and made visible first."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(size=size, grouped=grouped, not_understood=not_understood)
    return environment
