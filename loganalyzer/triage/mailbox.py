"""Mailboxes: mbox files of any size and Maildir folders, read as conversations.

The first pass keeps where each mail stands and whom it answers; a conversation's mails are read when its turn comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.mails import parsed
from loganalyzer.triage.mail import header_of, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BEGIN = re.compile(rb"From \S+.{0,120}\d\d:\d\d.{0,60}\d{4}")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_RE = r"(?:re|aw|sv|antw|fwd?|wg|tr|res)(?:\[\d{1,3}\])?\s?:"
_PREFIXES = re.compile(rf"^(?:\[[^\]]{{1,40}}\]\s?|{_RE}\s?)+", re.IGNORECASE)
_ANSWER = re.compile(rf"^(?:\[[^\]]{{1,40}}\]\s?)?{_RE}", re.IGNORECASE)
_LONGEST_LINE = 1 << 20
LARGEST_MAIL = 64 << 20
_LARGEST_HEADER = 128 << 10


@dataclass(frozen=True, slots=True)
class MailPlace:
    """Where a mail stands: in ``path`` from byte ``start`` on, ``size`` bytes, with the number it has there."""

    path: Path
    start: int
    size: int
    number: int


@dataclass(slots=True)
class Conversation:
    """Mails that answer each other, in the order of the mailbox."""

    subject: str
    mails: list[MailPlace] = field(default_factory=list)


def places_in_mbox(path: Path) -> Iterator[tuple[MailPlace, bytes]]:
    """Each mail of an mbox file (RFC 4155) with its header. Raises ``OSError``."""
    with path.open("rb") as file:
        number, start, header = 0, -1, bytearray()
        in_header, after_blank, at_line_start, position = False, True, True, 0
        while line := file.readline(_LONGEST_LINE):
            if at_line_start and after_blank and _BEGIN.match(line):
                if start >= 0:
                    yield MailPlace(path, start, position - start, number), bytes(header)
                number, start, header, in_header = number + 1, position + len(line), bytearray(), True
            elif in_header:
                in_header = bool(line.strip()) and len(header) < _LARGEST_HEADER
                header += line
            after_blank = at_line_start and not line.strip()
            at_line_start = line.endswith(b"\n")
            position += len(line)
        if start >= 0:
            yield MailPlace(path, start, position - start, number), bytes(header)


def places_in_maildir(folder: Path) -> Iterator[tuple[MailPlace, bytes]]:
    """Each mail of a Maildir with its header. Raises ``OSError``."""
    files = sorted(p for part in ("new", "cur") for p in (folder / part).glob("*") if p.is_file())
    for number, path in enumerate(files, 1):
        with path.open("rb") as file:
            head = file.read(_LARGEST_HEADER)
        yield MailPlace(path, 0, path.stat().st_size, number), re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir."""
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def data_of(place: MailPlace) -> bytes:
    """The bytes of a mail, at most :data:`LARGEST_MAIL`, with the quoting of ``From`` undone. Raises ``OSError``."""
    with place.path.open("rb") as file:
        return data_in(file, place)


def data_in(file: BinaryIO, place: MailPlace) -> bytes:
    """The same from an open file."""
    file.seek(place.start)
    return _QUOTED_FROM.sub(rb"\1", file.read(min(place.size, LARGEST_MAIL)))


def conversations(mails: Iterable[tuple[MailPlace, bytes]]) -> list[Conversation]:
    """Put mails together that answer each other: by their references, else by their subject without “Re:”."""
    found: list[Conversation] = []
    by_id: dict[str, Conversation] = {}
    by_subject: dict[str, Conversation] = {}
    for place, header in mails:
        mail = parsed(header)
        own, references = ids_of(mail)
        subject = header_of(mail, "Subject")
        plain = _PREFIXES.sub("", subject).casefold().strip()
        known = next((by_id[r] for r in reversed(references) if r in by_id), by_id.get(own))
        if known is None and (references or _ANSWER.match(subject)):
            known = by_subject.get(plain)
        if known is None:
            known = Conversation(_PREFIXES.sub("", subject).strip() or subject)
            found.append(known)
            if plain:
                by_subject[plain] = known
        known.mails.append(place)
        for one in (own, *references):
            if one:
                by_id.setdefault(one, known)
    return found
