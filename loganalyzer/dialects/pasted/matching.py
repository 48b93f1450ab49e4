"""Finds messages in text that people have mangled: without prefix, inside sentences, shortened, redacted, re-wrapped.

A message is compared word by word with the templates of the patterns. Words of a template must come in its order;
what a placeholder stands for may be any words; ``...`` may stand for any part. What counts is how much of the
template's fixed text is really there: too little, and nothing is said.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.events.template import FIELD_FORMS, TemplateError, compile_template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.events.template import Template
    from loganalyzer.patternbase.types import EventPattern

_WORD = re.compile(r"(?P<gap>\[?\.{3,}\]?|\[?\u2026\]?)|[A-Za-z0-9_]+(?:[./\\:'@-]+[A-Za-z0-9_]+)*")
_REDACTED = re.compile(
    r"<[\w .-]{1,40}>|\[(?:redacted|removed|ip|aet|name|timestamp)[\w .-]{0,20}\]"
    r"|[xX*]{3,}|(?=[\d.]*[xX*])(?:[xX*\d]{1,3}\.){3}[xX*\d]{1,3}|\*+|\.{3,}|\u2026",
    re.IGNORECASE,
)
_QUOTES = " \t\"'`*_,;:()[]\u201c\u201d\u2018\u2019\u00ab\u00bb"
_LEAST_FIXED = 16
_LEAST_SHARED = 12
_MOST_CANDIDATES = 15
_MOST_WORDS = 90
_MOST_TEMPLATE = 70
_SLOT_WORDS = 12
_INTACT, _CUT, _ELIDED = 0.75, 0.6, 0.4
_CUT_FIXED = 24
_COMMON = 80


class _Word(NamedTuple):
    """A word of the text with its place; ``gap`` for an elision."""

    text: str
    start: int
    end: int
    gap: bool


class _Slot(NamedTuple):
    """A placeholder; ``after`` is the punctuation that separates it from the next one, where no word does.

    ``glued`` is what stands before it in the same word, as in ``0x{status}``.
    """

    name: str
    choices: tuple[str, ...]
    after: str
    glued: str


class _Part(NamedTuple):
    """A fixed word of a template, or the placeholders between two of them."""

    word: str | None
    slots: tuple[_Slot, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    pattern: EventPattern
    parts: tuple[_Part, ...]
    fixed: int


@dataclass(frozen=True, slots=True)
class Match:
    """A message found: its pattern, its fields, and the part of the text that it takes.

    ``fixed`` counts the characters of the template that are really there, ``share`` is their part of all. ``rest`` is
    where the value of the last placeholder begins, which may hold another message; None when there is none. ``partial``
    says that some placeholders have no value.
    ``lacks_end`` says that the text ends where that value should begin.
    """

    pattern: EventPattern
    fields: dict[str, str]
    start: int
    end: int
    share: float
    fixed: int
    rest: int | None
    lacks_end: bool
    partial: bool


@dataclass(slots=True)
class TextMatcher:
    """Compares texts with templates. Made from the patterns of a catalogue; about a second for thousands of them."""

    patterns: Iterable[EventPattern]
    _known: list[_Pattern] = field(default_factory=list)
    _by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for pattern in self.patterns:
            if pattern.regex is not None or pattern.dump is not None or (pattern.event, pattern.message) in seen:
                continue
            seen.add((pattern.event, pattern.message))
            self._add(pattern)

    def _add(self, pattern: EventPattern) -> None:
        try:
            template = compile_template(pattern.message)
        except TemplateError:
            return
        parts = tuple(_parts(template))[:_MOST_TEMPLATE]
        words = [p.word for p in parts if p.word is not None]
        fixed = sum(map(len, words))
        if fixed < _LEAST_FIXED:
            return
        for word in set(words):
            self._by_word[word].append(len(self._known))
        self._known.append(_Pattern(pattern, parts, fixed))

    def find(self, text: str) -> Match | None:
        """The message in a text that most of its template supports; the first such one where several stand in it."""
        text = html.unescape(text)
        words = _words(text)[:_MOST_WORDS]
        if not words:
            return None
        elided = any(w.gap for w in words)
        best: Match | None = None
        for index in self._candidates(words):
            match = _align(self._known[index], words, text, elided=elided)
            if match is not None and (best is None or _better(match, best)):
                best = match
        return best

    def _candidates(self, words: list[_Word]) -> list[int]:
        shared: Counter[int] = Counter()
        for word in {w.text for w in words if not w.gap}:
            owners = self._by_word.get(word, ())
            if len(owners) <= _COMMON:
                for index in owners:
                    shared[index] += len(word)
        ranked = sorted(shared.items(), key=lambda item: (-item[1] / self._known[item[0]].fixed, item[0]))
        return [index for index, weight in ranked if weight >= _LEAST_SHARED][:_MOST_CANDIDATES]


def _better(a: Match, b: Match) -> bool:
    return (round(a.share, 1), _fixed_length(a.pattern.message)) > (round(b.share, 1), _fixed_length(b.pattern.message))


def is_redacted(value: str) -> bool:
    """Whether a value was made unreadable: ``XXX``, ``<name>``, ``x.x.x.x``, ``...``."""
    return _REDACTED.fullmatch(value) is not None


def fixed_length(pattern: EventPattern) -> int:
    """How many characters of a pattern's template are fixed; 0 for a regular expression."""
    return _fixed_length(pattern.message) if pattern.regex is None else 0


