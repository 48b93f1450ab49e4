"""One mail: its text and its attachments."""

from __future__ import annotations

import email
import email.policy
import re
from email.errors import MultipartInvariantViolationDefect
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Problem
from loganalyzer.triage.files import LARGEST_PROSE, posted_file
from loganalyzer.triage.markup import text_of_html
from loganalyzer.triage.message import FileKind, Message, PostedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PARTS = 200
_DEEPEST = 20
_LONGEST_NAME = 120
_IDS = re.compile(r"<[^<>\s]{1,250}>")
_LONGEST_LINE = 998
# What makes a mail unreadable in part; everything else that the parser notes is harmless.
_GRAVE = {"InvalidBase64LengthDefect", "InvalidBase64CharactersDefect", "StartBoundaryNotFoundDefect",
          "CloseBoundaryNotFoundDefect", "NoBoundaryInMultipartDefect",
          "MultipartInvariantViolationDefect"}  # fmt: skip


def header_of(mail: EmailMessage, name: str) -> str:
    """A header field as one line; empty when it is missing or beyond repair (8-bit rubbish, broken encoded words)."""
    try:
        value = mail.get(name)
        return " ".join(str(value).split())[:_LONGEST_LINE] if value is not None else ""
    except Exception:  # noqa: BLE001 - the header parser of the standard library raises nearly anything for rubbish
        return ""


def ids_of(mail: EmailMessage) -> tuple[str, tuple[str, ...]]:
    """The message's own id and those it refers to, the oldest first."""
    own = _IDS.search(header_of(mail, "Message-ID"))
    named = _IDS.findall(header_of(mail, "References") + " " + header_of(mail, "In-Reply-To"))
    return (own[0] if own else ""), tuple(dict.fromkeys(named))


def parsed(data: bytes) -> EmailMessage:
    """Parse a mail; any bytes are accepted. Of parts within parts by the hundred, only the outermost is parsed."""
    try:
        mail = email.message_from_bytes(data, policy=email.policy.default)
    except RecursionError:
        mail = BytesParser(policy=email.policy.default).parsebytes(data, headersonly=True)
        mail.defects.append(MultipartInvariantViolationDefect())
    assert isinstance(mail, EmailMessage)  # noqa: S101 - policy.default makes no other class
    return mail


def message_of(name: str, data: bytes) -> Message:
    """The message that the bytes of a mail hold. What cannot be read is among its problems; nothing is raised."""
    mail = parsed(data)
    texts: list[bytes] = []
    pages: list[bytes] = []
    files: list[PostedFile] = []
    problems: list[Problem] = []
    for part in _leaves(mail, name, problems):
        if len(texts) + len(pages) + len(files) >= _MOST_PARTS:
            problems.append(Problem(name, f"has more than {_MOST_PARTS} parts; the rest was not read"))
            break
        content = _content(part, name, problems)
        kind, file_name = part.get_content_type(), _file_name(part)
        if file_name or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            files.append(posted_file(file_name or kind.replace("/", "."), content, kind))
        elif kind == "text/html":
            text, pictures = text_of_html(_characters(part, content))
            pages.append(text.encode("utf-8", "surrogateescape"))
            files += [PostedFile(p, FileKind.PICTURE, b"") for p in pictures]
        else:
            texts.append(_in_place(part, content, data))
    broken = {type(d).__name__ for part in mail.walk() for d in part.defects} & _GRAVE
    if broken:
        problems.append(Problem(name, "is a damaged mail (broken MIME structure); parts of it may be missing"))
    body = b"\n".join(texts or pages)
    prose = body[:LARGEST_PROSE].decode("utf-8", "replace").lstrip("\n")
    author = header_of(mail, "From").casefold()
    return Message(name, header_of(mail, "Subject"), body, prose, tuple(files), tuple(problems), author)


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
    except Exception:  # noqa: BLE001 - as above: any error for a broken transfer encoding
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


def _in_place(part: EmailMessage, content: bytes, whole: bytes) -> bytes:
    """The text of a part as UTF-8, moved down to where it stands in the mail, if it stands there as it is."""
    text = _characters(part, content).encode("utf-8", "surrogateescape")
    at = whole.find(content) if content.strip() else -1
    return b"\n" * whole.count(b"\n", 0, at) + text if at > 0 else text
