"""Associations and their DIMSE operations, as the log shows them.

``None`` always means "the log does not show it"; nothing here is a guess. Times are local and naive, as Orthanc writes
them, with microseconds.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field


class Direction(StrEnum):
    """Seen from Orthanc."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class Outcome(StrEnum):
    """How an association ended.

    ``lost``: TCP ended without release or abort; ``not-established``: the request was never answered (refused,
    unreachable, name not found, TLS failure, timeout); ``open``: the log ends while it stands.
    """

    RELEASED = "released"
    ABORTED = "aborted"
    LOST = "lost"
    TIMEOUT = "timeout"
    REJECTED = "rejected"
    NOT_ESTABLISHED = "not-established"
    OPEN = "open"
    UNKNOWN = "unknown"


_NOT_FAILED = frozenset({Outcome.RELEASED, Outcome.OPEN, Outcome.UNKNOWN})


class Side(StrEnum):
    """Who did it."""

    ORTHANC = "orthanc"
    PEER = "peer"


def broke_off(outcome: Outcome, by: Side | None, why: str | None) -> bool:
    """Whether an ending is a failure by itself; not where Orthanc was ended: that cuts off all, also what is idle."""
    return outcome not in _NOT_FAILED and not (outcome is Outcome.LOST and by is Side.ORTHANC and why is None)


LUA = "Lua"
"""What ``asked_by`` notes of a script."""


class Attribution(StrEnum):
    """``exact``: thread names or dumps tie every line to this association; ``inferred``: order and names had to do."""

    EXACT = "exact"
    INFERRED = "inferred"


class LineRef(Struct, frozen=True, gc=False):
    """A line that tells something: 1-based number in the file as given, its text, and what it says."""

    line: int
    text: str
    note: str = ""


class Reject(Struct, frozen=True, gc=False):
    """A-ASSOCIATE-RJ (PS3.8 9.3.4). ``result``/``source``/``reason`` are None where only the fact of it is known."""

    by: Side
    result: int | None
    source: int | None
    reason: int | None
    text: str


class PresentationContext(Struct, frozen=True, gc=False):
    """One presentation context (PS3.8 9.3.2.2, 9.3.3.2).

    ``result`` is DCMTK's word turned into ``accepted``, ``user-rejection``, ``no-reason``,
    ``abstract-syntax-not-supported``, ``transfer-syntaxes-not-supported``; None when no answer is in the log.
    UIDs are bare (``1.2.840…``); names are looked up in :mod:`loganalyzer.dicom`.
    """

    id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...] = ()
    result: str | None = None
    accepted_transfer_syntax: str | None = None
    proposed_role: str | None = None
    accepted_role: str | None = None


class Operation(Struct, frozen=True, gc=False):
    """DIMSE requests of one kind on one association, folded while they agree in all fields but time.

    ``status`` is ``0x0000`` style and only present when the log shows it; ``ok`` False when the log shows that it
    failed otherwise. ``detail`` is what the log says about the failure. ``suboperations`` are C-MOVE/C-GET counters.
    """

    command: str
    requested_by: Side
    count: int = 1
    status: str | None = None
    ok: bool | None = None
    sop_class: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    first_line: int | None = None
    last_line: int | None = None
    detail: str | None = None
    move_destination: str | None = None
    suboperations: dict[str, int] = field(default_factory=dict)


def association_id(log: int, number: int) -> str:
    """The name of an association: the log's place among those that were brought, and its own in that log, from 1."""
    return f"{log + 1}.{number + 1}"


def place_of(identifier: str) -> tuple[int, int] | None:
    """What :func:`association_id` was made of; None for what it did not make."""
    log, _, number = identifier.partition(".")
    return (int(log) - 1, int(number) - 1) if log.isdecimal() and number.isdecimal() else None


class Association(Struct, frozen=True, gc=False):
    """One association, or one attempt at one.

    ``asked_by`` is the line that shows what made Orthanc open it, noted as ``POST /modalities/pacs/store`` or ``Lua``.
    """

    id: str
    log: int
    run: int
    direction: Direction
    calling_aet: str | None = None
    called_aet: str | None = None
    peer_ip: str | None = None
    peer_port: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    start_line: int | None = None
    end_line: int | None = None
    thread: str | None = None
    tls: bool | None = None
    outcome: Outcome = Outcome.UNKNOWN
    ended_by: Side | None = None
    reject: Reject | None = None
    contexts_proposed: int | None = None
    contexts_accepted: int | None = None
    contexts: tuple[PresentationContext, ...] = ()
    operations: tuple[Operation, ...] = ()
    attribution: Attribution = Attribution.EXACT
    caused_by: str | None = None
    job: str | None = None
    asked_by: LineRef | None = None
    manufacturer: str | None = None
    peer_implementation: str | None = None
    max_pdu: int | None = None
    established: datetime | None = None
    idle_seconds: float | None = None
    longest_gap_seconds: float | None = None
    stored_bytes: int | None = None
    failure: str | None = None
    lines: tuple[LineRef, ...] = ()

    @property
    def peer_aet(self) -> str | None:
        """The AET of the side that is not Orthanc."""
        return self.calling_aet if self.direction is Direction.INCOMING else self.called_aet

    @property
    def failed(self) -> bool:
        """Whether the log shows that something asked for here did not work."""
        nothing_accepted = self.contexts_accepted == 0
        broken = broke_off(self.outcome, self.ended_by, self.failure)
        return nothing_accepted or broken or any(o.ok is False for o in self.operations)
