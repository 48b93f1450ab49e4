"""What file names tell: which files are no logs, and in which order rotated logs were written."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from loganalyzer.sources.year import rotation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")

_FOREIGN = re.compile(
    r"\.(?:7z|apk|avi|bmp|class|css|csv|dcm|dic|dicom|dll|docx?|exe|gif|html?|ini|jar|jpe?g|js|lua|mov|mp[34]|od[ts]|pcap"
    r"|pcapng|pdf|png|pptx|pyc?|rar|rtf|so|sql|sqlite|svg|tiff?|toml|ts|webp|whl|xlsx?|xml|ya?ml|conf|cfg|crt|pem|key|cer|sh"
    r"|bat|ps1|cpp|h|rst)$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\.(?:docx|xlsx|od[ts]|pdf|rtf)$", re.IGNORECASE)
_LOG = re.compile(r"log|\.(?:txt|out|err|gz|tgz|bz2|xz|zst|zip|tar)$", re.IGNORECASE)
_JUNK = re.compile(r"(?:^|[/!])(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
_NUMBERED = re.compile(r"^(?P<stem>.*\.log|.*)[.-](?P<number>\d{1,4})(?P<suffix>(?:\.(?:gz|bz2|xz|zst))?)$")
_BY_DAY = re.compile(r"^(?P<stem>.*\.log)-(?P<day>20\d{6})(?:-\d+)?(?:\.(?:gz|bz2|xz|zst))?$")
_DIGITS = re.compile(r"(\d+)")
_UNDATED = "~"  # behind all dates


def shown(name: str) -> str:
    """Return a file's name for people: what cannot be printed is written as an escape."""
    if name.isprintable():
        return name
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in name
    )


def is_junk(name: str) -> bool:
    """Return whether an operating system put the file there for itself."""
    return _JUNK.search(name) is not None


def looks_foreign(name: str) -> bool:
    """Return whether a file's name says that it is no log."""
    return _FOREIGN.search(name) is not None


def looks_like_document(name: str) -> bool:
    """Return whether a file's name says that it is a document whose text can be read."""
    return _DOCUMENT.search(name) is not None


def looks_like_log(name: str) -> bool:
    """Return whether a file's name says that it is a log, or something that logs are packed in."""
    return _LOG.search(re.split(r"[/\\!]", name)[-1]) is not None


def in_order(items: Iterable[Item], key: Callable[[Item], str]) -> list[Item]:
    """Return files in the order in which they were written, as far as their names (``key``) tell it.

    Folder by folder: Orthanc's own rotation by its stamp, numbered rotations from the highest number down to the file
    without number, rotations by day up to the file without a day, all others by name with numbers in their natural
    order.
    """
    listed = list(items)
    names = {key(item) for item in listed}
    return sorted(listed, key=lambda item: _rank(key(item), names))


def gone_on(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names of rotated logs, of which the second goes on where the first ends.

    Not those of Orthanc's ``--logdir``: each of these begins with a start of Orthanc, and ends with that process.
    """
    known = set(names)
    ranked = sorted((_rank(name, known), name) for name in known)
    for (one, name), (other, following) in pairwise(ranked):
        if one[0] != other[0] or rotation_of(name) is not None or rotation_of(following) is not None:
            continue
        by_number = one[1] == other[1] == _UNDATED and other[3] == one[3] + 1
        if by_number or (one[1] < other[1] and (other[1] != _UNDATED or other[3] == 0)):
            yield name, following


def _rank(name: str, names: set[str]) -> tuple[list[tuple[int, int, str]], str, int, int, str]:
    folder, _, base = name.rpartition("/")
    rotation = rotation_of(name)
    if rotation is not None:
        stem = base[: base.index(".log.") + 4]
        return _natural(f"{folder}/{stem}"), rotation[0].isoformat(), rotation[1], 0, base
    by_day = _BY_DAY.match(base)
    if by_day is not None:
        return _natural(f"{folder}/{by_day['stem']}"), by_day["day"], 0, 0, base
    stem, age = _rotated_by_number(base, folder, names)
    return _natural(f"{folder}/{stem}"), _UNDATED, 0, -age, base


def _rotated_by_number(base: str, folder: str, names: set[str]) -> tuple[str, int]:
    """Return stem and number of ``orthanc.log.2.gz``; number 0 for a file that is not one of several like this."""
    match = _NUMBERED.match(base)
    if match is None:
        return base, 0
    stem = match["stem"]
    prefix = f"{folder}/" if folder else ""
    siblings = any(
        name == prefix + stem or name.startswith((f"{prefix}{stem}.1", f"{prefix}{stem}-1")) for name in names
    )
    return (stem, int(match["number"])) if siblings else (base, 0)


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [
        (1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part.lower())
        for part in _DIGITS.split(text)
    ]
