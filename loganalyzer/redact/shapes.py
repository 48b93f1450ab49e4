"""Makes a pseudonym of the same shape from a value and a secret. Pure functions: same secret and value, same pseudonym.

``attempt`` counts the tries when a pseudonym is already taken. Lengths are kept, so that columns, length fields and
hexadecimal dumps stay true. Letters become consonants: what comes out is no word of any language.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSONANTS = "bcdfghjkmnpqrstvwxz"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_MARKED_AET = 6
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_HEX_DIGITS = "0123456789abcdef"
_LAST_FOLDED = 0x0530
_SHORT = 2


def stream(secret: bytes, label: str, value: str, attempt: int, length: int) -> bytes:
    """Pseudo-random bytes (SHAKE-256) that belong to a value."""
    seed = b"\0".join([secret, label.encode(), value.encode("utf-8", "surrogatepass"), str(attempt).encode()])
    return hashlib.shake_256(seed).digest(length)


def fold(text: str) -> str:
    """A word without case and, in alphabets that have such a form, without accents, as Orthanc's index compares it."""
    if text.isascii():
        return text.lower()
    folded = []
    for character in text:
        plain = unicodedata.normalize("NFKD", character)[0] if ord(character) < _LAST_FOLDED else character
        if plain.isalnum() is not character.isalnum() or plain.isdigit():
            plain = character
        low = plain.casefold()
        folded.append(low if len(low) == 1 else plain)
    return "".join(folded)


def word(secret: bytes, folded: str, attempt: int) -> str:
    """A pseudonym in lower case: letters for letters, digits for digits; as many as the word has bytes in UTF-8."""
    length = len(folded) if folded.isascii() else len(folded.encode("utf-8", "surrogatepass"))
    random = stream(secret, "word", folded, attempt, length)
    letters = _LETTERS if length <= _SHORT else CONSONANTS
    if not folded.isascii():
        return "".join(letters[byte % len(letters)] for byte in random)
    return "".join(
        str(byte % 10) if character.isdigit() else letters[byte % len(letters)] if character.isalpha() else character
        for character, byte in zip(folded, random, strict=True)
    )


def with_case_of(pattern: str, lower: str) -> str:
    """``lower`` with upper-case letters where ``pattern`` has them."""
    if pattern.islower() or not any(map(str.isupper, pattern)):
        return lower
    if len(pattern) == len(lower):
        return "".join(b.upper() if a.isupper() else b for a, b in zip(pattern, lower, strict=True))
    if pattern[1:2].islower():
        return lower[:1].upper() + lower[1:]
    return lower.upper()


def number(secret: bytes, digits: str, attempt: int) -> str:
    """As many digits; a leading zero stays one, and no other digit becomes one."""
    random = stream(secret, "number", digits, attempt, len(digits))
    first = "0" if digits[0] == "0" else str(1 + random[0] % 9)
    return first + "".join(str(byte % 10) for byte in random[1:])


def all_of_shape(value: str) -> Iterator[str]:
    """Every pseudonym that a short word or number could have, for when guessing does not find a free one."""
    alphabets = [
        "0" if i == 0 and character == "0" and value.isdigit() else "123456789" if i == 0 and value.isdigit()
        else _DIGITS if character.isdigit() else _LETTERS if character.isalpha() else character
        for i, character in enumerate(value)
    ]  # fmt: skip
    return map("".join, product(*alphabets))


def aet(secret: bytes, title: str, attempt: int) -> str:
    """An application entity title of the same length: letters for letters, digits for digits, the rest in its place.

    What a wrapper could not read stands as U+FFFD already, and stays.
    """
    places = [
        i
        for i, character in enumerate(title)
        if character.isalnum() or not (character.isascii() or character == _UNREADABLE)
    ]
    marked = places[:3] if len(places) >= _MARKED_AET else []
    random = stream(secret, "aet", title.casefold(), attempt, len(title))
    made = list(title)
    for i in places:
        made[i] = _of_same_class(title[i], random[i])
    for mark, i in zip("AET", marked, strict=False):
        if title[i].isalpha() and title[i].isascii():
            made[i] = mark if title[i].isupper() else mark.lower()
    return "".join(made)


def aet_character(secret: bytes, place: str, character: str, attempt: int) -> str:
    """The stand-in of one character in which an AET differs from another one that it resembles."""
    return _of_same_class(character, stream(secret, "aet character", place + character.casefold(), attempt, 1)[0])


def _of_same_class(character: str, random: int) -> str:
    if not character.isascii():
        return CONSONANTS[random % len(CONSONANTS)].upper()
    if character.isdigit():
        return _DIGITS[random % len(_DIGITS)]
    if not character.isalpha():
        return character
    made = CONSONANTS[random % len(CONSONANTS)]
    return made if character.islower() else made.upper()


def hexadecimal(secret: bytes, value: str, attempt: int) -> str:
    """Other hexadecimal digits in the same groups and the same case."""
    random = stream(secret, "hex", value.lower(), attempt, len(value))
    upper = value.upper() == value and value.lower() != value
    digits = _HEX_DIGITS.upper() if upper else _HEX_DIGITS
    return "".join(digits[b % 16] if c.isalnum() else c for c, b in zip(value, random, strict=True))


