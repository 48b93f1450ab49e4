"""What went over a connection, in order, decoded as far as a log shows it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pynetdicom.dsutils import decode
from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, P_DATA_TF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from tools.record.wire import Connection, Pdu

_PDUS = {1: A_ASSOCIATE_RQ, 2: A_ASSOCIATE_AC, 3: A_ASSOCIATE_RJ, 7: A_ABORT_RQ}
_NAMES = {1: "RQ", 2: "AC", 3: "RJ", 5: "RELEASE-RQ", 6: "RELEASE-RP", 7: "ABORT"}
_P_DATA = 4


@dataclass(frozen=True, slots=True)
class Context:
    """A presentation context; ``abstract`` is empty in an acceptance, ``result`` None in a request."""

    number: int
    abstract: str
    result: int | None
    syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acse:
    """A-ASSOCIATE-RQ or -AC."""

    calling: str
    called: str
    application_context: str
    implementation: str
    version: str
    max_length: int
    contexts: tuple[Context, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One PDU or one command.

    ``kind`` is ``RQ``, ``AC``, ``RJ``, ``RELEASE-RQ``, ``RELEASE-RP``, ``ABORT`` or ``DIMSE``.
    ``codes``: result, source, reason of a rejection, source and reason of an abort. ``context``: that of a command.
    """

    time: float
    by_requestor: bool
    kind: str
    acse: Acse | None = None
    codes: tuple[int, ...] = ()
    context: int = 0
    command: Dataset | None = None


def said(connection: Connection) -> Iterator[Said]:
    """Everything said on a connection."""
    fragments: dict[tuple[bool, int], bytes] = {}
    for pdu in connection.pdus:
        if pdu.kind == _P_DATA:
            yield from _commands(pdu, fragments)
        elif pdu.kind in _PDUS:
            decoded = _PDUS[pdu.kind]()
            decoded.decode(pdu.data)
            if isinstance(decoded, (A_ASSOCIATE_RQ, A_ASSOCIATE_AC)):
                yield Said(pdu.time, pdu.by_requestor, _NAMES[pdu.kind], acse=_acse(decoded))
            elif isinstance(decoded, A_ASSOCIATE_RJ):
                codes = (decoded.result, decoded.source, decoded.reason_diagnostic)
                yield Said(pdu.time, pdu.by_requestor, "RJ", codes=tuple(c or 0 for c in codes))
            else:
                yield Said(pdu.time, pdu.by_requestor, "ABORT", codes=(pdu.data[8], pdu.data[9]))
        else:
            yield Said(pdu.time, pdu.by_requestor, _NAMES[pdu.kind])


def _commands(pdu: Pdu, fragments: dict[tuple[bool, int], bytes]) -> Iterator[Said]:
    data = P_DATA_TF()
    data.decode(pdu.data)
    for item in data.presentation_data_value_items:
        value = item.presentation_data_value or b"\0"
        if not value[0] & 1:
            continue
        number = item.presentation_context_id or 0
        key = (pdu.by_requestor, number)
        fragments[key] = fragments.get(key, b"") + value[1:]
        if value[0] & 2:
            command = decode(BytesIO(fragments.pop(key)), is_implicit_vr=True, is_little_endian=True)
            yield Said(pdu.time, pdu.by_requestor, "DIMSE", context=number, command=command)


def _acse(pdu: A_ASSOCIATE_RQ | A_ASSOCIATE_AC) -> Acse:
    if isinstance(pdu, A_ASSOCIATE_RQ):
        asked, calling, called = True, pdu.calling_ae_title, pdu.called_ae_title
    else:
        asked, calling, called = False, pdu.reserved_aec, pdu.reserved_aet
    user: Any = pdu.user_information
    return Acse(
        str(calling).strip(), str(called).strip(), str(pdu.application_context_name),
        str(user.implementation_class_uid),
        str(user.implementation_version_name), user.maximum_length or 0,
        tuple(_context(item, asked=asked) for item in pdu.presentation_context),
    )  # fmt: skip


def _context(item: Any, *, asked: bool) -> Context:  # noqa: ANN401 - of pynetdicom, whose types tell less than its names
    syntaxes = item.transfer_syntax if asked else [item.transfer_syntax]
    return Context(
        item.presentation_context_id,
        str(item.abstract_syntax) if asked else "",
        None if asked else item.result,
        tuple(str(s) for s in syntaxes if s),
    )
