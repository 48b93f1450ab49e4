"""Mails and pages saved as one file (MHTML): their texts and attachments, as Python's own parser finds them."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.errors import MultipartInvariantViolationDefect
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_MOST_PARTS = 200
_DEEPEST = 20
_LONGEST_NAME = 120
# What makes a mail unreadable in part; everything else that the parser notes is harmless.
_GRAVE = {"InvalidBase64LengthDefect", "InvalidBase64CharactersDefect", "StartBoundaryNotFoundDefect",
          "CloseBoundaryNotFoundDefect", "NoBoundaryInMultipartDefect",
          "MultipartInvariantViolationDefect"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MailPart:
    """A part of a mail without parts of its own. ``name`` is empty for what is no file; ``text`` is of text only."""

    kind: str
    name: str
    content: bytes
    text: str | None


def parsed(data: bytes) -> EmailMessage:
    """Parse a mail; any bytes are accepted. Of parts within parts by the hundred, only the outermost is parsed."""
    try:
        mail = email.message_from_bytes(data, policy=email.policy.default)
    except RecursionError:
        mail = BytesParser(policy=email.policy.default).parsebytes(data, headersonly=True)
        mail.defects.append(MultipartInvariantViolationDefect())
    assert isinstance(mail, EmailMessage)  # noqa: S101 - policy.default makes no other class
    return mail


def written(mail: EmailMessage) -> datetime | None:
    """When a mail was written, by its own clock; ``None`` where it does not say so."""
    try:
        return parsedate_to_datetime(str(mail["Date"])).replace(tzinfo=None)
    except Exception:  # noqa: BLE001 - as below
        return None


def parts_of(mail: EmailMessage, name: str, problems: list[Problem]) -> Iterator[MailPart]:
    """Yield the parts of a mail; what cannot be read goes to ``problems``, and nothing is raised."""
    for count, part in enumerate(_leaves(mail, name, problems)):
        if count >= _MOST_PARTS:
            problems.append(Problem(name, f"has more than {_MOST_PARTS} parts; the rest was not read"))
            break
        kind, file_name, content = part.get_content_type(), _file_name(part), _content(part, name, problems)
        if not file_name and (part.get_content_disposition() == "attachment" or not kind.startswith("text/")):
            file_name = kind.replace("/", ".")
        yield MailPart(kind, file_name, content, None if file_name else _characters(part, content))
    if {type(defect).__name__ for part in mail.walk() for defect in part.defects} & _GRAVE:
        problems.append(Problem(name, "is a damaged mail (broken MIME structure); parts of it may be missing"))


def _leaves(mail: EmailMessage, name: str, problems: list[Problem], depth: int = 0) -> Iterator[EmailMessage]:
    if not mail.is_multipart():
        yield mail
    elif depth < _DEEPEST:
        for part in mail.get_payload():
            if isinstance(part, EmailMessage):
                yield from _leaves(part, name, problems, depth + 1)
    else:
        problems.append(Problem(name, f"has parts within parts, more than {_DEEPEST} deep; they were not read"))


def _content(part: EmailMessage, name: str, problems: list[Problem]) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - the standard library raises nearly anything for a broken transfer encoding
        problems.append(Problem(name, "has a part whose transfer encoding is broken; it was not read"))
        return b""
    return content if isinstance(content, bytes) else b""


def _file_name(part: EmailMessage) -> str:
    try:
        return (part.get_filename() or "").replace("\\", "/").rsplit("/", 1)[-1][:_LONGEST_NAME]
    except Exception:  # noqa: BLE001 - as above
        return ""


def _characters(part: EmailMessage, content: bytes) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return content.decode("utf-8", "replace")
