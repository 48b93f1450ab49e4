"""A connection in the words of fo-dicom.

Of fo-dicom 5.1: ``DicomService``, ``DicomAssociation``, ``DicomResponse``, ``DicomMessage``. The stamps are those of
Serilog's console in its usual layout.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydicom.uid import UID, ImplicitVRLittleEndian

from tools.record_other_side.pdus import Acse, Context, Said, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

    from tools.record.wire import Connection

_RESULTS = {1: "Permanent", 2: "Transient"}
_SOURCES = {1: "ServiceUser", 2: "ServiceProviderACSE", 3: "ServiceProviderPresentation"}
_REASONS = {
    (1, 1): "NoReasonGiven", (1, 2): "ApplicationContextNotSupported", (1, 3): "CallingAENotRecognized",
    (1, 7): "CalledAENotRecognized", (2, 1): "NoReasonGiven_", (2, 2): "ProtocolVersionNotSupported",
    (3, 1): "TemporaryCongestion", (3, 2): "LocalLimitExceeded",
}  # fmt: skip
_ABORT_SOURCES = {0: "ServiceUser", 1: "Unknown", 2: "ServiceProvider"}
_CONTEXT_RESULTS = {0: "Accept", 1: "RejectUser", 2: "RejectNoReason", 3: "RejectAbstractSyntaxNotSupported",
                    4: "RejectTransferSyntaxesNotSupported"}  # fmt: skip
_COMMANDS = {0x0001: "C-Store", 0x0010: "C-Get", 0x0020: "C-Find", 0x0021: "C-Move", 0x0030: "C-Echo"}
_STATUS = {0x0000: "Success", 0xFF00: "Pending", 0x0110: "Processing failure", 0xA801: "Move Destination unknown"}


def client(connections: Iterable[Connection]) -> str:
    """The log of the program that asked for the associations."""
    return _log(connections, own=True)


def server(connections: Iterable[Connection]) -> str:
    """The log of the program that was asked for them."""
    return _log(connections, own=False)


def _log(connections: Iterable[Connection], *, own: bool) -> str:
    lines = []
    for connection in connections:
        asked: Acse | None = None
        other, moment = "", connection.started
        for one in said(connection):
            moment = one.time
            if one.kind == "RQ" and one.acse is not None:
                asked = one.acse
                other = asked.called if own else asked.calling
            if one.kind == "AC" and one.acse is not None and asked is not None:
                one = Said(one.time, one.by_requestor, "AC", _answered(asked, one.acse))  # noqa: PLW2901
            way = "->" if one.by_requestor == own else "<-"
            text = _text(one, connection.peer_port, received=way == "<-")
            lines.append(f"[{_stamp(moment)} INF] {other} {way} {text}")
        lines.append(f"[{_stamp(moment)} INF] Connection closed")
    return "\n".join(lines) + "\n"


def _stamp(time: float) -> str:
    return f"{datetime.fromtimestamp(time):%H:%M:%S}"  # noqa: DTZ006 - programs log local time


def _answered(asked: Acse, answer: Acse) -> Acse:
    """fo-dicom prints the proposed contexts with their results."""
    results = {context.number: context for context in answer.contexts}
    contexts = []
    for context in asked.contexts:
        found = results.get(context.number)
        result = found.result if found is not None else 2
        accepted = found.syntaxes if found is not None and result == 0 else context.syntaxes
        contexts.append(Context(context.number, context.abstract, result, accepted))
    return Acse(asked.calling, asked.called, answer.application_context, answer.implementation, answer.version,
                answer.max_length, tuple(contexts))  # fmt: skip


def _text(one: Said, port: int, *, received: bool) -> str:
    if one.acse is not None:
        return f"Association {'request' if one.kind == 'RQ' else 'accept'}:\n{_association(one.acse, port)}"
    if one.kind == "RJ":
        result, source, reason = one.codes
        why = _REASONS[source, reason]
        return f"Association reject [result: {_RESULTS[result]}; source: {_SOURCES[source]}; reason: {why}]"
    if one.kind == "ABORT":
        by = _ABORT_SOURCES[one.codes[0]]
        return f"Abort: {by} - NotSpecified" if received else f"Abort [source: {by}; reason: NotSpecified]"
    if one.command is not None:
        return _dimse(one.command)
    return f"Association release {'request' if one.kind == 'RELEASE-RQ' else 'response'}"


def _association(acse: Acse, port: int) -> str:
    lines = [
        f"Calling AE Title:       {acse.calling}", f"Called AE Title:        {acse.called}",
        "Remote host:            127.0.0.1", f"Remote port:            {port}",
        f"Implementation Class:   {acse.implementation}", f"Implementation Version: {acse.version}",
        f"Maximum PDU Length:     {acse.max_length}", "Async Ops Invoked:      1", "Async Ops Performed:    1",
        f"Presentation Contexts:  {len(acse.contexts)}",
    ]  # fmt: skip
    for context in acse.contexts:
        result = "Proposed" if context.result is None else _CONTEXT_RESULTS[context.result]
        lines.append(f"  Presentation Context:  {context.number} [{result}]")
        lines.append(f"       Abstract Syntax:  {_name(context.abstract)}")
        lines += [f"       Transfer Syntax:  {_name(syntax)}" for syntax in context.syntaxes]
    return "\n".join([*lines, ""])


def _name(uid: str) -> str:
    if uid == ImplicitVRLittleEndian:
        return "Implicit VR Little Endian: Default Transfer Syntax for DICOM"
    name = UID(uid).name
    return name if name != uid else f"Unknown [{uid}]"


def _dimse(command: Dataset) -> str:
    field = int(command.CommandField)
    name = _COMMANDS[field & 0x7FFF]
    if not field & 0x8000:
        return f"{name} request [{command.MessageID}]"
    status = int(command.Status)
    text = f"{name} response [{command.MessageIDBeingRespondedTo}]: {_STATUS[status]}"
    if status not in (0x0000, 0xFF00) and "ErrorComment" in command:
        text += f"\n\t\tError:\t\t{command.ErrorComment}"
    return text
