"""The mapping between values and pseudonyms: made from a secret, kept in tables, one to one in both directions."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from loganalyzer.redact import shapes
from loganalyzer.redact.aets import AetFamily
from loganalyzer.redact.forms import text_of
from loganalyzer.redact.kinds import Action
from loganalyzer.redact.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MAX_ATTEMPTS = 200
_SHORT = 3
_TABLES = (Action.WORD, Action.NUMBER, Action.AET, Action.IP, Action.UID, Action.HEX)


class NoPseudonymError(Exception):
    """All pseudonyms of a shape are taken."""


class Pseudonyms:
    """Gives every value its pseudonym and takes it back.

    Words are mapped without regard to case and accents, and the pseudonym is written with the case of the word at hand:
    ``DOE``, ``Doe`` and ``doe`` stay recognisable as one. ``surfaces`` holds what cannot be had back that way.
    """

    def __init__(self, secret: bytes, tables: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.secret = secret
        self.forward: dict[Action, dict[str, str]] = {
            action: dict((tables or {}).get(action, {})) for action in _TABLES
        }
        self.inverse: dict[Action, dict[str, str]] = {
            action: {token: value for value, token in table.items()} for action, table in self.forward.items()
        }
        self.surfaces: dict[str, str] = dict((tables or {}).get("surfaces", {}))
        self._days = shapes.day_shift(secret)
        self._clock = shapes.time_shift(secret)
        self._aets = AetFamily(secret, self.forward[Action.AET])
        self._ip_attempt = int(self.surfaces.get("", "0"))
        self._seen_numbers: set[str] = set()
        self._cache: dict[tuple[Action, bytes], bytes] = {}

    def learn(self, seen: Mapping[Action, Iterable[bytes]]) -> None:
        """Prepare the pseudonyms of values that belong together, whatever their order in the log was.

        AETs that differ in case, in blanks or in one character get pseudonyms that do the same. The words are noted so
        that no pseudonym is a word that stands in the log.
        """
        self._seen_numbers = {number.decode() for number in seen.get(Action.NUMBER, ())}
        addresses = {address.decode() for address in seen.get(Action.IP, ())}
        self._choose_addresses(addresses)
        titles = sorted({text_of(title) for title in seen.get(Action.AET, ())})
        for title in titles:
            token = self._aets.token(title, {**self.inverse[Action.AET], **dict.fromkeys(titles, "")})
            self.forward[Action.AET][title] = token
            self.inverse[Action.AET][token] = title
        for word in sorted(seen.get(Action.WORD, ())):
            self.forward[Action.WORD].setdefault(shapes.fold(text_of(word)), "")

    def _choose_addresses(self, addresses: set[str]) -> None:
        """Choose a mapping of addresses in which no pseudonym is an address that stands in the log itself.

        Once an address has been given out with this key, the mapping stays: subnets belong together.
        """
        if self.forward[Action.IP]:
            return
        for attempt in range(_MAX_ATTEMPTS):
            self._ip_attempt = attempt
            if not any(shapes.address(self.secret, address, attempt) in addresses for address in addresses):
                return

    def replace(self, action: Action, piece: bytes) -> bytes:
        """The pseudonym of a piece."""
        key = (action, piece)
        made = self._cache.get(key)
        if made is None:
            made = self._cache[key] = self._replacement(action, piece)
        return made

    def _replacement(self, action: Action, piece: bytes) -> bytes:
        if action is Action.DATE and shapes.can_be_shifted(piece.decode()):
            return shapes.shifted_date(piece.decode(), self._days).encode()
        if action is Action.DATE:
            return re.sub(rb"\d+", lambda digits: self.replace(Action.NUMBER, digits[0]), piece)
        if action is Action.TIME:
            return shapes.shifted_time(piece.decode(), self._clock).encode()
        text = text_of(piece)
        if action is Action.WORD:
            return self._word(text).encode("utf-8", "surrogatepass")
        token = self.forward[action].get(text) or self._new(action, text, text)
        return token.encode("utf-8")

    def _word(self, text: str) -> str:
        folded = shapes.fold(text)
        lower = self.forward[Action.WORD].get(folded) or self._new(Action.WORD, folded, folded)
        token = shapes.with_case_of(text, lower)
        if self._unfolded(token) != text:
            self.surfaces.setdefault(token, text)
        return token

    def _unfolded(self, token: str) -> str | None:
        value = self.inverse[Action.WORD].get(token.lower())
        return None if value is None else shapes.with_case_of(token, value)

    def _new(self, action: Action, value: str, shape: str) -> str:
        inverse = self.inverse[action]
        candidates: Iterator[str] = (self._candidate(action, shape, attempt) for attempt in range(_MAX_ATTEMPTS))
        if len(shape) <= _SHORT:
            candidates = chain(candidates, shapes.all_of_shape(shape))
        for attempt, token in enumerate(candidates):
            if token not in inverse and self._is_fit(action, token, value, attempt):
                self.forward[action][value] = token
                inverse[token] = value
                return token
        raise NoPseudonymError(f"more {action} of {len(value)} characters than there are pseudonyms")

    def _candidate(self, action: Action, value: str, attempt: int) -> str:
        if action is Action.WORD:
            return shapes.word(self.secret, value, attempt)
        if action is Action.NUMBER:
            return shapes.number(self.secret, value, attempt)
        if action is Action.UID:
            return shapes.uid(self.secret, value, attempt)
        if action is Action.HEX:
            return shapes.hexadecimal(self.secret, value, attempt)
        if action is Action.IP:
            return shapes.address(self.secret, value, self._ip_attempt)
        return self._aets.token(value, self.inverse[Action.AET])

    def _is_fit(self, action: Action, token: str, value: str, attempt: int) -> bool:
        """Whether a pseudonym can be mistaken for nothing else; late attempts are content with less."""
        if len(value) == 1 or action is Action.IP:
            return True
        if token == value and attempt < _MAX_ATTEMPTS // 2:
            return False
        if action is Action.NUMBER:
            return attempt > _MAX_ATTEMPTS // 2 or not (shapes.is_date(token) or token in self._seen_numbers)
        if action is not Action.WORD or attempt > _MAX_ATTEMPTS // 2:
            return True
        cases = (token, token.upper(), token.capitalize())
        return token not in self.forward[Action.WORD] and not any(case.encode() in vocabulary() for case in cases)

    def restore(self, action: Action, piece: bytes) -> bytes:
        """The value that a pseudonym stands for; a piece that is no pseudonym comes back as it is."""
        if action is Action.DATE:
            return shapes.shifted_date(piece.decode(), -self._days).encode()
        if action is Action.TIME:
            return shapes.shifted_time(piece.decode(), self._clock, -1).encode()
        text = text_of(piece)
        if action is Action.WORD:
            value = self.surfaces.get(text) or self._unfolded(text) or text
        else:
            value = self.inverse[action].get(text, text)
        return value.encode("utf-8", "surrogatepass")

    def is_pseudonym(self, action: Action, piece: bytes) -> bool:
        """Whether a piece of the result is a pseudonym, and not a value that was overlooked."""
        if action is Action.TIME:
            return True
        if action is Action.DATE:
            return shapes.is_shifted(piece.decode())
        text = text_of(piece)
        return (text.lower() if action is Action.WORD else text) in self.inverse[action]

    def tables(self) -> dict[str, dict[str, str]]:
        """What the key file holds; each table in the order in which its pseudonyms were given out."""
        used = {action.value: {value: token for token, value in self.inverse[action].items()} for action in _TABLES}
        return {**used, "surfaces": {**self.surfaces, "": str(self._ip_attempt)}}
