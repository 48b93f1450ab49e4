"""Associations under construction."""

from __future__ import annotations

import ipaddress
import sys
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from loganalyzer.timeline.association import (
    Association,
    Attribution,
    Direction,
    LineRef,
    Operation,
    Outcome,
    PresentationContext,
    Reject,
    Side,
    broke_off,
)

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.dumps.dump import AssociateDump, DimseDump
    from loganalyzer.records.record import Record

_MAX_LINES = 24
_MAX_COMPACT_LINES = 4
_MANY = 5_000  # failures from there on keep their first and their last line
_MAX_LINE_TEXT = 400
_ACCEPTED = "accepted"
_DUPLICATE = "0x0111"
_MAX_MERGED = 1024
_NO_COUNTERS: dict[str, int] = {}  # one for all: a hundred thousand operations have none
_Contexts = tuple[PresentationContext, ...]


class OperationDraft(Struct, eq=False, gc=False):
    """One DIMSE request on its way."""

    command: str
    requested_by: Side
    message_id: int | None
    line: int
    start: datetime | None
    sop_class: str | None = None
    sop_instance: str | None = None
    end: datetime | None = None
    last_line: int = 0
    status: str | None = None
    ok: bool | None = None
    detail: str | None = None
    move_destination: str | None = None
    move_originator: tuple[str, int | None] | None = None
    suboperations: tuple[tuple[str, int], ...] = ()
    provisional: bool = False
    uncertain: bool = False
    is_written: bool = False

    def answer(self, dump: DimseDump, record: Record) -> None:
        """Takes a response of the peer; pending ones only move the counters."""
        self.end, self.last_line = record.time, record.line
        self.suboperations = dump.suboperations or self.suboperations
        if dump.status is None or dump.status in {"0xff00", "0xff01"}:
            return
        self.status = dump.status
        self.ok = status_ok(dump.status) or self._is_there_already()
        if not self.ok:
            self.detail = dump.status_text

    def _is_there_already(self) -> bool:
        """Whether a peer refused an instance that it holds: since 1.12.4 no job of Orthanc fails for it."""
        return self.command == "C-STORE" and self.requested_by is Side.ORTHANC and self.status == _DUPLICATE

    def fail(self, detail: str, record: Record) -> None:
        """Notes that the log says it failed, without the status that was sent."""
        self.ok, self.end, self.last_line = False, record.time, record.line
        self.detail = self.detail or detail

    def kind(self) -> tuple[object, ...]:
        """What operations that are folded together have in common."""
        return (
            self.command, self.requested_by, self.status, self.ok, self.sop_class, self.detail, self.move_destination
        )  # fmt: skip


class _Fold(Struct, eq=False, gc=False):
    """Operations of one kind: the first of them, how many, and what the last one adds."""

    first: OperationDraft
    count: int
    end: datetime | None
    last_line: int
    suboperations: dict[str, int]

    def frozen(self) -> Operation:
        o = self.first
        return Operation(
            o.command, o.requested_by, self.count, o.status, o.ok, o.sop_class, o.start, self.end, o.line,
            self.last_line, o.detail, o.move_destination, self.suboperations or _NO_COUNTERS,
        )  # fmt: skip


def status_ok(status: str) -> bool | None:
    """Whether a status (``0x0000`` style) is success or warning (PS3.7 annex C); None while pending."""
    code = int(status, 16)
    if code in (0xFF00, 0xFF01):
        return None
    return code == 0 or 0xB000 <= code <= 0xBFFF or code in (0x0001, 0x0107, 0x0116)


