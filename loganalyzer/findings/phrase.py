"""Fills the texts of causes and signatures with what the log says."""

from __future__ import annotations

import json
import re
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)(?:\|([^{}]*))?\}")
_OPTIONAL = re.compile(r"\{\?((?:[^{}]|\{[^{}]*\})*)\}")
_MAX_VALUE = 200


@lru_cache(maxsize=4096)
def placeholders(text: str) -> tuple[str, ...]:
    """The names that a text of the patterns asks for."""
    return tuple(m[1] for m in _PLACEHOLDER.finditer(text))


def outline(text: str) -> str:
    """A text with its placeholders by their names, and without fallbacks, as documents show it."""
    return _PLACEHOLDER.sub(lambda m: f"{{{m[1]}}}", _OPTIONAL.sub(r"\1", text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``{name|fallback}`` becomes the value, or the fallback where the log does not show it.

    ``{?at {host}}`` stands only where the log shows every value that it names. A value is data: braces in it are never
    read again, line breaks become blanks, and it is cut at 200 characters.
    """

    def value(m: re.Match[str]) -> str:
        found = values.get(m[1])
        if found is None or not found.strip():
            return m[2] if m[2] is not None else f"the {m[1].replace('_', ' ')}"
        words = " ".join(found.split())
        return words if len(words) <= _MAX_VALUE else words[: _MAX_VALUE - 1] + "…"

    return _PLACEHOLDER.sub(value, _decided(text, values))


def _decided(text: str, values: Mapping[str, str]) -> str:
    """The text with the optional parts that can be filled, before any value is in it."""

    def part(m: re.Match[str]) -> str:
        return m[1] if all(values.get(name, "").strip() for name in placeholders(m[1])) else ""

    return _OPTIONAL.sub(part, text) if "{?" in text else text


def fill_command(text: str, values: Mapping[str, str]) -> str:
    """The same for a command line: every value is quoted for a POSIX shell where it needs it."""
    return _filled(text, values, shlex.quote)


def fill_to_paste(text: str, values: Mapping[str, str]) -> str:
    """The same for what a person pastes: options as JSON, in which no value ends its string, or else a command line."""
    return _filled(text, values, _in_string if text.startswith(('"', '{"')) else shlex.quote)


def _filled(text: str, values: Mapping[str, str], guarded: Callable[[str], str]) -> str:
    def value(m: re.Match[str]) -> str:
        found = values.get(m[1])
        if found is None or not found.strip():
            return m[2] if m[2] is not None else m[1].upper()
        return guarded(" ".join(found.split())[:_MAX_VALUE])

    return _PLACEHOLDER.sub(value, text)


def _in_string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
