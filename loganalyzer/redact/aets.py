"""Pseudonyms of application entity titles that keep what a diagnosis lives on: which titles are nearly the same.

A peer that calls itself ``CT_ROOM2`` where the configuration says ``ct_room2``, ``CT-ROOM2`` or ``CT_ROOM`` is one of
the most frequent causes of a refused association; after the redaction it must still be seen.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from loganalyzer.redact import shapes
from loganalyzer.redact.vocabulary import DEFAULT_AETS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIN_LENGTH = 3
_MAX_LENGTH = 16
_MAX_ATTEMPTS = 200


class AetFamily:
    """Derives the pseudonym of a title from that of a title that resembles it, if there is one."""

    def __init__(self, secret: bytes, known: Mapping[str, str]) -> None:
        self._secret = secret
        self._tokens: dict[str, str] = {}
        self._by_neighbour: dict[str, str] = {}
        for title in sorted(DEFAULT_AETS):
            self._note(title, title)
        for title, token in known.items():
            self._note(title, token)

    def token(self, title: str, taken: Mapping[str, str]) -> str:
        """The pseudonym of a title, of the same length; ``taken`` are the pseudonyms in use."""
        if title in self._tokens:
            return self._tokens[title]
        relative = self._relative(title)
        made = title
        for attempt in range(_MAX_ATTEMPTS):
            if relative and attempt < _MAX_ATTEMPTS // 2:
                made = self._derived(title, relative, attempt)
                if made == title and relative in DEFAULT_AETS and _is_part(title, relative):
                    break
            else:
                made = shapes.aet(self._secret, title, attempt)
            if made not in taken and (made != title or not any(map(str.isalnum, title))):
                break
        self._note(title, made)
        return made

    def _note(self, title: str, token: str) -> None:
        self._tokens[title] = token
        for neighbour in _neighbours(title):
            self._by_neighbour.setdefault(neighbour, title)

    def _relative(self, title: str) -> str | None:
        found = [self._by_neighbour[neighbour] for neighbour in _neighbours(title) if neighbour in self._by_neighbour]
        return min(
            found,
            key=lambda other: (-SequenceMatcher(None, title.casefold(), other.casefold()).ratio(), other),
            default=None,
        )

    def _derived(self, title: str, relative: str, attempt: int) -> str:
        """Apply to the relative's pseudonym what turns the relative into the title."""
        token = self._tokens[relative]
        low, other = title.lower(), relative.lower()
        if len(low) != len(title) or len(other) != len(relative) or len(token) != len(relative):
            return shapes.aet(self._secret, title, attempt)
        made: list[str] = []
        for operation, i1, _i2, j1, j2 in SequenceMatcher(None, other, low, autojunk=False).get_opcodes():
            if operation == "equal":
                made += [_as(b, token[i1 + k]) for k, b in enumerate(title[j1:j2])]
            else:
                made += [
                    shapes.aet_character(self._secret, relative + str(j), title[j], attempt) for j in range(j1, j2)
                ]
        return "".join(made)


def _as(pattern: str, character: str) -> str:
    return character.upper() if pattern.isupper() else character.lower() if pattern.islower() else character


def _is_part(title: str, whole: str) -> bool:
    """Whether a title has no character that the other one does not have, in the same order; case does not count."""
    rest = iter(whole.casefold())
    return all(character in rest for character in title.casefold())


def _neighbours(title: str) -> set[str]:
    """Forms that titles share which differ in case, in blanks, by one character or by being cut to 16 characters."""
    low = "".join(title.casefold().split())
    forms = {low, low[:_MAX_LENGTH]}
    if len(low) > _MIN_LENGTH:
        forms |= {low[:i] + low[i + 1 :] for i in range(len(low))}
    return forms