class AssociationDraft(Struct, eq=False, gc=False):
    """One association on its way; :meth:`frozen` gives what is known of it at any time."""

    number: int
    log: int
    run: int
    direction: Direction
    calling_aet: str | None = None
    called_aet: str | None = None
    host: str | None = None
    peer_port: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    start_line: int | None = None
    end_line: int | None = None
    thread: str | None = None
    tls: bool | None = None
    outcome: Outcome = Outcome.OPEN
    ended_by: Side | None = None
    reject: Reject | None = None
    proposed: tuple[PresentationContext, ...] | None = None
    answered: tuple[PresentationContext, ...] | None = None
    counted: tuple[int | None, int | None] = (None, None)
    no_context: bool = False
    inferred: bool = False
    caused_by: int | None = None
    job: str | None = None
    asked_by: LineRef | None = None
    manufacturer: str | None = None
    peer_implementation: str | None = None
    max_pdu: int | None = None
    established: datetime | None = None
    timeout: float | None = None  # in seconds, for the peer's answers
    idle_seconds: float | None = None
    longest_gap_seconds: float | None = None
    stored_bytes: int = 0
    files_written: int = 0
    failure: str | None = None
    last_message_id: int | None = None  # of the side that asked for the association
    same_message_ids: bool | None = None  # whether all of them are the same; None before the second one
    served_by: str | None = None  # the thread that served the last request
    purpose: str | None = None
    received: bool = False
    acknowledged: bool = False
    headless: bool = False  # its beginning is not in the log
    ended: bool = False
    operations: list[OperationDraft] = field(default_factory=list)
    folded: dict[tuple[object, ...], _Fold] = field(default_factory=dict)
    lines: list[tuple[int, str, str]] = field(default_factory=list)

    def note(self, record: Record, note: str = "") -> None:
        """Keeps a line that tells something about this association; a bounded number of them."""
        if self.start is None:
            self.start = record.time
        if self.start_line is None:
            self.start_line = record.line
        if record.line >= (self.end_line or 0):  # an end that is placed late may have been another one's
            self.end_line = record.line
            self.end = record.time or self.end
        if len(self.lines) < _MAX_LINES or (record.is_alarm and len(self.lines) < 2 * _MAX_LINES):
            self.lines.append((record.line, record.text[:_MAX_LINE_TEXT], note))

    def take_request(self, dump: AssociateDump) -> None:
        """Takes the A-ASSOCIATE-RQ as it is dumped."""
        self.calling_aet = dump.calling_aet if self.calling_aet is None else self.calling_aet
        self.called_aet = dump.called_aet if self.called_aet is None else self.called_aet
        self.proposed = dump.contexts if dump.complete else None
        self.take_peer(dump)

    def take_answer(self, dump: AssociateDump) -> None:
        """Takes the A-ASSOCIATE-AC as it is dumped: the results of all contexts."""
        self.answered = dump.contexts if dump.complete else None
        self.take_peer(dump)

    def take_peer(self, dump: AssociateDump) -> None:
        """Keeps what a dump says of the peer's implementation."""
        self.peer_implementation = dump.peer_implementation or self.peer_implementation
        self.max_pdu = dump.peer_max_pdu or self.max_pdu

    def begin(self, operation: OperationDraft) -> OperationDraft:
        """Adds an operation and folds finished ones, so that memory does not grow with their number."""
        self._measure_gap(operation.start)
        if len(self.operations) >= 8:
            self._fold(keep=4)
        self.operations.append(operation)
        if (operation.requested_by is Side.PEER) == (self.direction is Direction.INCOMING):
            self._count_message(operation.message_id)
        return operation

    def _count_message(self, message_id: int | None) -> None:
        if message_id is None:
            return
        if self.last_message_id is not None:
            self.same_message_ids = self.last_message_id == message_id
        self.last_message_id = message_id

    def _measure_gap(self, now: datetime | None) -> None:
        """Counts the time in which nothing was asked: since the last answer, or since the acceptance."""
        before = self.operations[-1].end if self.operations else self.established
        if before is None or now is None or now < before:
            return
        gap = (now - before).total_seconds()
        self.idle_seconds = (self.idle_seconds or 0.0) + gap
        self.longest_gap_seconds = max(self.longest_gap_seconds or 0.0, gap)

    def gist(self) -> tuple[object, ...]:
        """What is known by now that may tell an event on it from one with the same words on another association."""
        last = self.operations[-1] if self.operations else None
        done = (last.command, last.status, last.sop_class, last.move_destination) if last is not None else None
        return self.direction, self.calling_aet, self.called_aet, self.reject, self.tls, done

    def asks(self, command: str) -> bool:
        """Whether a request of this kind was made of which no answer is known."""
        return any(o.ok is None for o in self.requests(command))

    def requests(self, command: str, by: Side | None = None) -> list[OperationDraft]:
        """The requests of this kind; one for all that are folded together."""
        made = (*(f.first for f in self.folded.values()), *self.operations)
        return [o for o in made if o.command == command and by in (None, o.requested_by)]

    def exchange_operations(self, other: AssociationDraft) -> None:
        """Gives what was done here to another association, and takes what was done there."""
        self._exchange(other, "operations", "folded", "last_message_id")

    def exchange_answers(self, other: AssociationDraft) -> None:
        """Gives what was answered to the association request to another association, and takes its answer."""
        self._exchange(other, "answered", "established", "peer_implementation", "max_pdu")

    def _exchange(self, other: AssociationDraft, *names: str) -> None:
        for name in names:
            here, there = getattr(self, name), getattr(other, name)
            setattr(self, name, there)
            setattr(other, name, here)

    def find_operation(self, message_id: int | None, command: str) -> OperationDraft | None:
        """The open operation that a response belongs to."""
        for operation in reversed(self.operations):
            same_id = message_id is None or operation.message_id in (None, message_id)
            if operation.command == command and same_id and operation.status is None:
                return operation
        return None

    def finish(self, outcome: Outcome, by: Side | None, record: Record | None) -> None:
        """Ends the association; what happens later on it is not its own."""
        if self.ended:
            return
        self.outcome, self.ended_by, self.ended = outcome, by, True
        if record is not None:
            self.note(record)

    def reopen(self) -> None:
        """Takes back its end, which was another one's."""
        self.outcome, self.ended_by, self.ended, self.failure = Outcome.OPEN, None, False, None
        if self.lines and self.lines[-1][0] == self.end_line:
            del self.lines[-1]

    @property
    def failed(self) -> bool:
        """As :attr:`Association.failed`."""
        return broke_off(self.outcome, self.ended_by, self.failure) or any(
            o.ok is False for o in (*self.operations, *(f.first for f in self.folded.values()))
        )

    def compact(self) -> None:
        """Gives up what nobody will ask for: lines and contexts of a success, lines of a failure that tell little."""
        self._fold(keep=0)
        if self.folded and self.outcome is not Outcome.UNKNOWN and not self.failed:
            self.lines.clear()
            self._give_up_contexts()
        else:
            most = _MAX_COMPACT_LINES if self.number < _MANY else 2
            del self.lines[1 : max(1, len(self.lines) - most + 1)]

    def _give_up_contexts(self) -> None:
        """Of contexts that were all accepted, their number says enough."""
        self._count_contexts()
        if self.ended and self.counted == (len(self.proposed or ()), len(self.proposed or ())):
            self.proposed = self.answered = None

    def _count_contexts(self) -> None:
        if self.proposed is not None or self.answered is not None:
            proposed = None if self.proposed is None else len(self.proposed)
            accepted = None if self.answered is None else sum(c.result == _ACCEPTED for c in self.answered)
            self.counted = proposed, accepted

    def _fold(self, keep: int) -> None:
        if len(self.operations) > keep:
            for operation in self.operations[: len(self.operations) - keep]:
                _fold_into(self.folded, operation)
            del self.operations[: len(self.operations) - keep]

    def frozen(self, identifier: str, caused_by: str | None, merger: ContextMerger) -> Association:
        """The finished association."""
        self._fold(keep=0)
        self._count_contexts()
        proposed, accepted = self.counted
        if accepted is None and self.no_context:
            accepted = 0
        return Association(
            id=identifier, log=self.log, run=self.run, direction=self.direction, calling_aet=_once(self.calling_aet),
            called_aet=_once(self.called_aet), peer_ip=_once(self.host) if is_address(self.host) else None,
            peer_port=self.peer_port,
            start=self.start, end=self.end if self.ended else None, start_line=self.start_line, end_line=self.end_line,
            thread=None if self.thread == self.job else self.thread,
            tls=self.tls, outcome=self.outcome, ended_by=self.ended_by, reject=self.reject,
            contexts_proposed=proposed, contexts_accepted=accepted,
            contexts=merger.merge(self.proposed, self.answered),
            operations=tuple(f.frozen() for f in self.folded.values()),
            attribution=Attribution.INFERRED if self.inferred else Attribution.EXACT, caused_by=caused_by, job=self.job,
            asked_by=self.asked_by,
            manufacturer=self.manufacturer, peer_implementation=self.peer_implementation, max_pdu=self.max_pdu,
            established=self.established,
            idle_seconds=None if self.idle_seconds is None else round(self.idle_seconds, 6),
            longest_gap_seconds=self.longest_gap_seconds, stored_bytes=self._all_bytes(), failure=self.failure,
            lines=tuple(starmap(LineRef, self.lines)),
        )  # fmt: skip

    def _all_bytes(self) -> int | None:
        stored = sum(f.count for f in self.folded.values() if f.first.command == "C-STORE" and f.first.ok)
        return self.stored_bytes if 0 < stored <= self.files_written else None


