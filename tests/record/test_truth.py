"""Truths from PDUs that pynetdicom encodes."""

from __future__ import annotations

import struct

import pytest
from pydicom.dataset import Dataset
from pynetdicom.dsutils import encode

from tools.record.raw_client import association_request
from tools.record.truth import association
from tools.record.wire import LOOPBACK, Connection, Pdu

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
RELEASE_RQ, RELEASE_RP = bytes.fromhex("05000000000400000000"), bytes.fromhex("06000000000400000000")
ABORT = bytes.fromhex("07000000000400000000")


def accept(results: list[int]) -> bytes:
    """An A-ASSOCIATE-AC (PS3.8 9.3.3) with one context per result."""
    items = b""
    for position, result in enumerate(results):
        syntax = struct.pack(">BBH", 0x40, 0, len(IMPLICIT)) + IMPLICIT.encode()
        body = struct.pack(">BBBB", 2 * position + 1, 0, result, 0) + syntax
        items += struct.pack(">BBH", 0x21, 0, len(body)) + body
    name = b"1.2.840.10008.3.1.1.1"
    items = struct.pack(">BBH", 0x10, 0, len(name)) + name + items
    length = struct.pack(">BBHI", 0x51, 0, 4, 16384)
    items += struct.pack(">BBH", 0x50, 0, len(length)) + length
    body = struct.pack(">HH16s16s32s", 1, 0, b"ORTHANC".ljust(16), b"CT".ljust(16), b"") + items
    return struct.pack(">BBI", 2, 0, len(body)) + body


def command(field: int, message: int, status: int | None = None) -> bytes:
    made = Dataset()
    made.AffectedSOPClassUID = VERIFICATION
    made.CommandField = field
    if status is None:
        made.MessageID = message
    else:
        made.MessageIDBeingRespondedTo = message
        made.Status = status
    made.CommandDataSetType = 0x0101
    value = encode(made, True, True)
    assert value is not None
    item = struct.pack(">IBB", len(value) + 2, 1, 3) + value
    return struct.pack(">BBI", 4, 0, len(item)) + item


def heard(*said: tuple[bool, bytes], closed_by_requestor: bool | None = True, reset: bool = False) -> Connection:
    pdus = [Pdu(float(position), by_requestor, data) for position, (by_requestor, data) in enumerate(said)]
    return Connection(0.0, LOOPBACK, 50000, pdus, closed_by_requestor=closed_by_requestor, reset=reset)


REQUEST = association_request("CT", "ORTHANC", [VERIFICATION], [IMPLICIT])
ECHO, ANSWER = command(0x0030, 1), command(0x8030, 1, 0)


def test_a_released_echo() -> None:
    truth = association(
        heard(
            (True, REQUEST),
            (False, accept([0])),
            (True, ECHO),
            (False, ANSWER),
            (True, RELEASE_RQ),
            (False, RELEASE_RP),
        ),
        "incoming",
    )
    assert (truth["calling_aet"], truth["called_aet"]) == ("CT", "ORTHANC")
    assert (truth["contexts_proposed"], truth["contexts_accepted"]) == (1, 1)
    assert truth["operations"] == [
        {"command": "C-ECHO", "requested_by": "peer", "status": "0x0000", "sop_class": VERIFICATION}
    ]
    assert (truth["ended"], truth["ended_by"], truth["ok"]) == ("released", "peer", True)


def test_the_same_from_the_other_side() -> None:
    truth = association(
        heard((True, REQUEST), (False, accept([0])), (True, ECHO), (False, ABORT)), "outgoing", port=11112
    )
    assert truth["operations"][0]["requested_by"] == "orthanc"
    assert truth["operations"][0]["status"] == "no-response"
    assert (truth["ended"], truth["ended_by"], truth["ok"]) == ("aborted", "peer", False)
    assert truth["peer_port"] == 11112


def test_a_status_of_failure() -> None:
    failure = command(0x8030, 1, 0xA700)
    truth = association(heard((True, REQUEST), (False, accept([0])), (True, ECHO), (False, failure)), "incoming")
    assert truth["operations"][0]["status"] == "0xa700"
    assert truth["ok"] is False


def test_pending_is_no_final_answer() -> None:
    pending = command(0x8020, 1, 0xFF00)
    truth = association(
        heard((True, REQUEST), (False, accept([0])), (True, command(0x20, 1)), (False, pending)), "incoming"
    )
    assert truth["operations"][0]["status"] == "no-response"


def test_a_rejection() -> None:
    truth = association(heard((True, REQUEST), (False, bytes([3, 0, 0, 0, 0, 4, 0, 2, 3, 1]))), "outgoing")
    assert truth["outcome"] == truth["ended"] == "rejected"
    assert truth["reject"] == {"by": "peer", "result": 2, "source": 3, "reason": 1}
    assert truth["contexts_accepted"] is None


@pytest.mark.parametrize(("reset", "ended"), [(True, "tcp-reset"), (False, "tcp-closed")])
def test_tcp_ends_without_a_word(reset: bool, ended: str) -> None:
    truth = association(heard((True, REQUEST), closed_by_requestor=False, reset=reset), "incoming")
    assert (truth["outcome"], truth["ended"], truth["ended_by"]) == ("no-answer", ended, "orthanc")


def test_contexts_that_are_not_accepted() -> None:
    truth = association(heard((True, REQUEST), (False, accept([3])), (True, ABORT)), "incoming")
    assert (truth["outcome"], truth["contexts_accepted"], truth["ok"]) == ("accepted", 0, False)


def test_no_association_at_all() -> None:
    truth = association(heard(), "incoming")
    assert (truth["outcome"], truth["calling_aet"], truth["operations"]) == ("no-association", None, [])
