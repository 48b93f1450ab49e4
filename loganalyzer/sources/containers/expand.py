"""Follows a file through compression and archives down to the texts in it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from loganalyzer.sources.block import Problem, Skipped
from loganalyzer.sources.containers import tarred, word, zipped
from loganalyzer.sources.containers.compressed import FORMATS, Expanded, gzip_time
from loganalyzer.sources.containers.limits import Budget, LimitReachedError, Peekable, UnreadableError
from loganalyzer.sources.containers.magic import HEAD_SIZE, OFFICE, kind_of
from loganalyzer.sources.evidence import headers, line_starts
from loganalyzer.sources.names import in_order, is_junk, looks_foreign, looks_like_log, shown
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from loganalyzer.sources.containers.limits import Source
    from loganalyzer.sources.options import ReadOptions

_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Text:
    """A file that may be a log. ``file`` is set where it can be sought, that is for files that are no container."""

    name: str
    source: Peekable
    modified: datetime | None
    asked_for: bool
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
            yield from self._texts(name, Peekable(file), modified, asked_for=asked_for, depth=0, file=seekable)
        except LimitReachedError as error:
            self.problems.append(Problem(shown(name), f"the rest was not read: {error}"))

    def _texts(
        self,
        name: str,
        source: Peekable,
        modified: datetime | None,
        *,
        asked_for: bool,
        depth: int,
        file: BinaryIO | None = None,
    ) -> Iterator[Text]:
        head = source.peek(HEAD_SIZE)
        if not head and source.failed is not None:
            if isinstance(source.failed, LimitReachedError):
                raise source.failed
            self.problems.append(Problem(shown(name), f"cannot be read: {_clause(source.failed)}"))
            return
        kind = kind_of(head)
        if kind.form == "empty":
            self.problems.append(Problem(shown(name), "is empty", incomplete=False))
        elif kind.form == "foreign":
            self._foreign(name, kind.what, asked_for=asked_for or (kind.damaged and looks_like_log(name)))
        elif kind.form == "mail":
            yield from self._mail(name, source, modified, asked_for=asked_for, depth=depth + 1)
        elif kind.form == "text":
            yield Text(shown(name), source, modified, asked_for, file)
        elif not asked_for and looks_foreign(name):
            self.skipped.add(shown(name))
        else:
            yield from self._container(
                kind.form, name, source, modified, asked_for=asked_for, depth=depth + 1, file=file
            )

    def _container(
        self,
        form: str,
        name: str,
        source: Peekable,
        modified: datetime | None,
        *,
        asked_for: bool,
        depth: int,
        file: BinaryIO | None,
    ) -> Iterator[Text]:
        self.budget.check_depth(depth)
        if form in FORMATS:
            inside = (gzip_time(source.peek(HEAD_SIZE)) if form == "gzip" else None) or modified
            expanded = Peekable(Expanded(source, form, self.budget))
            yield from self._texts(name, expanded, inside, asked_for=asked_for, depth=depth)
        elif form == "tar":
            for member in tarred.members(shown(name), source, self.problems):
                self.budget.member()
                yield from self._member(f"{name}!{member.name}", member.source, member.modified or modified, depth)
        else:
            yield from self._zip(
                name, file or self._buffered(name, source, "a zip archive inside of a stream"), modified, depth
            )

    def _zip(self, name: str, file: BinaryIO | None, modified: datetime | None, depth: int) -> Iterator[Text]:
        if file is None:
            return
        members: Iterator[zipped.Member]
        try:
            listed = zipped.directory(file)
        except UnreadableError as error:
            what = f"the archive is damaged: {error}; what is left of it was read"
            self.problems.append(Problem(shown(name), what))
            members = zipped.salvage(file)
        else:
            names = {member.name for member in listed}
            if word.DOCUMENT in names:
                listed = [member for member in listed if member.name == word.DOCUMENT]
            elif office := names & OFFICE.keys():
                self.problems.append(Problem(shown(name), f"is {OFFICE[min(office)]}"))
                return
            members = iter(in_order(listed, key=lambda member: member.name))
        for member in members:
            self.budget.member()
            inner = f"{name}!{member.name}"
            try:
                source = zipped.MemberSource(file, member, self.budget)
            except UnreadableError as error:
                if not is_junk(inner):
                    self.problems.append(Problem(shown(inner), str(error)))
                continue
            if member.name == word.DOCUMENT:
                text = Peekable(word.DocumentText.of(source))
                yield from self._texts(f"{name}!text", text, modified, asked_for=True, depth=depth)
            else:
                yield from self._member(inner, source, member.modified or modified, depth)

    def _mail(
        self, name: str, source: Source, modified: datetime | None, *, asked_for: bool, depth: int
    ) -> Iterator[Text]:
        """Yield the texts of a mail that have lines of a log in them, or all where none has, and its attachments."""
        from loganalyzer.sources.mails import parsed, parts_of, written
        from loganalyzer.sources.markup import text_of_html

        self.budget.check_depth(depth)
        buffer = self._buffered(name, source, "a mail")
        if buffer is None:
            return
        mail = parsed(buffer.read())
        modified = written(mail) or modified
        parts = list(parts_of(mail, shown(name), self.problems))
        texts = [text_of_html(part.text)[0] if part.kind == "text/html" else part.text for part in parts if part.text]
        bodies = [text.encode("utf-8", "replace") for text in texts]
        told = [body for body in bodies if line_starts(body) or headers(body)]
        files = [part for part in parts if part.text is None]
        for body in told[:1] or ([] if files else bodies):
            yield Text(f"{shown(name)}!text", Peekable(io.BytesIO(body)), modified, asked_for)
        for part in files:
            self.budget.member()
            yield from self._member(f"{name}!{part.name}", io.BytesIO(part.content), modified, depth)

    def _member(self, name: str, source: Source, modified: datetime | None, depth: int) -> Iterator[Text]:
        if is_junk(name):
            self.skipped.add(shown(name))
            return
        yield from self._texts(name, Peekable(source), modified, asked_for=False, depth=depth)

    def _buffered(self, name: str, source: Source, what: str) -> BinaryIO | None:
        """Return a file in memory that has to be read as a whole; ``None`` when it is too large. ``what`` it is."""
        buffer = io.BytesIO()
        try:
            while chunk := source.read(_CHUNK):
                if buffer.tell() + len(chunk) > self.options.max_buffer:
                    limit = self.options.max_buffer
                    self.problems.append(Problem(shown(name), f"is {what} and larger than {limit} bytes (max_buffer)"))
                    return None
                buffer.write(chunk)
        except LimitReachedError:
            raise
        except (UnreadableError, OSError) as error:
            self.problems.append(Problem(shown(name), f"could not be read to its end: {_clause(error)}"))
        buffer.seek(0)
        return cast("BinaryIO", buffer)

    def _foreign(self, name: str, what: str, *, asked_for: bool) -> None:
        if asked_for:
            self.problems.append(Problem(shown(name), f"is {what}"))
        else:
            self.skipped.add(shown(name))


def _clause(error: UnreadableError | OSError) -> str:
    if isinstance(error, UnreadableError):
        return str(error)
    return reason(error)
