"""pynetdicom: the log of its loggers (``debug_logger()``, ``logging`` in any format) and of its applications.

Source of the wordings: pynetdicom 0.9 to 3.0 (``acse.py``, ``association.py``, ``dul.py``, ``transport.py``,
``service_class.py``, ``_handlers.py``, ``apps``); what 3.0.4 really prints is in ``sample_logs/peers``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.dialects.rules import Rule, Rules
from loganalyzer.dialects.samples import layout_share, marks_in
from loganalyzer.dialects.toolkit import MESSAGES, ToolkitReader

if TYPE_CHECKING:
    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.events.catalogue import EventCatalogue

__all__ = ["MESSAGES", "NAME", "reader", "score"]

NAME = "pynetdicom"

_OUT, _IN = {"direction": "outgoing"}, {"direction": "incoming"}
_OWN, _OTHER = {"sender": "own"}, {"sender": "other"}

_ASSOCIATIONS = (
    Rule(r"\$(?P<tool>\w+)(?:\.py)? v(?P<version>\d\S*).*", "wire.program"),
    Rule(r"Requesting Association", "wire.request", _OUT),
    Rule(r"Association Accepted", "wire.accept", _OUT),
    Rule(r"No [Aa]ccept(?:ed|able) [Pp]resentation [Cc]ontexts", "wire.accept", _OUT | {"none": "yes"}),
    Rule(r"Association Rejected:?", "wire.reject", _OUT, waits="reject"),
    Rule(r"Association request failed: (?P<condition>unable to connect to remote)", "wire.failed", _OUT),
    Rule(r"TCP Initiali[sz]ation Error: (?P<condition>.+)", "wire.failed", _OUT),
    Rule(r"ACSE timeout reached while waiting for response to association request", "wire.timeout"),
    Rule(r"Accepting Association", "wire.accept", _IN),
    Rule(r"Rejecting Association", "wire.reject", _IN),
    Rule(r"Connection closed before the entire PDU was received", "wire.hint", {"hint": "closed"}),
    Rule(r"Connection closed while waiting for DIMSE message", "wire.hint", {"hint": "closed"}),
    Rule(r"Unknown PDU type received '0x(?P<pdu>\w\w)'", "wire.hint", {"hint": "not-dicom"}),
    Rule(r"DIMSE timeout reached while waiting for message response", "wire.timeout"),
    Rule(r"Network timeout reached", "wire.timeout"),
    Rule(r"Releasing Association", "wire.release", {"by": "own"}),
    Rule(r"Association Released", "wire.release", {"by": "other"}),
    Rule(r"Aborting Association", "wire.abort", {"by": "own"}),
    Rule(r"Association Aborted", "wire.abort", {"by": "other"}),
    Rule(r"Association Aborted \(A-P-ABORT\)", "wire.closed"),
)  # fmt: skip

_NAMES = {
    "Echo": "C-ECHO", "Store": "C-STORE", "Find": "C-FIND", "Move": "C-MOVE", "Get": "C-GET", "Action": "N-ACTION",
    "Create": "N-CREATE", "Delete": "N-DELETE", "Set": "N-SET", "Event Report": "N-EVENT-REPORT",
}  # fmt: skip


def _operations(word: str, command: str) -> tuple[Rule, ...]:
    asked, answered = {"command": command, "phase": "request"}, {"command": command, "phase": "response"}
    return (
        Rule(rf"Sending {word} Request: MsgID (?P<message_id>\d+)(?:,? .*)?", "wire.operation", _OWN | asked),
        Rule(rf"Received {word} Request(?: \(MsgID (?P<message_id>\d+)\))?", "wire.operation", _OTHER | asked),
        Rule(rf"Received {word} Response \((?P<status_words>.*)\)", "wire.operation", _OTHER | answered),
        Rule(rf"{word} SCP (?:Response: \d+ -|Result:) (?P<status_words>0x.*)", "wire.operation", _OTHER | answered),
        Rule(rf"{word} SCP (?:Response|Result) ?\d*: +(?P<status_words>0x.*)", "wire.operation", _OWN | answered),
    )


_RULES = Rules((*_ASSOCIATIONS, *(rule for word, command in _NAMES.items() for rule in _operations(word, command))))
_QUIET = re.compile(r"\s*$|Traceback \(most recent|(?:\w+\.)*\w+(?:Error|Exception)(?:: |$)")
_MARKS = re.compile(
    rb"={4} (?:INCOMING|OUTGOING) A-(?:ASSOCIATE-(?:RQ|AC|RJ)|ABORT) PDU ={4}"
    rb"|={4} (?:INCOMING|OUTGOING) DIMSE MESSAGE ={26}"
    rb"|PYNETDICOM_?\d|pynetdicom\.(?:acse|association|dul|_handlers|transport|events|ae)"
    rb"|Sending \w+ Request: MsgID \d|\b\w{1,40} SCP (?:Result|Response): (?:\d+ - )?0x|Response \(Status: 0x"
    rb"|(?:Accepting|Rejecting) Association\s*\n"
    rb"|Association request failed: unable to connect to remote|TCP Initialisation Error|Sub-Operations Remaining: "
    rb"|(?<!DUL )Association (?:Accepted|Rejected)\s*\n|Rejected \((?:Permanent|Transient)\)|AE title not recognised"
    rb"|No accepted presentation contexts|(?:ACSE|DIMSE) timeout reached|Association Released\s*\n"
    rb"|(?:Requesting|Releasing) Association\s*\n|={10} END A-(?:ABORT|ASSOCIATE-(?:RQ|AC|RJ)) PDU ={10}"
    rb"|No Acceptable Presentation Contexts|No presentation context for '[^'\n]{1,120}' has been accepted by the peer"
    rb"|Context ID: +\d+ \(Rejected - |pydicom\.read_dataset\(\) TransferSyntax="
)
_OTHERS = re.compile(
    rb"\$dcmtk: |Our Implementation Version Name:   OFFIS|\(Max Send PDV|={4} BEGIN A-ASSOCIATE"
    rb"|Sending [\w-]+ Request \(MsgID"
)
_OWN_NAMES = re.compile(
    rb"PYNETDICOM_?\d|pynetdicom| A-(?:ABORT|ASSOCIATE-(?:RQ|AC|RJ)) PDU ===|Request: MsgID \d|SCP Res(?:ponse|ult)"
    rb"|AE title not recognised|pydicom\.read_dataset\(\)|has been accepted by the peer|\(Rejected - "
)


def score(sample: bytes) -> float:
    """How well the dialect fits (0 to 1)."""
    if not marks_in(sample, _MARKS):
        return 0.0
    own = _OWN_NAMES.search(sample) is not None
    return (
        0.3
        + (0.4 if own else 0.1)
        + 0.3 * layout_share(sample)
        - (0.4 if _OTHERS.search(sample) is not None and not own else 0.0)
    )


def reader(catalogue: EventCatalogue) -> PeerReader:
    """A reader for one log."""
    return ToolkitReader("pynetdicom", catalogue, _RULES, _QUIET)
