"""The map of the scan: reads some files and gives the rows that they are worth.

:func:`examine` is what every executor runs, in whatever process. It raises nothing for a file: whatever is wrong with
one becomes a row of the table ``files``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.build import diagnose_log, rare_collections
from loganalyzer.scan.errors import MissingPackageError
from loganalyzer.scan.file_rows import LONGEST_REASON, file_id, file_row
from loganalyzer.scan.inputs import sha256_of
from loganalyzer.scan.remote import RemoteFile
from loganalyzer.scan.result import Page, Result, Rows
from loganalyzer.scan.rows import (
    association_rows,
    causes_of,
    finding_rows,
    operation_rows,
    own_findings,
    run_rows,
    unknown_rows,
)
from loganalyzer.scan.schemas import FILES
from loganalyzer.scan.worker_patterns import worker_patterns
from loganalyzer.sources.block import Neighbours
from loganalyzer.sources.opening import Opened, opened_beside
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.os_errors import reason
from loganalyzer.timeline.packed import opened_for
from loganalyzer.workbench.unknown import Families

if TYPE_CHECKING:
    from datetime import datetime
    from typing import BinaryIO

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.events.parts import Helpers
    from loganalyzer.scan.inputs import Input
    from loganalyzer.scan.rows import Key, Row
    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.units import Unit
    from loganalyzer.sources.block import Problem
    from loganalyzer.sources.stream import Log
    from loganalyzer.timeline.association import Association

_FILE_COLUMNS = [name for name, _, _ in FILES]
_KEY = _FILE_COLUMNS.index("key")
#: Associations of one log that are judged together; those beyond have their rows, too (see ``TimelineBuilder``).
_MOST_JUDGED = 5_000
_ALIKE_ON_PAGE = 1
_ROWS_ON_PAGE = 500
_PASSING = OSError, MemoryError, MissingPackageError  # another time, a file on which one of these came may be read
_NO_LOG = "holds no log"


@dataclass(slots=True)
class _Work:
    """One file on its way through the worker."""

    one: Input
    key: str
    unit: Unit
    settings: Settings
    rows: Rows
    helpers: Helpers | None
    pages: dict[str, Page] = field(default_factory=dict)
    files: list[Row] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    alone: bool = True

    def identify(self, name: str) -> Key:
        """Name, identifier and server of a log; of two members with the same name each gets its own."""
        self.names[name] += 1
        identifier = file_id(self.one, name, self.key, self.names[name])
        return name, identifier, self.settings.server(self.one, name)

    def note(self, name: str, status: str, why: str) -> None:
        """A row for what was not read."""
        self.files.append(file_row(self.identify(name), self.one, self.key, status, why))


def examine(unit: Unit, settings: Settings, helpers: Helpers | None = None) -> Result:
    """The rows of all files of ``unit``; ``helpers`` read parts of a large one."""
    spool = Path(unit.spool) if unit.spool else None
    rows, pages = Rows(spool), dict[str, Page]()
    for one, key in zip(unit.inputs, unit.keys, strict=True):
        work = _Work(one, key, unit, settings, Rows(spool), helpers)
        try:
            _read(work)
        except Exception as fault:  # noqa: BLE001 -- a file must not take the others with it
            work.rows.forget()
            work.pages.clear()
            work.files.clear()
            work.key = "" if isinstance(fault, _PASSING) else work.key
            work.note(one.name, "failed", _fault(fault))
        rows.absorb(work.rows)
        rows.add("files", work.files)
        pages |= work.pages
    return rows.result(pages)


def _fault(fault: Exception) -> str:
    if isinstance(fault, MissingPackageError):
        return str(fault)
    if isinstance(fault, OSError):
        return f"cannot be read: {reason(fault)}"
    if isinstance(fault, MemoryError):
        return "there was not enough memory to read it"
    from loganalyzer.report.fault import fault_place

    return f"the program failed on it ({fault_place(fault)}); please report it"


@dataclass(slots=True)
class _Beyond:
    """Takes the associations of a log that are so many that its diagnosis only counts them."""

    key: Key
    rows: Rows
    failed: int = 0

    def take(self, association: Association) -> None:
        """Adds its rows."""
        self.failed += association.failed
        self.rows.add("associations", association_rows(self.key, [association]))
        self.rows.add("operations", operation_rows(self.key, [association], {}))


def _read(work: _Work) -> None:
    one = work.one
    options = ReadOptions(year=work.settings.year, input_format=work.settings.input_format)
    try:
        file = one.open()
    except OSError as error:
        work.key = ""  # so that it is tried again
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        work.note(one.name, "failed", "is no longer there" if gone else f"cannot be opened: {reason(error)}")
        return
    with file:
        opened = Opened.of_file(one.name, file, options, modified=one.modified, asked_for=one.asked_for)
        with rare_collections():
            for log in opened:
                if log.name == one.name:  # one of several in an archive has none
                    log.neighbours = _neighbours(work, options)
                _read_log(work, log)
        _note_rest(work, opened)
        if isinstance(file, RemoteFile) and file.lost:
            work.files[:] = [(*row[:_KEY], None, *row[_KEY + 1 :]) for row in work.files]
        _name_content(work, file)


def _name_content(work: _Work, file: BinaryIO) -> None:
    """Name the bytes in all rows of the file, unless it has changed since it was found; of a remote one nothing is."""
    if work.one.remote or work.one.changed():
        return
    row = dict(zip(_FILE_COLUMNS, work.files[0], strict=True))
    whole = len(work.files) == 1 and row["bytes"] == work.one.size
    sha256 = row["sha256"] if whole and row["sha256"] else sha256_of(file)
    content = work.settings.content(work.one, sha256, alone=work.alone)
    if not work.one.changed():
        work.files[:] = [(*row[:-1], content) for row in work.files]


def _note_rest(work: _Work, opened: Opened) -> None:
    """Rows for what belongs to no log that was read."""
    for problem in opened.problems:
        work.note(problem.where, "failed" if problem.incomplete else "skipped", problem.what)
    for name in opened.skipped.names:
        work.note(name, "skipped", "its name and content say that it is no log")
    beyond = opened.skipped.count - len(opened.skipped.names)
    if beyond:
        work.note(f"{work.one.name}!…", "skipped", f"{beyond} more members that are no logs")
    if not work.files:
        work.note(work.one.name, "skipped", _NO_LOG)


def _read_log(work: _Work, log: Log) -> None:
    patterns, catalogue = worker_patterns(work.settings.patterns)
    key, rows, families = work.identify(log.name), Rows(work.rows.spool), Families()
    beyond = _Beyond(key, rows)
    diagnosis = diagnose_log(
        log, patterns=patterns, catalogue=catalogue, watch=lambda event: families.take(event.record),
        beyond=beyond.take, helpers=work.helpers, most=_MOST_JUDGED,
    )  # fmt: skip
    work.alone &= not log.neighbours.matter
    if not diagnosis.logs or (not log.state.bytes and log.state.problems):
        why = _said(log.state.problems) or _NO_LOG
        work.files.append(file_row(key, work.one, work.key, "failed", why))
        return
    if work.settings.outside(_first(diagnosis), _last(diagnosis)):
        rows.forget()
        work.files.append(file_row(key, work.one, "", "skipped", "lies outside of the period asked for"))
        return
    for summary in diagnosis.logs:
        rows.add("runs", run_rows(key, summary))
    rows.add("associations", association_rows(key, diagnosis.associations))
    rows.add("operations", operation_rows(key, diagnosis.associations, opened_for(diagnosis.associations)))
    rows.add("findings", finding_rows(key, diagnosis))
    rows.add("unknown", unknown_rows(key, families, diagnosis))
    work.rows.absorb(rows)
    work.files.append(_log_row(work, key, diagnosis, beyond.failed))
    causes = causes_of(diagnosis)
    if causes - work.unit.shown:
        work.pages[key[1]] = Page(_page(diagnosis), frozenset(causes))


def _neighbours(work: _Work, options: ReadOptions) -> Neighbours:
    before, behind = (
        partial(opened_beside, one, options) if one is not None else None for one in (work.one.before, work.one.behind)
    )
    return Neighbours(before, behind)


def _log_row(work: _Work, key: Key, diagnosis: Diagnosis, failed_beyond: int) -> Row:
    main = next((log for log in diagnosis.logs if log.runs or log.product == "orthanc"), diagnosis.logs[0])
    one, failed = work.one, sum(a.failed for a in diagnosis.associations) + failed_beyond
    associations = len(diagnosis.associations) + diagnosis.folded_associations
    return (
        *key, one.name, "read", _said(diagnosis.problems) or None, diagnosis.complete, str(diagnosis.verdict),
        main.product, main.orthanc_version, main.level, main.wrapper, main.encoding, main.lines, main.understood_lines,
        main.bytes, _first(diagnosis), _last(diagnosis), main.year_from, main.sha256, associations,
        diagnosis.folded_associations, failed, own_findings(diagnosis), diagnosis.unknown_messages, one.size,
        one.version or None, work.key or None, None,
    )  # fmt: skip


def _first(diagnosis: Diagnosis) -> datetime | None:
    return min((log.first_time for log in diagnosis.logs if log.first_time), default=None)


def _last(diagnosis: Diagnosis) -> datetime | None:
    return max((log.last_time for log in diagnosis.logs if log.last_time), default=None)


def _said(problems: list[Problem] | tuple[Problem, ...]) -> str:
    return "; ".join(f"{p.where}: {p.what}" for p in problems)[:LONGEST_REASON]


def _page(diagnosis: Diagnosis) -> bytes:
    from loganalyzer.report.html import Extent, render_html

    extent = Extent(_ALIKE_ON_PAGE, _ROWS_ON_PAGE)
    return render_html(diagnosis, charts=False, extent=extent).encode("utf-8", "backslashreplace")