def uid(secret: bytes, value: str, attempt: int) -> str:
    """A UID of the same shape: the first two components stay, equal beginnings stay equal beginnings."""
    components = value.split(".")
    made = components[:2]
    for i in range(2, len(components)):
        prefix = ".".join(components[: i + 1])
        made.append(_component(secret, prefix, components[i], attempt if i == len(components) - 1 else 0))
    return ".".join(made)


def _component(secret: bytes, prefix: str, component: str, attempt: int) -> str:
    if not component.isdigit():
        return component
    random = stream(secret, "uid", prefix, attempt, len(component))
    first = component[0] if component[0] == "0" else str(1 + random[0] % 9)
    return first + "".join(str(byte % 10) for byte in random[1:])


_SPECIAL = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "192.0.2.0/24",
                 "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "224.0.0.0/4", "fc00::/7", "fe80::/10",
                 "2001:db8::/32", "ff00::/8")
]  # fmt: skip
_KEPT = [ipaddress.ip_network(text) for text in ("127.0.0.0/8", "0.0.0.0/8", "255.255.255.255/32", "::/127")]
_MAX_WALK = 64
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_kept_address(text: str) -> bool:
    """Whether an address is the same on all machines (loopback, unspecified, broadcast)."""
    return any(_contains(network, ipaddress.ip_address(text)) for network in _KEPT)


def _contains(network: ipaddress.IPv4Network | ipaddress.IPv6Network, address: Address) -> bool:
    return network.version == address.version and int(network.network_address) == int(address) & int(network.netmask)


def _class_of(address: Address) -> int:
    """The number of bits that tell private, public, documentation, … apart and that therefore stay."""
    for network in _SPECIAL:
        if _contains(network, address):
            return network.prefixlen
    return 8 if address.version == 4 else 16


def address(secret: bytes, text: str, attempt: int = 0) -> str:
    """Another address of the same class; addresses of one subnet, however wide, stay in one subnet.

    Prefix-preserving as in Crypto-PAn: whether a bit is flipped depends on the bits before it only. An address that
    lands in another class is mapped again until it does not; that, too, depends on its subnet only. ``attempt`` must be
    the same for all addresses that are to keep their subnets.
    """
    original = ipaddress.ip_address(text)
    kept, current = _class_of(original), original
    for _ in range(_MAX_WALK):
        current = _flipped(secret, current, kept, attempt)
        if _class_of(current) == kept and not any(_contains(network, current) for network in _KEPT):
            return str(current)
    return str(current)


def _flipped(secret: bytes, original: Address, kept: int, attempt: int) -> Address:
    bits = original.max_prefixlen
    value = int(original)
    flips = 0
    for position in range(kept, bits):
        prefix = value >> (bits - position)
        flip = stream(secret, f"ip{original.version}", f"{position}:{prefix}", attempt, 1)[0] & 1
        flips |= flip << (bits - position - 1)
    return type(original)(value ^ flips)


_DATE = re.compile(r"(\d{4})([-.]?)(\d{2})\2(\d{2})")
_DAYS_OF_A_WEEK = 7
_YEARS = range(1500, 2101)
#: Years of dates as they are and of dates as they are shown do not overlap: whoever sees one knows which it is.
_FIRST_PLAUSIBLE_YEAR = 1900
_FIRST_SHIFTED_YEAR = 1700
_WEEKS_OF_SHIFT = range(6_840, 9_900)


def is_date(text: str) -> bool:
    """Whether digits are a day of the calendar, as ``YYYYMMDD``, ``YYYY-MM-DD`` or ``YYYY.MM.DD``."""
    match = _DATE.fullmatch(text)
    if match is None or int(match[1]) not in _YEARS:
        return False
    try:
        date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return False
    return True


def day_shift(secret: bytes) -> timedelta:
    """The constant that all dates are moved back by: whole weeks, between 131 and 190 years."""
    random = int.from_bytes(stream(secret, "date", "", 0, 4))
    return timedelta(days=_DAYS_OF_A_WEEK * _WEEKS_OF_SHIFT[random % len(_WEEKS_OF_SHIFT)])


def can_be_shifted(text: str) -> bool:
    """Whether a date is still recognised as one when it has been moved back."""
    return int(text[:4]) >= _FIRST_SHIFTED_YEAR


def is_shifted(text: str) -> bool:
    """Whether a date is too old to be one that was not shifted."""
    return int(text[:4]) < _FIRST_PLAUSIBLE_YEAR


def shifted_date(text: str, shift: timedelta) -> str:
    """A date moved by a constant, written as it was."""
    match = _DATE.fullmatch(text)
    if match is None:
        return text
    moved = date(int(match[1]), int(match[3]), int(match[4])) - shift
    return f"{moved.year:04}{match[2]}{moved.month:02}{match[2]}{moved.day:02}"


def time_shift(secret: bytes) -> tuple[int, int, int]:
    """What is added to hours, minutes and seconds, each on its own, so that times of less precision agree with it."""
    a, b, c = stream(secret, "time", "", 0, 3)
    return 1 + a % 23, 1 + b % 59, 1 + c % 59


def shifted_time(text: str, shift: tuple[int, int, int], sign: int = 1) -> str:
    """A time (``HH[MM[SS]]``, only digits) moved around the clock; what is no time comes back as it is."""
    made = ""
    for i, limit in enumerate((24, 60, 60)):
        part = text[2 * i : 2 * i + 2]
        if len(part) < 2 or int(part) >= limit:
            return made + text[2 * i :]
        made += f"{(int(part) + sign * shift[i]) % limit:02}"
    return made + text[6:]