def _fold_into(folded: dict[tuple[object, ...], _Fold], o: OperationDraft) -> None:
    kind = o.kind()
    fold = folded.get(kind)
    if fold is None:
        folded[kind] = _Fold(o, 1, o.end, o.last_line or o.line, dict(o.suboperations))
        return
    fold.count += 1
    fold.end = o.end or fold.end
    fold.last_line = o.last_line or o.line
    for name, n in o.suboperations:
        fold.suboperations[name] = fold.suboperations.get(name, 0) + n


class ContextMerger:
    """Puts proposal and answer of each presentation context together.

    One sender proposes the same contexts time and again, and the dumps' parser gives the same object for the same text,
    so the result is kept by identity.
    """

    def __init__(self) -> None:
        self._merged: dict[tuple[int, int], tuple[_Contexts, _Contexts, _Contexts]] = {}

    def merge(self, proposed: _Contexts | None, answered: _Contexts | None) -> _Contexts:
        """The contexts with both; where one side is not in the log, the other as it is."""
        if proposed is None or answered is None:
            return proposed or answered or ()
        key = (id(proposed), id(answered))
        if key not in self._merged:
            if len(self._merged) > _MAX_MERGED:
                self._merged.clear()
            answers = {c.id: c for c in answered}
            merged = tuple(_with_answer(c, answers.get(c.id)) for c in proposed)
            self._merged[key] = (proposed, answered, merged)
        return self._merged[key][2]


def _with_answer(context: PresentationContext, answer: PresentationContext | None) -> PresentationContext:
    if answer is None:
        return context
    return replace(
        context,
        result=answer.result,
        accepted_transfer_syntax=answer.accepted_transfer_syntax,
        accepted_role=answer.accepted_role,
    )


def _once(name: str | None) -> str | None:
    """One string for a name that many associations have."""
    return name if name is None else sys.intern(name)


@lru_cache(maxsize=4096)
def is_address(host: str | None) -> bool:
    """Whether a host is given as an IP address."""
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True
