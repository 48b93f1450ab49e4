"""What a relayed connection was in DICOM's terms: the ``associations`` of ``expected.json``."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pynetdicom.dsutils import decode
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, P_DATA_TF

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from tools.record.wire import Connection, Pdu

Truth = dict[str, Any]

COMMANDS = {
    0x0001: "C-STORE",
    0x0010: "C-GET",
    0x0020: "C-FIND",
    0x0021: "C-MOVE",
    0x0030: "C-ECHO",
    0x0100: "N-EVENT-REPORT",
    0x0110: "N-GET",
    0x0120: "N-SET",
    0x0130: "N-ACTION",
    0x0140: "N-CREATE",
    0x0150: "N-DELETE",
}
"""Command Field of the requests (PS3.7 E.1); 0x8000 is added in the responses."""

_ASSOCIATE_RQ, _ASSOCIATE_AC, _ASSOCIATE_RJ, _P_DATA, _RELEASE_RQ, _RELEASE_RP, _ABORT = range(1, 8)
_REJECTION_LENGTH = 10
_PENDING = (0xFF00, 0xFF01)


def local_time(moment: float) -> str:
    """A time as Orthanc writes it, without the level."""
    return datetime.fromtimestamp(moment).strftime("%m%d %H:%M:%S.%f")  # noqa: DTZ006 - Orthanc logs local time


class Sides:
    """Names of the two ends of a connection, by which of them asked for it."""

    def __init__(self, direction: str) -> None:
        self.requestor, self.acceptor = ("peer", "orthanc") if direction == "incoming" else ("orthanc", "peer")

    def of(self, by_requestor: bool) -> str:
        """``peer`` or ``orthanc``."""
        return self.requestor if by_requestor else self.acceptor


def association(connection: Connection, direction: str, port: int | None = None) -> Truth:
    """``port``: the peer's port as Orthanc knows it, for outgoing connections."""
    sides = Sides(direction)
    by_kind = {pdu.kind: pdu for pdu in reversed(connection.pdus)}
    truth: Truth = {
        "direction": direction,
        "calling_aet": None,
        "called_aet": None,
        "peer_ip": connection.peer_ip,
        "peer_port": connection.peer_port if port is None else port,
        "outcome": "no-association",
        "reject": None,
        "contexts_proposed": None,
        "contexts_accepted": None,
        "operations": operations(connection.pdus, sides),
        **_ending(connection, by_kind, sides),
        "start": round(connection.started, 6),
        "start_local": local_time(connection.started),
    }
    if request := by_kind.get(_ASSOCIATE_RQ):
        _add_request(truth, request)
        _add_answer(truth, by_kind, sides)
    truth["ok"] = _succeeded(truth)
    return truth


def _add_request(truth: Truth, pdu: Pdu) -> None:
    request = A_ASSOCIATE_RQ()
    request.decode(pdu.data)
    truth["calling_aet"] = request.calling_ae_title.strip()
    truth["called_aet"] = request.called_ae_title.strip()
    truth["contexts_proposed"] = len(request.presentation_context)
    truth["outcome"] = "no-answer"


def _add_answer(truth: Truth, by_kind: dict[int, Pdu], sides: Sides) -> None:
    if (pdu := by_kind.get(_ASSOCIATE_RJ)) and len(pdu.data) == _REJECTION_LENGTH:
        answer = A_ASSOCIATE_RJ()
        answer.decode(pdu.data)
        truth["outcome"] = "rejected"
        truth["reject"] = {
            "by": sides.acceptor,
            "result": answer.result,
            "source": answer.source,
            "reason": answer.reason_diagnostic,
        }
    elif pdu := by_kind.get(_ASSOCIATE_AC):
        accept = A_ASSOCIATE_AC()
        accept.decode(pdu.data)
        truth["outcome"] = "accepted"
        truth["contexts_accepted"] = sum(context.result == 0 for context in accept.presentation_context)


def _ending(connection: Connection, by_kind: dict[int, Pdu], sides: Sides) -> Truth:
    if (pdu := by_kind.get(_ASSOCIATE_RJ)) and len(pdu.data) == _REJECTION_LENGTH:
        return {"ended": "rejected", "ended_by": sides.of(pdu.by_requestor)}
    if _RELEASE_RP in by_kind and (pdu := by_kind.get(_RELEASE_RQ)):
        return {"ended": "released", "ended_by": sides.of(pdu.by_requestor)}
    if pdu := by_kind.get(_ABORT):
        return {"ended": "aborted", "ended_by": sides.of(pdu.by_requestor)}
    if connection.closed_by_requestor is None:
        return {"ended": "open", "ended_by": None}
    return {
        "ended": "tcp-reset" if connection.reset else "tcp-closed",
        "ended_by": sides.of(connection.closed_by_requestor),
    }


def _succeeded(truth: Truth) -> bool | None:
    if truth["outcome"] != "accepted":
        return False
    if truth["contexts_accepted"] == 0:
        return False
    if not truth["operations"]:
        return None if truth["ended"] == "released" else False
    return all(operation["status"] == "0x0000" for operation in truth["operations"]) and truth["ended"] == "released"


def command_sets(pdus: list[Pdu]) -> list[tuple[bool, Dataset]]:
    """The DIMSE command sets in order, each with whether the association's requestor sent it (PS3.7 6.3.1)."""
    found = []
    fragments: dict[tuple[bool, int], bytes] = {}
    for pdu in pdus:
        if pdu.kind != _P_DATA:
            continue
        data = P_DATA_TF()
        data.decode(pdu.data)
        for item in data.presentation_data_value_items:
            value = item.presentation_data_value or b"\0"
            is_command, is_last = value[0] & 1, value[0] & 2
            if not is_command:
                continue
            key = (pdu.by_requestor, item.presentation_context_id or 0)
            fragments[key] = fragments.get(key, b"") + value[1:]
            if is_last:
                found.append((pdu.by_requestor, decode(BytesIO(fragments.pop(key)), True, True)))
    return found


def operations(pdus: list[Pdu], sides: Sides) -> list[Truth]:
    """Requests with their final status; ``no-response`` where none came."""
    asked: list[Truth] = []
    open_by_id: dict[tuple[bool, int], Truth] = {}
    for by_requestor, command in command_sets(pdus):
        field = int(command.get("CommandField", 0))
        if field in COMMANDS:
            truth: Truth = {"command": COMMANDS[field], "requested_by": sides.of(by_requestor), "status": "no-response"}
            sop_class = command.get("AffectedSOPClassUID") or command.get("RequestedSOPClassUID")
            if sop_class:
                truth["sop_class"] = str(sop_class)
            if "MoveDestination" in command:
                truth["move_destination"] = str(command.MoveDestination).strip()
            asked.append(truth)
            open_by_id[by_requestor, int(command.MessageID)] = truth
        elif field & 0x8000 and int(command.Status) not in _PENDING:
            answered = open_by_id.get((not by_requestor, int(command.MessageIDBeingRespondedTo)))
            if answered is not None:
                answered["status"] = f"0x{int(command.Status):04x}"
    return asked
