"""Opens what a person names and yields threads."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.sources.block import Problem
from loganalyzer.sources.markup import decoded_page, text_of_html
from loganalyzer.sources.os_errors import reason
from loganalyzer.triage.discourse import topics_of
from loganalyzer.triage.files import LARGEST_PROSE, pictures_in, posted_file
from loganalyzer.triage.formats import HEAD_SIZE, PostFormat, format_of
from loganalyzer.triage.mail import message_of
from loganalyzer.triage.mailbox import (
    LARGEST_MAIL,
    Conversation,
    conversations,
    data_of,
    is_maildir,
    places_in_maildir,
    places_in_mbox,
)
from loganalyzer.triage.message import FileKind, Message, PostedFile, Thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 1 << 20
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def open_posts(paths: Sequence[str], spool: Path, problems: list[Problem]) -> list[Thread]:
    """The threads in some files, Maildir folders or ``-``.

    What is no mailbox or forum export is put together: a post, and the logs that were given with it, are one thread.
    ``spool`` is a folder for what comes from standard input. What cannot be read goes to ``problems``.
    """
    threads: list[Thread] = []
    together: list[tuple[str, Path]] = []
    for name in paths:
        try:
            path = _spooled(spool) if name == "-" else _named(name)
            shown = "standard input" if name == "-" else name
            if path.is_dir():
                threads += _of_folder(shown, path, together, problems)
                continue
            found = _of_file(shown, path)
        except OSError as error:
            problems.append(Problem(name, f"cannot be read: {reason(error)}"))
            continue
        except ValueError:
            problems.append(Problem(name.replace("\0", "") or "''", "is no name of a file"))
            continue
        if found is None:
            together.append((shown, path))
        else:
            threads += found
    if together:
        threads.insert(0, _joined(together))
    return threads


def _named(name: str) -> Path:
    """Raises ``ValueError`` for no name at all, which pathlib takes for the folder of this process."""
    if not name:
        raise ValueError(name)
    return Path(name)


def _spooled(folder: Path) -> Path:
    path = folder / f"standard-input-{sum(1 for _ in folder.iterdir())}"
    with path.open("xb") as file:
        while sys.stdin is not None and (chunk := sys.stdin.buffer.read(_CHUNK)):
            file.write(chunk)
    return path


def _of_folder(name: str, folder: Path, together: list[tuple[str, Path]], problems: list[Problem]) -> list[Thread]:
    if is_maildir(folder):
        return _threads(name, conversations(places_in_maildir(folder)))
    files = sorted(p for p in folder.iterdir() if p.is_file())
    if not files:
        problems.append(Problem(name, "holds no file that can be read", incomplete=False))
    threads: list[Thread] = []
    for path in files:
        found = _of_file(str(path), path)
        if found is None:
            together.append((str(path), path))
        else:
            threads += found
    return threads


def _of_file(name: str, path: Path) -> list[Thread] | None:
    """The threads of a mailbox or a forum export; None for a single post or a log."""
    with path.open("rb") as file:
        form = format_of(name, file.read(HEAD_SIZE))
    if form is PostFormat.MBOX:
        return _threads(name, conversations(places_in_mbox(path)))
    if form is PostFormat.DISCOURSE and path.stat().st_size <= LARGEST_MAIL:
        topics = topics_of(name, path.read_bytes())
        if topics is not None:
            return [
                Thread(title or name, title, len(posts), partial(tuple[Message, ...], posts)) for title, posts in topics
            ]
    return None


def _threads(name: str, found: list[Conversation]) -> list[Thread]:
    return [
        Thread(f"{name} (mail {one.mails[0].number})", one.subject, len(one.mails), partial(_mails, name, one))
        for one in found
    ]


def _mails(name: str, conversation: Conversation) -> tuple[Message, ...]:
    messages = []
    for place in conversation.mails:
        shown = f"{name} (mail {place.number})"
        try:
            messages.append(message_of(shown, data_of(place)))
        except OSError as error:
            messages.append(_unreadable(shown, error))
    return without_repetition(messages)


def _unreadable(name: str, error: OSError) -> Message:
    return Message(name, "", b"", "", (), (Problem(name, f"cannot be read: {reason(error)}"),))


def _joined(files: list[tuple[str, Path]]) -> Thread:
    def load() -> tuple[Message, ...]:
        messages = []
        for name, path in files:
            try:
                messages.append(_message(name, path))
            except OSError as error:
                messages.append(_unreadable(name, error))
        return tuple(messages)

    return Thread(files[0][0], "", len(files), load)


def _message(name: str, path: Path) -> Message:
    with path.open("rb") as file:
        head = file.read(HEAD_SIZE)
        form = format_of(name, head)
        if form is PostFormat.MAIL:
            return message_of(name, head + file.read(LARGEST_MAIL))
        if form is PostFormat.HTML:
            text, pictures = text_of_html(decoded_page(head + file.read(LARGEST_MAIL)))
            shown = tuple(PostedFile(p, FileKind.PICTURE, b"") for p in pictures)
            return Message(name, "", text.encode("utf-8", "replace"), text[:LARGEST_PROSE], shown)
        return _plain(name, file, head)


def _plain(name: str, file: BinaryIO, head: bytes) -> Message:
    """A post without markup, a log, an archive, or a configuration that stands beside a post."""
    data = head + file.read(LARGEST_MAIL)
    problems = (
        (Problem(name, f"only the first {LARGEST_MAIL >> 20} MiB were read; give a log of that size to “diagnose”"),)
        if file.read(1)
        else ()
    )
    posted = posted_file(name, data)
    is_text = posted.kind is FileKind.LOG and b"\0" not in head and format_of(name, head) is not PostFormat.FILE
    if is_text or any(head.startswith(bom) for bom, _ in _BOMS):
        prose = _characters(data[:LARGEST_PROSE])
        return Message(name, "", data, prose, pictures_in(prose), problems)
    return Message(name, "", b"", "", (posted,), problems)


def _characters(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def without_repetition(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Blank the quoted lines of answers whose original is in the thread, so that nothing counts twice."""
    said: set[str] = set()
    result = []
    for message in messages:
        lines = list(_unrepeated(message.body, said))
        prose = "\n".join(lines)[:LARGEST_PROSE].lstrip("\n")
        body = "\n".join(lines).encode("utf-8", "surrogateescape")
        result.append(replace(message, body=body, prose=prose))
    return tuple(result)


def _unrepeated(body: bytes, said: set[str]) -> Iterator[str]:
    new = set()
    for line in body.decode("utf-8", "surrogateescape").split("\n"):
        plain = " ".join(line.lstrip("> ").split())
        if line.lstrip().startswith(">") and plain in said:
            yield ""
        else:
            new.add(plain)
            yield line.rstrip("\r")
    said |= new