@lru_cache(maxsize=4096)
def _fixed_length(message: str) -> int:
    return compile_template(message).fixed_length


def _parts(template: Template) -> Iterable[_Part]:
    waiting: list[_Slot] = []
    for k, (literal, slot) in enumerate(zip(template.literals, (*template.slots, None), strict=True)):
        prefix = ""
        for m in _WORD.finditer(literal):
            glued = (k > 0 and m.start() == 0) or (slot is not None and m.end() == len(literal))
            if glued:  # "0x{status}" is one word of a text
                prefix = m[0] if m.end() == len(literal) else ""
                continue
            if waiting:
                yield _Part(None, tuple(waiting))
                waiting = []
            yield _Part(m[0].casefold(), ())
        if slot is not None:
            if waiting:
                waiting[-1] = waiting[-1]._replace(after=literal.strip())
            waiting.append(_Slot(slot.name, slot.choices, "", prefix))
    if waiting:
        waiting[-1] = waiting[-1]._replace(after=template.literals[-1].strip())
        yield _Part(None, tuple(waiting))


def _words(text: str) -> list[_Word]:
    return [_Word(m[0].casefold(), m.start(), m.end(), m["gap"] is not None) for m in _WORD.finditer(text)]


class _Step(NamedTuple):
    """How an alignment goes on: fixed characters matched from here, and the word that each part took (-1: none)."""

    score: int
    taken: tuple[int, ...]


def _align(known: _Pattern, words: list[_Word], text: str, *, elided: bool) -> Match | None:
    """The best alignment that begins with the first fixed word of the template, or behind a head that was cut off."""
    parts = known.parts
    aligner = _Aligner(parts, words, elided=elided)
    first = next(j for j, p in enumerate(parts) if p.word is not None)
    best, begun, at = _Step(0, ()), 0, 0
    for i, word in enumerate(words):
        for j in (j for j, p in enumerate(parts) if p.word == word.text):
            step = aligner.step(i, j)
            if step.score > best.score:
                best, begun, at = step, j, i
    if not best.score:
        return None
    share = best.score / known.fixed
    whole = begun == first and -1 not in best.taken
    needed = _ELIDED if elided else _INTACT if whole else _CUT
    if share < needed or (not whole and best.score < _CUT_FIXED):
        return None
    fields = _fields(parts[begun:], best.taken, words, text, at)
    if fields is None:
        return None
    last = min(max((t for t in best.taken if t >= 0), default=at), len(words) - 1)
    open_end = parts[-1].word is None and best.taken[-1] >= 0
    end = len(text) if open_end else words[last].end
    rest = words[last].start if open_end else None
    lacks_end = parts[-1].word is None and parts[-1].slots[-1].name not in (*fields, "")
    named = {slot.name for part in parts for slot in part.slots} - {""}
    return Match(
        known.pattern,
        fields,
        words[at].start,
        end,
        share,
        best.score,
        rest,
        lacks_end,
        partial=not named <= fields.keys(),
    )


