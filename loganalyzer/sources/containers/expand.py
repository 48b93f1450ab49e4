"""Follows a file through compression and archives down to the texts in it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from loganalyzer.sources.block import Problem, Skipped
from loganalyzer.sources.containers import dumped, excel, office, pdf, rtf, tarred, zipped
from loganalyzer.sources.containers.compressed import FORMATS, Expanded, gzip_time
from loganalyzer.sources.containers.limits import Budget, LimitReachedError, Peekable, Pieces, UnreadableError, fault
from loganalyzer.sources.containers.magic import HEAD_SIZE, OFFICE, kind_of
from loganalyzer.sources.evidence import headers, line_starts
from loganalyzer.sources.names import in_order, is_junk, looks_foreign, looks_like_document, looks_like_log, shown
from loganalyzer.sources.options import MIB, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from loganalyzer.sources.containers.limits import Source

_CHUNK = 1 << 17
_OF_DOCUMENTS = frozenset({"zip", "rtf", "pdf"})
#: What a look into a document may take, of which nobody has said that it is a log.
_LOOK = ReadOptions(max_bytes=64 * MIB, max_seconds=5.0, max_members=100, max_depth=3)


@dataclass(frozen=True, slots=True)
class Text:
    """A file that may be a log. ``file`` is set where it can be sought, that is for files that are no container."""

    name: str
    source: Peekable
    modified: datetime | None
    asked_for: bool
    file: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A file, with the containers that lead to it in its ``name``; ``depth`` counts them."""

    name: str
    source: Peekable
    modified: datetime | None
    asked_for: bool = False
    depth: int = 0
    file: BinaryIO | None = None


