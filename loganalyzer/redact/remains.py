"""The search that does not trust the rest of the redaction: no learned value may be in the result, however written."""

from __future__ import annotations

import base64
import contextlib
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from loganalyzer.redact.finder import Finder, is_whole
from loganalyzer.redact.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.redact.learned import Learned

_MIN_LETTERS = 5
_MIN_DIGITS = 9
_MIN_ENCODED = 6
#: The beginning of a long value stands for it.
_LONGEST = 200
_HEX = frozenset("0123456789abcdef")
#: Shorter values can stand inside a pseudonym by chance; a whole word cannot.
_MIN_INSIDE = 9


class Remains:
    """Looks in every line for the learned values: plain, percent-encoded, with JSON escapes, in hexadecimal, in base64.

    Values that are too short to be told from chance are left to the pass that knows places. ``found`` counts hits by
    the way of writing.
    """

    def __init__(self, learned: Learned) -> None:
        harmless = b" ".join(vocabulary()).lower()
        forms: dict[bytes, str] = {}
        encoded: dict[bytes, str] = {}
        for value in sorted({value[:_LONGEST] for value in learned.values()}):
            if _is_searchable(value, harmless) and value not in learned.kept:
                forms.update({form.lower(): name for form, name in _forms(value)})
                encoded.update(dict(_base64(value)))
        self._finder: Finder[str] | None = Finder(forms, borders=False) if forms else None
        self._encoded = (
            Finder({form.lower(): (form, name) for form, name in encoded.items()}, borders=False) if encoded else None
        )
        self.found: Counter[str] = Counter()

    def search(self, block: bytes) -> None:
        """Search a block of whole lines."""
        if self._finder is not None:
            for start, end, name in self._finder.find(block):
                long = end - start >= _MIN_INSIDE and not block[start:end].isdigit()
                if long or is_whole(block, start, end):
                    self.found[name] += 1
        if self._encoded is not None and len(block) >= _MIN_ENCODED:
            for start, end, (form, name) in self._encoded.find(block):
                if block[start:end] == form:
                    self.found[name] += 1


def _is_searchable(value: str, harmless: bytes) -> bool:
    if value.isdigit():
        return len(value) >= _MIN_DIGITS
    if len(value) < _MIN_LETTERS or set(value) <= _HEX:
        return False
    return value.encode("utf-8", "surrogatepass").lower() not in harmless


def _forms(value: str) -> Iterator[tuple[bytes, str]]:
    plain = value.encode("utf-8", "surrogatepass")
    yield plain, "learned value in plain text"
    if not value.isascii():
        yield value.encode("unicode_escape").replace(b"\\x", b"\\u00"), "learned value with JSON escapes"
        with contextlib.suppress(UnicodeEncodeError):
            yield value.encode("latin-1"), "learned value in ISO 8859-1"
    if (percent := quote(plain, safe="").encode()) != plain:
        yield percent, "learned value percent-encoded"
    if len(plain) >= _MIN_ENCODED:
        for case in (plain, plain.upper()):
            digits = case.hex().encode()
            yield digits, "learned value in hexadecimal"
            for separator in (b" ", b"  ", b"\\", b":"):
                yield (
                    separator.join(digits[i : i + 2] for i in range(0, len(digits), 2)),
                    "learned value in hexadecimal",
                )


def _base64(value: str) -> Iterator[tuple[bytes, str]]:
    """The parts of a value's base64 that do not depend on what stands before and after it."""
    for text in {value, value.upper(), value.capitalize()}:
        plain = text.encode("utf-8", "surrogatepass")
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + plain)
            # The first characters mix with the bytes before, the last ones with the bytes behind.
            start, stop = (0, 2, 3)[offset], (offset + len(plain)) * 8 // 6
            core = encoded[start:stop]
            if len(core) >= _MIN_ENCODED:
                yield core, "learned value in base64"
