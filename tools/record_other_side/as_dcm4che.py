"""A connection in the words of dcm4che.

Of dcm4che 5.34: ``Association``, ``Dimse``, ``Connection``, ``TCPListener``, ``pdu/AAssociateRQAC``, ``AAssociateRJ``,
``AAbort``, ``PresentationContext``, and the layouts of ``storescu/logback.xml`` and of WildFly's console. Of dcm4che
2.0.24: ``Association``, ``PDUEncoder``, ``AAssociateRJ``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydicom.uid import UID

from tools.record_other_side.pdus import Acse, Said, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom.dataset import Dataset

    from tools.record.wire import Connection

_RESULTS = ("0", "1 - rejected-permanent", "2 - rejected-transient")
_SOURCES = ("0", "1 - service-user", "2 - service-provider (ACSE related function)",
            "3 - service-provider (Presentation related function)")  # fmt: skip
_REASONS = {
    (1, 1): "1 - no-reason-given", (1, 2): "2 - application-context-name-not-supported",
    (1, 3): "3 - calling-AE-title-not-recognized", (1, 7): "7 - called-AE-title-not-recognized",
    (2, 1): "1 - no-reason-given", (2, 2): "2 - protocol-version-not-supported",
    (3, 1): "1 - temporary-congestion", (3, 2): "2 - local-limit-exceeded",
}  # fmt: skip
_ABORT_SOURCES = ("0 - service-user", "1", "2 - service-provider")
_ABORT_REASONS = ("0 - reason-not-specified", "1 - unrecognized-PDU", "2 - unexpected-PDU", "3",
                  "4 - unrecognized-PDU-parameter", "5 - unexpected-PDU-parameter",
                  "6 - invalid-PDU-parameter-value")  # fmt: skip
_CONTEXT_RESULTS = ("0 - acceptance", "1 - user-rejection", "2 - no-reason (provider rejection)",
                    "3 - abstract-syntax-not-supported (provider rejection)",
                    "4 - transfer-syntaxes-not-supported (provider rejection)")  # fmt: skip
_COMMANDS = {0x0001: "C-STORE", 0x0010: "C-GET", 0x0020: "C-FIND", 0x0021: "C-MOVE", 0x0030: "C-ECHO"}
_COUNTERS = (
    ("remaining", "NumberOfRemainingSuboperations"), ("completed", "NumberOfCompletedSuboperations"),
    ("failed", "NumberOfFailedSuboperations"), ("warning", "NumberOfWarningSuboperations"),
)  # fmt: skip


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time)  # noqa: DTZ006 - programs log local time


def _named(uid: str) -> str:
    known = UID(uid)
    return f"{uid} - {known.name if known.name != uid else '?'}"


def tool(connections: Iterable[Connection]) -> str:
    """The log of a tool of dcm4che 5 that asked for the associations."""
    lines: list[str] = []
    for connection in connections:
        now = _moment(connection.started)
        port = connection.peer_port
        socket = f"Socket[addr=localhost/127.0.0.1,port=11112,localport={port}]"
        stamp = f"{now:%H:%M:%S.%f}"[:-3]
        lines.append(f"{stamp} INFO  - Initiate connection from 0.0.0.0/0.0.0.0:0 to localhost:11112")
        lines.append(f"{stamp} INFO  - Established connection {socket}")
        for time, level, text in _told(connection, own=True, socket=socket):
            lines.append(f"{_moment(time):%H:%M:%S.%f}"[:-3] + f" {level:5} - {text}")
    return "\n".join(lines) + "\n"


def archive(connections: Iterable[Connection]) -> str:
    """The console of WildFly with dcm4chee-arc, which was asked for the associations."""
    lines: list[str] = []
    for number, connection in enumerate(connections, 1):
        socket = f"Socket[addr=/127.0.0.1,port={connection.peer_port},localport=11112]"
        first = (connection.started, "INFO", f"Accept connection {socket}")
        for time, level, text in (first, *_told(connection, own=False, socket=socket)):
            logger = "Connection" if text.startswith("Accept") else "Dimse" if ":C-" in text else "Association"
            stamp = f"{_moment(time):%Y-%m-%d %H:%M:%S,%f}"[:-3]
            thread = f"EE-ManagedExecutorService-default-Thread-{number}"
            lines.append(f"{stamp} {level:5} [org.dcm4che3.net.{logger}] ({thread}) {text}")
    return "\n".join(lines) + "\n"


def _told(connection: Connection, *, own: bool, socket: str) -> Iterator[tuple[float, str, str]]:
    """``own``: the log is the requestor's."""
    name = f"/127.0.0.1:11112<-/127.0.0.1:{connection.peer_port}(1)"
    syntaxes: dict[int, str] = {}
    moment = connection.started
    for one in said(connection):
        moment = one.time
        if one.kind == "RQ" and one.acse is not None:
            left, right = (one.acse.calling, one.acse.called) if own else (one.acse.called, one.acse.calling)
            name = f"{left}{'->' if own else '<-'}{right}(1)"
        if one.kind == "AC" and one.acse is not None:
            syntaxes = {c.number: c.syntaxes[0] for c in one.acse.contexts if c.syntaxes}
        way = "<<" if one.by_requestor == own else ">>"
        yield moment, "INFO", f"{name} {way} {_text(one, syntaxes)}"
        if one.acse is not None:
            yield moment, "DEBUG", _parameters(one.kind, one.acse)
    yield moment, "INFO", f"{name}: close {socket}"