@dataclass(slots=True)
class Expander:
    """Expands files under one budget. ``problems`` and ``skipped`` receive what is not delivered, and why."""

    options: ReadOptions
    problems: list[Problem]
    skipped: Skipped
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.options)

    def texts(self, name: str, file: BinaryIO, modified: datetime | None, *, asked_for: bool) -> Iterator[Text]:
        """Yield the texts in a file, each to be read before the next one is asked for."""
        seekable = file if file.seekable() else None
        try:
            yield from self._texts(_Found(name, Peekable(file), modified, asked_for, file=seekable))
        except LimitReachedError as error:
            self._tell(name, f"the rest was not read: {error}")

    def _tell(self, name: str, what: str, *, incomplete: bool = True, note: bool = False) -> None:
        self.problems.append(Problem(shown(name), what, incomplete, note=note))

    def _texts(self, one: _Found) -> Iterator[Text]:
        head = one.source.peek(HEAD_SIZE)
        if not head and one.source.failed is not None:
            if isinstance(one.source.failed, LimitReachedError):
                raise one.source.failed
            self._tell(one.name, f"cannot be read: {fault(one.source.failed)}")
            return
        kind = kind_of(head)
        if kind.form == "empty":
            self._tell(one.name, "is empty", incomplete=False)
        elif kind.form == "foreign" and (one.asked_for or (kind.damaged and looks_like_log(one.name))):
            self._tell(one.name, f"is {kind.what}")
        elif kind.form == "mail":
            yield from self._mail(one)
        elif kind.form == "text" and (form := dumped.form_of(head)) is not None:
            yield from self._dump(one, form)
        elif kind.form == "text":
            yield Text(shown(one.name), one.source, one.modified, one.asked_for, one.file)
        elif kind.form == "foreign" or (not one.asked_for and looks_foreign(one.name)):
            self.skipped.add(shown(one.name))
        else:
            yield from self._container(kind.form, one)

    def _container(self, form: str, one: _Found) -> Iterator[Text]:
        self.budget.check_depth(one.depth + 1)
        if form in FORMATS:
            modified = (gzip_time(one.source.peek(HEAD_SIZE)) if form == "gzip" else None) or one.modified
            expanded = Peekable(Expanded(one.source, form, self.budget))
            yield from self._texts(_Found(one.name, expanded, modified, one.asked_for, one.depth + 1))
        elif form == "tar":
            for member in tarred.members(shown(one.name), one.source, self.problems):
                self.budget.member()
                yield from self._member(one, member.name, member.source, member.modified)
        elif form == "rtf":
            yield from self._text_of(one, Pieces(rtf.text_of(one.source, self.budget)))
        elif form == "pdf":
            if (document := one.file or self._buffered(one, "a PDF document inside of a stream")) is not None:
                yield from self._text_of(one, Pieces(pdf.text_of(document, self.budget)))
        elif (file := one.file or self._buffered(one, "a zip archive inside of a stream")) is not None:
            yield from self._zip(one, file)

    def _dump(self, one: _Found, form: dumped.Form) -> Iterator[Text]:
        """Yield what is in a text that shows the bytes of a file."""
        self.budget.check_depth(one.depth + 1)
        dump = dumped.Dumped(one.source, form, self.budget)
        yield from self._texts(_Found(one.name, Peekable(dump), one.modified, one.asked_for, one.depth + 1))
        self._tell(one.name, dump.told(), incomplete=dump.is_torn, note=not dump.is_torn)

    def _zip(self, one: _Found, file: BinaryIO) -> Iterator[Text]:
        try:
            listed = zipped.directory(file)
        except UnreadableError as error:
            self._tell(one.name, f"the archive is damaged: {error}; what is left of it was read")
            listed = list(islice(zipped.salvage(file), self.options.max_members + 1))
        by_name = {member.name: member for member in listed}
        if excel.WORKBOOK in by_name or office.document_in(by_name.keys()):
            yield from self._office(one, file, by_name)
            return
        if other := by_name.keys() & OFFICE.keys():
            self._tell(one.name, f"is {OFFICE[min(other)]}")
            return
        for member in in_order(listed, key=lambda member: member.name):
            self.budget.member()
            inner = f"{one.name}!{member.name}"
            try:
                source = zipped.MemberSource(file, member, self.budget)
            except UnreadableError as error:
                if not is_junk(inner):
                    self._tell(inner, str(error))
                continue
            yield from self._member(one, member.name, source, member.modified)

    def _office(self, one: _Found, file: BinaryIO, members: dict[str, zipped.Member]) -> Iterator[Text]:
        """Yield the texts of a document of an office program."""

        def opened(name: str) -> zipped.MemberSource:
            self.budget.member()
            return zipped.MemberSource(file, members[name], self.budget)

        texts_of = excel.texts_of if excel.WORKBOOK in members else office.texts_of
        try:
            yield from self._document(one, lambda: texts_of(opened, members.keys(), self.budget))
        except LimitReachedError:
            raise
        except UnreadableError as error:
            self._tell(one.name, f"cannot be read: {error}")

    def _document(self, one: _Found, texts: Callable[[], Iterator[tuple[str, Source]]]) -> Iterator[Text]:
        """Yield those texts of a document that have lines of a log in them, or all where none has."""
        others, told = [], False
        for every in (False, True):
            for name, source in texts():
                text = Peekable(source)
                head = text.peek(_CHUNK)
                if every or line_starts(head) or headers(head):
                    told = True
                    yield from self._text_of(one, text, name)
                else:
                    others.append(f"{one.name}!{name}")
            if told:
                break
            if not others:
                self._tell(f"{one.name}!text", "is empty", incomplete=False)
                return
            if not every:
                others.clear()
        for name in others:
            self.skipped.add(shown(name))

    def _text_of(self, one: _Found, text: Source, name: str = "text") -> Iterator[Text]:
        """Yield the text of a document; ``name`` it where it has several."""
        yield from self._texts(_Found(f"{one.name}!{name}", Peekable(text), one.modified, True, one.depth + 1))

    def _mail(self, one: _Found) -> Iterator[Text]:
        """Yield the texts of a mail that have lines of a log in them, or all where none has, and its attachments."""
        from loganalyzer.sources.mails import parsed, parts_of, written
        from loganalyzer.sources.markup import text_of_html

        self.budget.check_depth(one.depth + 1)
        buffer = self._buffered(one, "a mail")
        if buffer is None:
            return
        mail = parsed(buffer.read())
        modified = written(mail) or one.modified
        parts = list(parts_of(mail, shown(one.name), self.problems))
        texts = [text_of_html(part.text)[0] if part.kind == "text/html" else part.text for part in parts if part.text]
        bodies = [text.encode("utf-8", "replace") for text in texts]
        told = [body for body in bodies if line_starts(body) or headers(body)]
        files = [part for part in parts if part.text is None]
        for body in told[:1] or ([] if files else bodies):
            yield Text(f"{shown(one.name)}!text", Peekable(io.BytesIO(body)), modified, one.asked_for)
        for part in files:
            self.budget.member()
            if holds_log(part.name, part.content):
                inner, content = f"{one.name}!{part.name}", io.BytesIO(part.content)
                yield from self._texts(_Found(inner, Peekable(content), modified, True, one.depth + 1))
            else:
                yield from self._member(one, part.name, io.BytesIO(part.content), modified)

    def _member(self, one: _Found, name: str, source: Source, modified: datetime | None) -> Iterator[Text]:
        inner = f"{one.name}!{name}"
        if is_junk(inner):
            self.skipped.add(shown(inner))
        else:
            yield from self._texts(_Found(inner, Peekable(source), modified or one.modified, depth=one.depth + 1))

    def _buffered(self, one: _Found, what: str) -> BinaryIO | None:
        """Return a file in memory that has to be read as a whole; ``None`` when it is too large. ``what`` it is."""
        buffer = io.BytesIO()
        try:
            while chunk := one.source.read(_CHUNK):
                if buffer.tell() + len(chunk) > self.options.max_buffer:
                    self._tell(one.name, f"is {what} and larger than {self.options.max_buffer} bytes (max_buffer)")
                    return None
                buffer.write(chunk)
        except LimitReachedError:
            raise
        except (UnreadableError, OSError) as error:
            self._tell(one.name, f"could not be read to its end: {fault(error)}")
        buffer.seek(0)
        return cast("BinaryIO", buffer)


def holds_log(name: str, data: bytes) -> bool:
    """Whether an attachment is a document (text, workbook, PDF) in which lines of a log are found at once."""
    if not looks_like_document(name) or kind_of(data[:HEAD_SIZE]).form not in _OF_DOCUMENTS:
        return False
    texts = Expander(_LOOK, [], Skipped()).texts(name, io.BytesIO(data), None, asked_for=True)
    return any(line_starts(head) or headers(head) for head in (text.source.peek(_CHUNK) for text in texts))
