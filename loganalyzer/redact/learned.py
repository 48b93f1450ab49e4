"""What the first pass has learned at labelled places, ready to be found elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.redact.finder import Finder
from loganalyzer.redact.forms import text_of
from loganalyzer.redact.kinds import Kind
from loganalyzer.redact.shapes import fold, is_date
from loganalyzer.redact.vocabulary import DEFAULT_AETS, is_measure, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORDS = re.compile(rb"[0-9A-Za-z\x80-\xff]+")
_MIN_DIGITS = 5
_MIN_LETTERS = 3
_MIN_AET = 3
_MIN_PHRASE = 6
_LONGEST_PHRASE = 1_000
#: Numbers that together are an identifier (``123-45-6789``, ``73.519``). UIDs, addresses, dates and times have shapes
#: of their own.
_NUMBERS = re.compile(rb"\d+(?:[-/ ]\d+)+|\d+\.\d+")
#: Kinds that are found by their shape or by a search of their own, wherever they stand.
_SHAPED = frozenset({Kind.AET, Kind.SOFTWARE, Kind.UID, Kind.RESOURCE, Kind.IP})


@dataclass
class Learned:
    """Values of labelled places.

    A value is looked for elsewhere only when it cannot be mistaken for something harmless: a word that is not in the
    vocabulary needs no looking for, as such words are replaced anyway; a number needs five digits; several words
    together need six letters; an AET three characters, and must not be a word of the vocabulary.
    """

    words: set[str] = field(default_factory=set)
    names: set[bytes] = field(default_factory=set)
    numbers: set[bytes] = field(default_factory=set)
    dates: set[bytes] = field(default_factory=set)
    phrases: dict[bytes, Kind] = field(default_factory=dict)
    soft: dict[bytes, Kind] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    weak: set[str] = field(default_factory=set)
    _finder: Finder[Kind] | None = None
    _soft_finder: Finder[Kind] | None = None

    def learn(self, kind: Kind, value: bytes) -> None:
        """Take note of a value (plain text) of a labelled place."""
        if kind is Kind.AET:
            self._learn_aet(value)
        if kind in _SHAPED:
            return
        for part in value.split(b"\\"):
            words = _WORDS.findall(part)
            for word in words:
                self._learn_word(kind, word)
            if len(words) > 1:
                self._learn_phrase(kind, part.strip(b" \0\"'"), words)

    def keep(self, value: bytes) -> None:
        """Take note of a value that is to stay wherever it stands."""
        self.kept.update(fold(text_of(word)) for word in _WORDS.findall(value))

    def _learn_aet(self, value: bytes) -> None:
        for title in value.split(b"\\"):
            bare = title.strip(b" \0\"'")
            letters = sum(len(word) for word in _WORDS.findall(bare))
            if letters < _MIN_AET or bare.decode("latin-1").upper() in DEFAULT_AETS or is_measure(bare):
                continue
            if bare in vocabulary() or bare.isdigit():
                self.weak.add(bare.decode("latin-1"))
            else:
                self.phrases[bare.lower()] = Kind.AET

    def _learn_word(self, kind: Kind, word: bytes) -> None:
        if word.isdigit():
            # The number in a host is a port.
            if len(word) >= _MIN_DIGITS and kind is not Kind.HOST:
                self.numbers.add(word)
                if is_date(word.decode()):
                    self.dates.add(word)
        elif len(word) >= _MIN_LETTERS:
            self.words.add(fold(text_of(word)))
            if word in vocabulary():
                self.weak.add(word.decode("latin-1"))
                if kind is Kind.PERSON:
                    self.names.add(word)

    def _learn_phrase(self, kind: Kind, phrase: bytes, words: list[bytes]) -> None:
        if len(phrase) > _LONGEST_PHRASE or sum(map(len, words)) < _MIN_PHRASE:
            return
        if all(word.isdigit() for word in words):
            if kind is not Kind.HOST and _NUMBERS.fullmatch(phrase) and not is_date(phrase.decode()):
                self.phrases.setdefault(phrase.lower(), kind)
            return
        ordinary = [word in vocabulary() or (word.isdigit() and len(word) < _MIN_DIGITS) for word in words]
        if all(ordinary):
            self.soft.setdefault(phrase.lower(), kind)
        elif any(ordinary) or any(len(word) == 1 for word in words):
            self.phrases.setdefault(phrase.lower(), kind)

    def merge(self, other: Learned) -> None:
        """Take over what was learned elsewhere."""
        self.words |= other.words
        self.names |= other.names
        self.numbers |= other.numbers
        self.dates |= other.dates
        self.weak |= other.weak
        self.phrases = {**other.phrases, **self.phrases}
        self.soft = {**other.soft, **self.soft}

    def forget(self, titles: Iterable[str]) -> None:
        """Look no more for AETs that need no pseudonym."""
        for title in titles:
            self.phrases.pop(title.lower().encode("utf-8"), None)

    def extended(self, phrases: dict[bytes, Kind]) -> Learned:
        """A frozen copy that finds some phrases more."""
        copy = replace(self, phrases={**self.phrases, **phrases})
        copy.freeze()
        return copy

    def freeze(self) -> None:
        """Get ready for finding; nothing is learned afterwards."""
        self._finder = Finder(self.phrases) if self.phrases else None
        self._soft_finder = Finder(self.soft) if self.soft else None

    def find(self, text: bytes, *, free: bool) -> Iterator[tuple[int, int, Kind]]:
        """The known values that need a search of their own: AETs, values of several words. Whole words are found only.

        Those that consist of ordinary words are found in ``free`` text only: Orthanc may say the same.
        """
        if self._finder is not None:
            yield from (found for found in self._finder.find(text) if text[found[0] : found[1]] not in vocabulary())
        if free and self._soft_finder is not None:
            yield from self._soft_finder.find(text)

    def has_word(self, word: bytes) -> bool:
        """Whether the word stood in a labelled value."""
        return bool(self.words) and fold(text_of(word)) in self.words

    def has_name(self, word: bytes) -> bool:
        """Whether a word of the vocabulary was part of a person's name; then free text must not show it."""
        return word in self.names

    def has_number(self, digits: bytes) -> bool:
        """Whether the number stood in a labelled value and is long enough to be told from other numbers."""
        return digits in self.numbers

    def has_date(self, date: bytes) -> bool:
        """Whether the date, written with hyphens, stood in a labelled value."""
        return date.replace(b"-", b"") in self.dates

    def allows(self, word: bytes) -> bool:
        """Whether the word is part of a value that the person wants to keep."""
        return bool(self.kept) and fold(text_of(word)) in self.kept

    def values(self) -> Iterator[str]:
        """All that was learned, for the search that proves that nothing is left."""
        yield from self.words - {fold(word) for word in self.weak}
        yield from (number.decode() for number in self.numbers)
        yield from (phrase.decode("latin-1") for phrase in self.phrases)
