"""The sentences for people, kept apart from the code that puts them in place.

One folder per language (``en/``) holds TOML files; each file is a section, ``verdict.toml``'s ``failure`` is
``verdict.failure``. A text may name values in braces; a text that depends on a number is a table with ``one`` and
``other``. A translation is a copy of the folder.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en",)


class Texts:
    """The texts of one language. A missing key or value is an error of the program: ``KeyError``."""

    def __init__(self, sections: dict[str, Any]) -> None:
        self._sections = sections

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text ``key`` (``section.name``) with ``values`` put in place."""
        text = self._find(key)
        if not isinstance(text, str):
            raise KeyError(key)
        return text.format_map(values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """Return the form of text ``key`` that goes with ``number``, which it names ``{n}``."""
        forms = self._find(key)
        if not isinstance(forms, dict):
            raise KeyError(key)
        form: str = forms["one" if number == 1 else "other"]
        return form.format_map({"n": grouped(number), **values})

    def word(self, key: str, default: str) -> str:
        """Return the text ``key``, or ``default`` (which is data) where the catalogue has none."""
        try:
            text = self._find(key)
        except KeyError:
            return default
        return text if isinstance(text, str) else default

    def section(self, key: str) -> dict[str, Any]:
        """Return a whole table of texts, for the script of the HTML report."""
        found = self._find(key)
        if not isinstance(found, dict):
            raise KeyError(key)
        return found

    def _find(self, key: str) -> object:
        found: object = self._sections
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(key)
            found = found[part]
        return found


def grouped(number: int) -> str:
    """Return ``number`` in groups of three digits, parted by a thin no-break space when it has five digits or more."""
    return f"{number:,}".replace(",", "\u2009") if abs(number) >= 10_000 else str(number)


@cache
def texts(language: str = "en") -> Texts:
    """Return the texts of ``language``, one of :data:`LANGUAGES`; raises ``KeyError`` for any other."""
    if language not in LANGUAGES:
        raise KeyError(language)
    folder = files(__package__).joinpath(language)
    return Texts(
        {
            entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        }
    )
