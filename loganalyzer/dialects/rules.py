"""Rules of a dialect: the wording of a message, and the event of the wire that it tells of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rule:
    """``text`` is a regular expression for the whole message; its named groups and ``fields`` are the event's fields.

    ``waits`` says that the next line completes the message: ``condition`` (an error code and its text) or ``reject``
    (result, source and reason).
    """

    text: str
    event: str
    fields: dict[str, str] = field(default_factory=dict)
    waits: str | None = None


class Rules:
    """Finds the rule that a message follows. The first word decides which ones are tried."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._by_word: dict[str, list[tuple[re.Pattern[str], Rule]]] = {}
        for rule in rules:
            word = re.match(r"[\w$&'-]+", rule.text)
            key = word[0] if word is not None else ""
            self._by_word.setdefault(key, []).append((re.compile(rule.text), rule))

    def find(self, message: str) -> tuple[Rule, dict[str, str]] | None:
        """The rule, and the fields of its event."""
        word = _FIRST_WORD.match(message)
        for key in (word[0] if word is not None else "", ""):
            for pattern, rule in self._by_word.get(key, ()):
                m = pattern.fullmatch(message)
                if m is not None:
                    return rule, rule.fields | {k: v for k, v in m.groupdict().items() if v is not None}
        return None


_FIRST_WORD = re.compile(r"[\w$&'-]+")
