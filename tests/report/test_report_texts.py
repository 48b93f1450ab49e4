from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import loganalyzer
from loganalyzer.texts import LANGUAGES, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(loganalyzer.__file__).parent
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for pattern in (
        "config/*.py",
        "diagnosis/*.py",
        "report/**/*.py",
        "report/**/*.j2",
        "report/**/*.js",
        "triage/**/*.py",
        "triage/**/*.j2",
        "cli/**/*.py",
    )
    for path in sorted(PACKAGE.glob(pattern))
)

STARTS = tuple(start for start in re.findall(r"[\"']([a-z]+\.[a-z_.-]*)(?:\{|[\"'] ~)", SOURCES) if start.count("."))
"""Beginnings of keys that the sources complete with a value of the diagnosis."""


def _keys() -> Iterator[tuple[str, str]]:
    def walk(table: dict[str, object], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in table.items():
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{key}.")
            else:
                assert isinstance(value, str)
                yield prefix + key, value

    for entry in files("loganalyzer.texts").joinpath("en").iterdir():
        name = entry.name.removesuffix(".toml")
        yield from walk(texts().section(name), f"{name}.")


def _is_used(key: str) -> bool:
    plain = re.sub(r"\.(one|other)$", "", key)
    section, _, name = plain.partition(".")
    if re.search(rf"[\"'`]{re.escape(plain)}[\"'`]", SOURCES):
        return True
    if section in ("html", "script") and re.search(rf"\b(texts\.{section}|t)\.{re.escape(name)}\b", SOURCES):
        return True
    return plain.startswith(STARTS) or (section == "filter" and 'section("filter.word")' in SOURCES)


def test_every_text_is_used() -> None:
    assert [key for key, _ in _keys() if not _is_used(key)] == []


def test_every_text_that_is_named_exists() -> None:
    for key in re.findall(r"\b(?:t|w|texts|self\._texts)\(\s*[\"']([a-z]+\.[a-z_.-]+)[\"'][,)]", SOURCES):
        assert texts()(key, **dict.fromkeys(_names(key), "x"))
    for key in re.findall(r"\b(?:n|count)\(\s*[\"']([a-z]+\.[a-z_.-]+)[\"']", SOURCES):
        assert {"one", "other"} <= set(texts().section(key))


def _names(key: str) -> list[str]:
    text = dict(_keys())[key]
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def test_numbers_have_both_forms() -> None:
    keys = {key for key, _ in _keys()}
    for key in keys:
        if key.endswith(".one"):
            assert f"{key[:-4]}.other" in keys


def test_texts_hold_no_markup() -> None:
    assert [key for key, text in _keys() if re.search(r"</?[a-z]|&[a-z]+;|\x1b", text)] == []


def test_every_language_has_a_folder() -> None:
    folder = files("loganalyzer.texts")
    names = {one.name for one in folder.iterdir() if one.is_dir() and one.name != "__pycache__"}
    assert names == set(LANGUAGES)
