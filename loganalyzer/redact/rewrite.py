"""Walks over the text of a message and hands everything that may identify to a visitor.

The walk is the same for learning, replacing, proving and restoring; only the visitor differs. What a visitor never gets
to see is vouched for: words of the vocabulary, small numbers, punctuation.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loganalyzer.redact.attributes import is_tag
from loganalyzer.redact.dumps import dump_places
from loganalyzer.redact.forms import View, decode, has_escapes, is_plain, text_of, unescape
from loganalyzer.redact.kinds import Action, Context, Kind
from loganalyzer.redact.places import Place, places_of
from loganalyzer.redact.shapes import is_date
from loganalyzer.redact.values import hex_texts, rewrite_hex_text, rewrite_hex_value, value_tokens
from loganalyzer.redact.vocabulary import PUBLIC_HOSTS, is_measure, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loganalyzer.redact.learned import Learned

_FREE_DIGITS, _QUOTED_DIGITS = 4, 6
#: Longer texts are no messages; all of them is taken for a value. Longer values are not unescaped.
_LONGEST_MESSAGE, _LONGEST_ESCAPED = 1 << 16, 1 << 18
_CACHE_ENTRIES = 50_000
_CACHED_LENGTH = 2_000

_PLAIN_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]{3,}")
#: A run of characters that holds whole tokens only.
_COMPOUND = re.compile(rb"[0-9A-Za-z\x80-\xff%\\:.,@_-]+")
_LONG_NUMBER = re.compile(rb"\d{4}|[%\\]")
_MAX_COMPOUND = 80
#: What stands before the number of a line in a source file.
_SOURCE_FILE = re.compile(rb"\.(?:c|cc|cpp|cs|h|hpp|java|js|lua|py):$")
#: A port that is hexadecimal, as ``timeline/numbers.py`` explains; a decimal one is no word.
_HEX_PORT = re.compile(rb"(?<=:)[0-9a-f]{1,4}(?= \(manufacturer: )")

_TOKEN = re.compile(
    rb"(?P<resource>(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}-){4}[0-9a-fA-F]{8}(?![0-9A-Za-z-])"
    rb"|(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z]))"
    rb"|(?P<code>(?<![0-9A-Za-z:])[0-9a-f]{4}:[0-9a-f]{4}(?![0-9A-Za-z:]))"
    rb"|(?P<colour>\x1b\[[0-9;]*m)"
    rb"|(?P<shifted>\x1b(?:\$[@-C]|\$[()][@-D]|\([A-Z])[^\x1b]*(?:\x1b\([BJ])?)"
    rb"|(?P<tag>(?<![0-9A-Za-z])[0-9a-fA-F]{4}[,-]?[0-9a-fA-F]{4}(?![0-9A-Za-z-]))"
    rb"|(?P<dotted>(?<![0-9A-Za-z.])\d+(?:\.\d+){3,}(?![0-9A-Za-z]))"
    rb"|(?P<ipv6>(?<![0-9A-Za-z:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:\d+\.\d+\.\d+\.\d+)?(?![0-9A-Za-z:]))"
    rb"|(?P<mac>(?<![0-9A-Za-z:-])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![0-9A-Za-z:-]))"
    rb"|(?P<date>(?<![0-9A-Za-z])\d{4}-\d\d-\d\d(?!\d))"
    rb"|(?P<host>(?<![0-9A-Za-z._-])(?:[A-Za-z0-9_-]+\.)+(?:com|org|net|edu|gov|mil|int|local|lan|localdomain|internal|intranet|home|corp|"
    rb"intern|hospital|health|clinic|cloud|io|invalid|example|test|eu|uk|de|fr|be|nl|ch|at|it|es|pt|pl|cz|dk|no|se|fi|ru|ua|tr|br|ar|mx|"
    rb"us|ca|au|nz|jp|kr|cn|tw|hk|sg|in|id|th|vn|il|ir|sa|ae|za|ng|ke|eg)(?![0-9A-Za-z_-]|\.[0-9A-Za-z]))"
    rb"|(?P<word>(?:[0-9A-Za-z\x80-\xff]|%[0-9A-Fa-f]{2}|(?<!\\)\\+u[0-9A-Fa-f]{4})+)"
)


class Visitor(Protocol):
    """What happens to the pieces that may identify."""

    def visit(self, action: Action, kind: Kind, piece: bytes) -> bytes:
        """Return what stands for a piece (plain text, no escapes)."""
        ...

    def value(self, kind: Kind, value: bytes) -> None:
        """A whole value at a labelled place; called before its pieces are visited."""
        ...

    def judges(self, kind: Kind) -> bool:
        """Whether pieces of this kind are to be visited."""
        ...


Tally = tuple[tuple[Kind, str], ...]


class _Entry(NamedTuple):
    text: bytes
    tally: Tally


class Rewriter:
    """Rewrites texts with a visitor; ``tally`` collects what was handed over, by kind and place, until it is taken."""

    def __init__(self, visitor: Visitor, learned: Learned) -> None:
        self._visitor = visitor
        self._learned = learned
        self._words = vocabulary()
        self._cache: dict[tuple[bytes, Context], _Entry] = {}
        self._tally: list[tuple[Kind, str]] = []
        self._depth = 0
        self._probing = False
        self._harmless: dict[bool, set[bytes]] = {False: set(), True: set()}
        self.tally: list[tuple[Kind, str]] = []

    def rewrite(self, text: bytes, context: Context) -> bytes:
        """Return the text with everything that may identify as the visitor wants it."""
        key = (text, context)
        entry = self._cache.get(key)
        if entry is None:
            outer, self._tally = self._tally, []
            entry = _Entry(self._rewritten(text, context), tuple(self._tally))
            self._tally = outer
            if len(text) <= _CACHED_LENGTH:
                if len(self._cache) >= _CACHE_ENTRIES:
                    self._cache.clear()
                self._cache[key] = entry
        self.tally.extend(entry.tally)
        return entry.text

    def tallied(self, work: Callable[[], bytes]) -> tuple[bytes, Tally]:
        """What some work gives, and what it adds to the tally, which it leaves as it was."""
        outer, self.tally = self.tally, []
        made = work(), tuple(self.tally)
        self.tally = outer
        return made

    def rewrite_known(self, text: bytes) -> bytes:
        """Return a text that stays, with only those values replaced that were learned elsewhere."""
        if not text:
            return text
        made, position = [], 0
        for start, end, kind in self._learned.find(text, free=False):
            if start >= position:
                made += [text[position:start], self._value(text[start:end], Context("name of a container", value=kind))]
                position = end
        made.append(text[position:])
        text = b"".join(made)
        context = Context("name of a container", value=Kind.TEXT)
        return _PLAIN_WORD.sub(
            lambda word: (
                self._visit(Action.WORD, Kind.TEXT, word[0], context)
                if self._learned.has_word(word[0]) and word[0] not in self._words
                else word[0]
            ),
            text,
        )

    def _rewritten(self, text: bytes, context: Context) -> bytes:
        if context.value is not None:
            return self._value(text, context)
        places = self._places(text, context)
        if not places:
            return self._gap(text, context)
        made, position = [], 0
        for start, end, inner in places:
            made.append(self._gap(text[position:start], context))
            made.append(self._value(text[start:end], inner) if inner.value else self._gap(text[start:end], inner))
            position = end
        made.append(self._gap(text[position:], context))
        return b"".join(made)

    def _places(self, text: bytes, context: Context) -> list[Place]:
        """The labelled places and the learned values of a text: in order, without overlap."""
        found = list(dump_places(text, context.charset))
        if not found and len(text) > _LONGEST_MESSAGE:
            return [(0, len(text), Context("line of more than 64 KiB", value=Kind.TEXT))]
        if not found:
            found = [*places_of(text), *((start, end, _HEX_TEXT) for start, end in hex_texts(text))]
        known = [
            (start, end, Context("elsewhere", value=kind))
            for start, end, kind in self._learned.find(text, free=context.free)
        ]
        if not found and not known:
            return []
        aets = {(start, end) for start, end, inner in known if inner.value is Kind.AET}
        found = [place for place in found if place[:2] not in aets]
        # A labelled place wins over what is merely known; among these, the one that begins first and reaches further.
        chosen = _without_overlap(sorted(found, key=_by_position))
        if known:
            chosen = _without_overlap(sorted([*chosen, *_outside(known, chosen)], key=_by_position))
        return chosen

    def _gap(self, text: bytes, context: Context) -> bytes:
        """Rewrite text outside of labelled places: word by word."""
        if not text:
            return text
        if b"\x1b" in text:
            return self._gap_part(text, 0, len(text), context, text)
        made, position = [], 0
        harmless = self._harmless[context.free]
        for match in _COMPOUND.finditer(text):
            if match[0] in harmless or self._is_harmless(match[0], context):
                continue
            start, end = match.span()
            made += [text[position:start], self._gap_part(text, start, end, context, match[0])]
            position = end
        if not made:
            return text
        made.append(text[position:])
        return b"".join(made)

    def _is_harmless(self, compound: bytes, context: Context) -> bool:
        """Whether a run of characters stays whatever stands around it; told from then on at once."""
        if _LONG_NUMBER.search(compound) or len(compound) > _MAX_COMPOUND:
            return False
        tally = len(self._tally)
        self._probing = True
        try:
            stays = (
                self._gap_part(compound, 0, len(compound), context, compound) is compound and len(self._tally) == tally
            )
        finally:
            self._probing = False
            del self._tally[tally:]
        if stays:
            self._harmless[context.free].add(compound)
        return stays

    def _gap_part(self, text: bytes, start: int, end: int, context: Context, unchanged: bytes) -> bytes:
        made, position = [], start
        for match in _TOKEN.finditer(text, start, end):
            replaced = self._token(match, text, context)
            if replaced is not None:
                made += [text[position : match.start()], replaced]
                position = match.end()
        if not made:
            return unchanged
        made.append(text[position:end])
        return b"".join(made)

    def _token(self, match: re.Match[bytes], text: bytes, context: Context) -> bytes | None:
        """What stands for a token of a gap; None when it stays."""
        form, token = match.lastgroup, match[0]
        if form == "word":
            return self._word(token, text, match, context)
        if form in {"colour", "code"}:
            return None
        if form == "tag":
            return self._tag(token, text, match, context)
        if form == "date":
            return (
                self._visit(Action.DATE, Kind.DATE, token, context)
                if context.free or self._learned.has_date(token)
                else None
            )
        if form == "host":
            return None if token.lower() in PUBLIC_HOSTS else self._host(token, context)
        if form == "ipv6" and token.count(b":") < 3 and b"::" not in token:
            return None
        return self._pieces(token, Context(context.place, value=_KIND_OF_FORM[str(form)]))

    def _tag(self, token: bytes, text: bytes, match: re.Match[bytes], context: Context) -> bytes | None:
        """Tags of DICOM attributes stay, eight digits without a comma only where a value belongs to them."""
        compact = len(token) == 8
        if is_tag(token.replace(b",", b"").replace(b"-", b"").decode()) and not (
            compact and self._learned.has_number(token)
        ):
            return None
        if not compact and token[4:5] == b",":
            return None
        if compact:
            return self._word(token, text, match, context)
        replaced = self._gap(token.replace(b"-", b" "), context).replace(b" ", b"-")
        return replaced if replaced != token else None

    def _host(self, token: bytes, context: Context) -> bytes | None:
        *labels, top = re.findall(rb"[0-9A-Za-z]+", token)
        if top.lower() in _WEAK_TOP_LEVEL and all(label in self._words for label in labels):
            return None
        return self._pieces(token, Context(context.place, value=Kind.HOST))

    def _word(self, word: bytes, text: bytes, match: re.Match[bytes], context: Context) -> bytes | None:
        if word in self._words and not (context.free and self._learned.has_name(word)):
            return None
        if word.isdigit():
            return self._number(word, text, match, context)
        if len(word) <= _LONGEST_ESCAPED and has_escapes(word):
            return self._escaped(unescape(word), context)
        if _HEX_PORT.match(text, match.start()):
            return None
        if is_measure(word) or (len(word) == 1 and word.isascii()) or not any(map(str.isalnum, text_of(word))):
            return None
        if self._learned.allows(word):
            return None
        kind = Kind.PATH if text[match.start() - 1 : match.start()] in {b"/", b"\\"} else Kind.TEXT
        if not self._visitor.judges(kind) and not self._learned.has_word(word):
            return None
        return self._visit(Action.WORD, kind, word, context)

    def _number(self, word: bytes, text: bytes, match: re.Match[bytes], context: Context) -> bytes | None:
        limit = min(context.digits, _FREE_DIGITS) if context.free else context.digits
        before = text[match.start() - 1 : match.start()]
        if not context.free and before and before in b"'\"/=":
            limit = min(limit, _QUOTED_DIGITS)
        learned = self._learned.has_number(word)
        if len(word) < limit and not learned:
            return None
        after = text[match.end() : match.end() + 6]
        if len(word) < 13 and after.lstrip().startswith((b"byte", b"MB", b"GB")) and not learned:
            return None
        if before == b":" and len(word) <= 5 and not context.free:
            return None
        if len(word) <= 5 and _SOURCE_FILE.search(text[max(0, match.start() - 6) : match.start()]) and not learned:
            return None
        action = Action.DATE if is_date(word.decode()) else Action.NUMBER
        return self._visit(action, Kind.DATE if action is Action.DATE else Kind.IDENTIFIER, word, context)

    def _escaped(self, view: View, context: Context) -> bytes | None:
        """Rewrite the text behind escapes; what stays keeps its escapes."""
        if self._depth > 4:
            return self._visit(Action.WORD, Kind.TEXT, view.text, context)
        self._depth += 1
        try:
            made, position, changed = [], 0, False
            for start, end, replaced in self._replacements(view.text, context):
                made += [view.raw(position, start), replaced]
                position, changed = end, True
        finally:
            self._depth -= 1
        return b"".join([*made, view.raw(position, len(view.text))]) if changed else None

    def _replacements(self, text: bytes, context: Context) -> list[tuple[int, int, bytes]]:
        if context.value is not None:
            return [
                (start, end, self._visit(action, kind, text[start:end], context))
                for start, end, action, kind in value_tokens(text, context)
            ]
        found = []
        for match in _TOKEN.finditer(text):
            replaced = self._token(match, text, context)
            if replaced is not None:
                found.append((*match.span(), replaced))
        return found

    def _value(self, raw: bytes, context: Context) -> bytes:
        """Rewrite a value at a labelled place: all of it, whatever it is."""
        kind = context.value or Kind.TEXT
        if not self._visitor.judges(kind):
            self._learn(kind, raw)
            return raw
        if context is _HEX_TEXT:
            return rewrite_hex_text(raw, lambda plain: self._hex_text(plain, context))
        if context.representation in {"OB", "UN", "OW"}:
            hexadecimal = rewrite_hex_value(raw, lambda plain: self._pieces(plain, context))
            if hexadecimal is not None:
                return hexadecimal
        view = None
        if kind is not Kind.AET and len(raw) <= _LONGEST_ESCAPED:
            view = decode(raw, context.charset) if not is_plain(raw) else unescape(raw) if has_escapes(raw) else None
        plain = view.text if view else raw
        self._learn(kind, plain)
        if view is None:
            return self._pieces(raw, context)
        replaced = self._escaped(view, context)
        return raw if replaced is None else replaced

    def _hex_text(self, plain: bytes, context: Context) -> bytes:
        """Rewrite what bytes that are written one by one say; what is no text stays."""
        return _READABLE.sub(lambda run: self._pieces(run[0], context), plain)

    def _learn(self, kind: Kind, value: bytes) -> None:
        if not self._probing:
            self._visitor.value(kind, value)

    def _pieces(self, plain: bytes, context: Context) -> bytes:
        made, position = [], 0
        for start, end, action, kind in value_tokens(plain, context):
            made += [plain[position:start], self._visit(action, kind, plain[start:end], context)]
            position = end
        made.append(plain[position:])
        return b"".join(made)

    def _visit(self, action: Action, kind: Kind, piece: bytes, context: Context) -> bytes:
        self._tally.append((kind, context.place))
        return piece if self._probing else self._visitor.visit(action, kind, piece)


#: Top-level domains that are also words or the ends of file names.
_WEAK_TOP_LEVEL = frozenset(b"at be es fi id in int io is it no pl se th us test example home health cloud".split())
_HEX_TEXT = Context("bytes written in hexadecimal", value=Kind.TEXT)
_READABLE = re.compile(rb"[\x20-\x7e\x80-\xff]{3,}")
_KIND_OF_FORM = {
    "resource": Kind.RESOURCE, "shifted": Kind.TEXT, "dotted": Kind.UID, "ipv6": Kind.IP, "mac": Kind.RESOURCE,
}  # fmt: skip


def _without_overlap(places: list[Place]) -> list[Place]:
    chosen: list[Place] = []
    position = 0
    for place in places:
        if position <= place[0] < place[1]:
            chosen.append(place)
            position = place[1]
    return chosen


def _outside(places: list[Place], others: list[Place]) -> Iterator[Place]:
    """The places that touch none of the others, which are in order and without overlap."""
    starts = [start for start, _, _ in others]
    for place in places:
        after = bisect_left(starts, place[1])
        if after == 0 or others[after - 1][1] <= place[0]:
            yield place


def _by_position(place: Place) -> tuple[int, int]:
    return place[0], -place[1]
