"""One mail: its text and its attachments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.sources.mails import MailPart, parsed, parts_of
from loganalyzer.sources.markup import text_of_html
from loganalyzer.triage.files import LARGEST_PROSE, posted_file
from loganalyzer.triage.message import FileKind, Message, PostedFile

if TYPE_CHECKING:
    from email.message import EmailMessage

    from loganalyzer.sources.block import Problem

_IDS = re.compile(r"<[^<>\s]{1,250}>")
_LONGEST_LINE = 998


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


def message_of(name: str, data: bytes) -> Message:
    """The message that the bytes of a mail hold. What cannot be read is among its problems; nothing is raised."""
    mail = parsed(data)
    texts: list[bytes] = []
    pages: list[bytes] = []
    files: list[PostedFile] = []
    problems: list[Problem] = []
    for part in parts_of(mail, name, problems):
        if part.text is None:
            files.append(posted_file(part.name, part.content, part.kind))
        elif part.kind == "text/html":
            text, pictures = text_of_html(part.text)
            pages.append(text.encode("utf-8", "surrogateescape"))
            files += [PostedFile(p, FileKind.PICTURE, b"") for p in pictures]
        else:
            texts.append(_in_place(part, data))
    body = b"\n".join(texts or pages)
    prose = body[:LARGEST_PROSE].decode("utf-8", "replace").lstrip("\n")
    author = header_of(mail, "From").casefold()
    return Message(name, header_of(mail, "Subject"), body, prose, tuple(files), tuple(problems), author)


def _in_place(part: MailPart, whole: bytes) -> bytes:
    """The text of a part as UTF-8, moved down to where it stands in the mail, if it stands there as it is."""
    text = (part.text or "").encode("utf-8", "surrogateescape")
    at = whole.find(part.content) if part.content.strip() else -1
    return b"\n" * whole.count(b"\n", 0, at) + text if at > 0 else text