def _text(one: Said, syntaxes: dict[int, str]) -> str:
    if one.kind == "RJ":
        result, source, reason = one.codes
        why = _REASONS.get((source, reason), str(reason))
        return f"A-ASSOCIATE-RJ[result: {_RESULTS[result]}, source: {_SOURCES[source]}, reason: {why}]"
    if one.kind == "ABORT":
        source, reason = one.codes
        return f"A-ABORT[source: {_ABORT_SOURCES[source]}, reason: {_ABORT_REASONS[reason]}]"
    if one.command is not None:
        return _dimse(one.command, one.context, syntaxes.get(one.context, ""))
    return f"A-ASSOCIATE-{one.kind}" if one.acse is not None else f"A-{one.kind}"


def _parameters(kind: str, acse: Acse) -> str:
    lines = [
        f"A-ASSOCIATE-{kind}[", f"  calledAET: {acse.called}", f"  callingAET: {acse.calling}",
        f"  applicationContext: {acse.application_context} - DICOM Application Context Name",
        f"  implClassUID: {acse.implementation}", f"  implVersionName: {acse.version}",
        f"  maxPDULength: {acse.max_length}",
        "  maxOpsInvoked/maxOpsPerformed: 1/1",
    ]  # fmt: skip
    for context in acse.contexts:
        lines.append(f"  PresentationContext[id: {context.number}")
        named = (
            f"as: {_named(context.abstract)}"
            if context.result is None
            else f"result: {_CONTEXT_RESULTS[context.result]}"
        )
        lines.append(f"    {named}")
        lines += [f"    ts: {_named(syntax)}" for syntax in context.syntaxes]
        lines.append("  ]")
    return "\n".join([*lines, "]"])


def _dimse(command: Dataset, context: int, syntax: str) -> str:
    field = int(command.CommandField)
    answer = bool(field & 0x8000)
    number = command.MessageIDBeingRespondedTo if answer else command.MessageID
    text = f"{number}:{_COMMANDS[field & 0x7FFF]}-{'RSP' if answer else 'RQ'}[pcid={context}"
    if "Priority" in command:
        text += f", prior={command.Priority}"
    if "MoveDestination" in command:
        text += f", dest={command.MoveDestination}"
    for name, keyword in _COUNTERS:
        if keyword in command:
            text += f", {name}={command[keyword].value}"
    if answer:
        text += f", status={int(command.Status):x}H"
        if "ErrorComment" in command:
            text += f", errorComment={command.ErrorComment}"
    for name, keyword in (("cuid", "AffectedSOPClassUID"), ("iuid", "AffectedSOPInstanceUID")):
        if keyword in command:
            text += f"\n  {name}={_named(str(command[keyword].value))}"
    return f"{text}\n  tsuid={_named(syntax)}]"


def old_tool(connections: Iterable[Connection]) -> str:
    """The log of a tool of dcm4che 2 whose association was rejected; the sources do not include those for DIMSE."""
    lines: list[str] = []
    for connection in connections:
        socket = f"Socket[addr=localhost/127.0.0.1,port=11112,localport={connection.peer_port}]"
        called = "Association"
        told = [(connection.started, f"Association(1) initiated {socket}")]
        for one in said(connection):
            if one.kind == "RQ" and one.acse is not None:
                called = one.acse.called
                told.append((one.time, f"{called}(1): A-ASSOCIATE-RQ {called} << {one.acse.calling}"))
            elif one.kind == "RJ":
                result, source, reason = one.codes
                codes = f"A-ASSOCIATE-RJ[result={result}, source={source}, reason={reason}]"
                why = _REASONS[source, reason].partition(" - ")[2]
                end = f"{'permanent' if result == 1 else 'transient'} {why}"
                told.append((one.time, f"{called}(1) >> org.dcm4che2.net.pdu.AAssociateRJ: {codes}: {end}"))
        told.append((told[-1][0], f"{called}(1): close {socket}"))
        lines += [f"{_moment(t):%H:%M:%S},{int(t * 1000) % 1000:03d} INFO   - {text}" for t, text in told]
    return "\n".join(lines) + "\n"
