"""The command line tools of DCMTK, with ``-v``, ``-d`` and ``--log-level trace``, in any log4cplus layout.

They are echoscu, storescu, findscu, movescu, getscu, dcmsend, termscu, storescp, dcmrecv, dcmqrscp, wlmscpfs and their
like. Source of the wordings: DCMTK 3.6.0 to 3.7.0 (``dcmnet/apps``, ``dcmnet/libsrc/{scu,scp,dfindscu}.cc``,
``dcmqrdb/libsrc``, ``dcmwlm/libsrc``); what the tools of 3.6.7 and 3.6.9 really print is in ``sample_logs/peers``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.dialects.rules import Rule, Rules
from loganalyzer.dialects.samples import layout_share, marks_in
from loganalyzer.dialects.toolkit import MESSAGES, ToolkitReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.dialects.lines import Line
    from loganalyzer.dialects.reader import PeerReader
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event

__all__ = ["MESSAGES", "NAME", "reader", "score"]

NAME = "dcmtk"

_OUT, _IN = {"direction": "outgoing"}, {"direction": "incoming"}
_OWN, _OTHER = {"sender": "own"}, {"sender": "other"}
_BY_OWN, _BY_OTHER = {"by": "own"}, {"by": "other"}

#: What the server programs give as reason, and the codes that they send for it.
_REFUSALS = {
    "TooManyAssociations|too many associations": (2, 3, 2),
    "CannotFork|cannot fork": (1, 3, 1),
    "BadAppContext|bad application context": (2, 1, 2),
    "BadAEPeer|calling AE title not recognized|connecting host not allowed": (1, 1, 3),
    "BadAEService|bad application entity service|called AE title not recognized": (1, 1, 7),
    "NoReason|forced via command line|no implementation class UID provided|no acceptable presentation contexts"
    "|internal error|unknown reason": (1, 1, 1),
}  # fmt: skip


def _codes(result: int, source: int, reason: int) -> dict[str, str]:
    return _IN | {"result": str(result), "source": str(source), "reason": str(reason)}


_ASSOCIATIONS = (
    Rule(r"\$dcmtk: (?P<tool>[\w.-]+) v(?P<version>\S+) .*", "wire.program"),
    Rule(r"Requesting (?:Sub-)?Association", "wire.request", _OUT),
    Rule(r"Association Accepted \(Max Send PDV: \d+\)", "wire.accept", _OUT),
    Rule(r"Association Rejected:", "wire.reject", _OUT, waits="reject"),
    Rule(r"moveSCP: Sub-Association Rejected", "wire.reject", _OUT, waits="reject"),
    Rule(r"Association Request Failed: (?P<condition>.+)", "wire.failed", _OUT),
    Rule(r"Association Request Failed:", "wire.failed", _OUT, waits="condition"),
    Rule(r"Could not negotiate association: (?P<condition>.+)", "wire.failed", _OUT),
    Rule(r"moveSCP: Sub-Association Request Failed: (?P<condition>.+)", "wire.failed", _OUT),
    Rule(r"Association Received(?: in \w+ process \(pid: \d+\))?", "wire.request", _IN),
    Rule(r"Association Received \((?P<host>.*):(?P<calling_aet>.*?) -> (?P<called_aet>.*)\)", "wire.request", _IN),
    Rule(r"Association Received (?P<host>\S+): (?P<calling_aet>.*?) -> (?P<called_aet>.*)", "wire.request", _IN),
    Rule(r"Sub-Association Received", "wire.request", _IN),
    Rule(r"Association Acknowledged \(Max Send PDV: \d+\)", "wire.accept", _IN),
    Rule(r"Sub-Association Acknowledged \(Max Send PDV: \d+\)", "wire.accept", _IN),
    Rule(r"No Acceptable Presentation Contexts", "wire.accept", _OUT | {"none": "yes"}),
    Rule(r"\(but no valid presentation contexts\)", "wire.accept", _IN | {"none": "yes"}),
    Rule(r"Association Rejected: Bad Application Context Name: .*", "wire.reject", _codes(1, 1, 2)),
    Rule(r"Association Rejected: No Implementation Class UID provided", "wire.reject", _codes(1, 1, 1)),
    *(
        Rule(rf"Refusing Association \((?:{words})\)", "wire.reject", _codes(*codes))
        for words, codes in _REFUSALS.items()
    ),
    Rule(r"Receiving Association failed: (?P<condition>.+)", "wire.failed", _IN),
    Rule(r"Failed to receive association: (?P<condition>.+)", "wire.failed", _IN),
    Rule(r"Could not receive association request: (?P<condition>.+)", "wire.failed", _IN),
    Rule(r"Transport connection: TLS over TCP/IP", "wire.tls", {"tls": "yes"}),
    Rule(r"Transport connection: TCP/IP, unencrypted\.?", "wire.tls", {"tls": "no"}),
    Rule(r"Releasing Association", "wire.release", _BY_OWN),
    Rule(r"Releasing Sub-Association", "wire.release", _BY_OWN | {"sub": "yes"}),
    Rule(r"Association Release", "wire.release", _BY_OTHER),
    Rule(r"Sub-Association Release", "wire.release", _BY_OTHER),
    Rule(r"Received Association Release Request", "wire.release", _BY_OTHER),
    Rule(r"Aborting Association(?: \(initiated by SCP\))?", "wire.abort", _BY_OWN),
    Rule(r"ABORT initiated \(due to command line options\)", "wire.abort", _BY_OWN),
    Rule(r"Peer Aborted Association", "wire.abort", _BY_OTHER),
    Rule(r"Association Aborted", "wire.abort", _BY_OTHER),
    Rule(r"Sub-Association Aborted", "wire.abort", _BY_OTHER),
    Rule(r"Received Association Abort Request", "wire.abort", _BY_OTHER),
    Rule(r"Association (?:Release|Abort) Failed: (?P<condition>.+)", "wire.end-failed"),
    Rule(r"Association (?:Release|Abort) Failed:", "wire.end-failed", waits="condition"),
    Rule(r"DIMSE [Ff]ailure \(aborting (?:sub-)?association\): (?P<condition>.+)", "wire.broken"),
    # --log-level trace shows what came over the wire where the words above say the same for two things.
    Rule(r"DUL +Event: +Transport connection closed.*", "wire.hint", {"hint": "closed"}),
    Rule(r"DUL +Event: +A-ABORT PDU.*", "wire.hint", {"hint": "aborted"}),
)

_LINE_NAMES = {
    "Echo": "C-ECHO", "Store": "C-STORE", "Find": "C-FIND", "Move": "C-MOVE", "Get": "C-GET", "Action": "N-ACTION",
}  # fmt: skip
_ID = r"(?: \(MsgID (?P<message_id>\d+)(?:, [^)]*)?\))?"
_STATUS = r"(?: \((?P<status_words>.*)\))?"


def _operations(word: str, command: str) -> tuple[Rule, ...]:
    """The rules of one command; ``word`` is what the tools call it."""
    asked, answered = {"command": command, "phase": "request"}, {"command": command, "phase": "response"}
    return (
        Rule(rf"Sending {word} Request{_ID}", "wire.operation", _OWN | asked),
        Rule(rf"Received {word} Request{_ID}", "wire.operation", _OTHER | asked),
        Rule(rf"Received (?:Final )?{word} Response(?: \d+)?{_STATUS}", "wire.operation", _OTHER | answered),
        Rule(rf"Sending {word} Response{_STATUS}", "wire.operation", _OWN | answered),
        Rule(rf"{word} SCP Response \d+ \[status: (?P<status_words>.*)\]", "wire.operation", _OWN | answered),
        Rule(rf"{word} SC[PU] Failed: (?P<condition>.+)", "wire.operation-failed"),
        Rule(rf"{word} (?:Request )?Failed: (?P<condition>.+)", "wire.operation-failed", {"command": command}),
        Rule(rf"{word} Failed, file: .*", "wire.operation-failed", {"command": command}, waits="condition"),
        Rule(rf"Received {word} SCP RQ: MsgID (?P<message_id>\d+)", "wire.operation", _OTHER | asked),
    )


_STORING = {"command": "C-STORE"}
_OPERATIONS = (
    *(rule for word, command in _LINE_NAMES.items() for rule in _operations(word, command)),
    *(rule for command in dict.fromkeys(_LINE_NAMES.values()) for rule in _operations(command, command)),
    Rule(
        r"Worklist Find SCP Response \d+ (?P<status_words>\(.*\))", "wire.operation",
        _OWN | {"command": "C-FIND", "phase": "response"},
    ),
    Rule(
        r"Store SCU RQ: MsgID (?P<message_id>\d+), .*", "wire.operation",
        _OWN | _STORING | {"phase": "request", "sub": "yes"},
    ),
    Rule(
        r"Move SCP: Received Store SCU RSP \[Status=(?P<status_words>.*)\]", "wire.operation",
        _OTHER | _STORING | {"phase": "response"},
    ),
    Rule(r"Failed (?:sending|receiving) .*?: (?P<condition>[0-9a-f]{4}:[0-9a-f]{4} .+)", "wire.operation-failed"),
    Rule(
        r"DIMSE Warning: \((?P<calling_aet>.*?),(?P<called_aet>.*?)\): "
        r"(?P<condition>sendMessage: unable to convert dataset .*)",
        "wire.operation-failed", _STORING | {"unsent": "yes"},
    ),
    Rule(
        r"No presentation context for: (?P<condition>.*)", "wire.operation-failed",
        {"condition": "no presentation context for it"},
    ),
)  # fmt: skip

_RULES = Rules((*_ASSOCIATIONS, *_OPERATIONS))
_QUIET = re.compile(r"\s*$|[\d.]+$|(?:XMIT|RECV): \.*$")
#: What only a tool prints; DCMTK inside Orthanc does not.
_MARKS = re.compile(
    rb"\$dcmtk: |Requesting (?:Sub-)?Association|Association Accepted \(Max Send PDV: |Association Request Failed"
    rb"|Releasing Association|Association Acknowledged \(Max Send PDV: \d+\)\s*\n|={4} BEGIN A-ASSOCIATE-"
    rb"|={4} (?:INCOMING|OUTGOING) DIMSE MESSAGE ={20}\n|(?:Echo|Store|Find|Move|Get) SC[UP] Failed: "
    rb"|Store Failed, file: |No Acceptable Presentation Contexts|DIMSE Warning: \("
    rb"|Association Rejected:\s*\n|Peer Aborted Association|(?:Echo|Find|Move|Get) (?:Request )?Failed: "
    rb"|No presentation context for: |Receiving Association failed: [0-9a-f]{4}:[0-9a-f]{4} |Refusing Association \("
    rb"|Association Received \([^ \n]+:[^\n]* -> "
    rb"|Received (?:Echo|Store|Find|Move) (?:Request|Response)|Sending (?:Echo|Store|Find|Move) Request(?! *:)"
    rb"|Association Re(?:ceived|lease)\s*\n"
)
_OTHERS = re.compile(
    rb"PYNETDICOM_?\d|pynetdicom|[=]{4} (?:INCOMING|OUTGOING) A-ASSOCIATE-|SCP Res(?:ponse|ult): |Request: MsgID \d"
    rb"|pydicom\.read_dataset\(\)"
    rb"|Rejected \((?:Permanent|Transient)\)|AE title not recognised"
)


def score(sample: bytes) -> float:
    """How well the dialect fits (0 to 1): marks of a tool, and how many lines have its layout."""
    if not marks_in(sample, _MARKS):
        return 0.0
    own = 0.4 if b"$dcmtk: " in sample or b"OFFIS_DCMTK" in sample else 0.2
    return 0.2 + own + 0.4 * layout_share(sample) - (0.35 if _OTHERS.search(sample) is not None else 0.0)


def reader(catalogue: EventCatalogue) -> PeerReader:
    """A reader for one log."""
    return _DcmtkReader("dcmtk", catalogue, _RULES, _QUIET)


class _DcmtkReader(ToolkitReader):
    """A client that finds no context it can use ends, and its connection with it."""

    def _message(self, line: Line, message: str) -> Iterator[Event]:
        yield from super()._message(line, message)
        if message == "No Acceptable Presentation Contexts" and line.level != "I":
            yield self.event("wire.dropped", line)