class _Aligner:
    """Aligns words with parts; each pair of places is worked out once."""

    def __init__(self, parts: tuple[_Part, ...], words: list[_Word], *, elided: bool) -> None:
        self._parts, self._words, self._elided = parts, words, elided
        self._known: dict[tuple[int, int], _Step] = {}

    def step(self, i: int, j: int) -> _Step:
        """The best way to go on with word ``i`` at part ``j``."""
        key = (i, j)
        if key not in self._known:
            self._known[key] = self._work_out(i, j)
        return self._known[key]

    def _work_out(self, i: int, j: int) -> _Step:
        parts, words = self._parts, self._words
        rest = len(parts) - j
        if rest == 0 or i >= len(words):
            return _Step(0, (-1,) * rest)
        if words[i].gap:
            ways = [self.step(i + 1, k) for k in range(j, len(parts) + 1)]
            best = max(ways, key=lambda s: s.score)
            return _Step(best.score, (-1,) * (rest - len(best.taken)) + best.taken)
        part = parts[j]
        if part.word is None:
            return self._slot(i, j)
        if part.word == words[i].text:
            following = self.step(i + 1, j + 1)
            return _Step(following.score + len(part.word), (i, *following.taken))
        if self._elided:
            skipped = self.step(i, j + 1)
            return _Step(skipped.score, (-1, *skipped.taken))
        return _Step(0, (-1,) * rest)

    def _slot(self, i: int, j: int) -> _Step:
        """A placeholder takes one word or more, up to where the template goes on best; the last one takes the rest."""
        last = all(p.word is None for p in self._parts[j:])
        if last:
            return _Step(0, (i,) * (len(self._parts) - j))
        best = _Step(-1, ())
        for n in (*range(1, _SLOT_WORDS + 1), 0):
            if i + n > len(self._words):
                break
            following = self.step(i + n, j + 1)
            if following.score > best.score:
                best = _Step(following.score, (i if n else -1, *following.taken))
        return best if best.score >= 0 else _Step(0, (-1,) * (len(self._parts) - j))


def _fields(
    parts: tuple[_Part, ...], taken: tuple[int, ...], words: list[_Word], text: str, at: int
) -> dict[str, str] | None:
    """The values of the placeholders: what stands between the fixed words around them; None where one is impossible."""
    fields: dict[str, str] = {}
    for k, (part, word) in enumerate(zip(parts, taken, strict=True)):
        if part.word is not None or word < 0:
            continue
        before = next((words[t].end for t in reversed(taken[:k]) if t >= 0), words[at].start)
        behind = zip(taken[k + 1 :], parts[k + 1 :], strict=True)
        later = (words[t].start for t, p in behind if t >= 0 and p.word is not None)
        raw = text[before : next(later, len(text))]
        gap = next((w for w in words if w.gap and before <= w.start < before + len(raw)), None)
        if gap is not None:
            raw = raw[: gap.start - before]
        for slot in part.slots:
            value = raw
            if slot.after:
                value, found, raw = raw.partition(slot.after)
                value = value if found or slot is part.slots[-1] else ""
            checked = _checked(slot, value.strip(_QUOTES).removeprefix("- "))
            if checked is None:
                return None
            if slot.name and checked and not is_redacted(checked):
                fields[slot.name] = checked
    return fields


def _checked(slot: _Slot, value: str) -> str | None:
    """A value that its placeholder can have; empty where it has none, None where it can have none of this kind."""
    value = value.removeprefix(slot.glued)
    if slot.choices:
        found = next((c for c in slot.choices if value.startswith(c)), None)
        return found if found is not None or value else ""
    form = FIELD_FORMS.get(slot.name)
    if form is None and slot.name.endswith("aet"):
        return value.partition(" ")[0].strip(_QUOTES)  # in a sentence, what follows is not the AET's
    if form is None:
        return value
    m = re.match(form, value)
    return m[0] if m is not None else ""
