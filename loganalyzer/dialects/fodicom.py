"""fo-dicom (Fellow Oak DICOM for .NET), with any logger's prefix.

Source of the wordings: fo-dicom 5.1, 4.0, 3.0, 2.0 (``DicomService.cs``, ``DicomAssociation.cs``, ``DicomResponse.cs``,
``DicomStatus.cs``, ``AdvancedDicomClientConnection.cs``, the exceptions' messages). Each line begins with the AET of
the other side; ``->`` is what this program sends, ``<-`` what it receives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.dialects.names import uid_from_name
from loganalyzer.dialects.reader import PeerReader
from loganalyzer.dialects.samples import score_of_marks
from loganalyzer.dumps.dump import AssociateDump, DimseDump
from loganalyzer.timeline.association import PresentationContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.dialects.lines import Line
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event

NAME = "fo-dicom"
MESSAGES = re.compile(r"[\w.-]{1,16} (?:->|<-) Association (?:request|accept|release (?:request|response)):?")

_SAID = re.compile(
    r"(?P<aet>.{0,32}?) ?(?P<way>->|<-) (?P<said>Association (?:request|accept|reject|release)|Abort|C-|N-)"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_CODES = re.compile(r"\[result: ?(?P<result>\w+); source: ?(?P<source>\w+); reason: ?(?P<reason>\w+)\]")
_ABORT = re.compile(r"(?:\[source: ?|: )(?P<source>\w+)(?:; reason: ?| - )(?P<reason>\w+)\]?")
_DIMSE = re.compile(r"(?P<command>[CN]-\w+) (?P<kind>request|response) \[(?P<id>\d+)\](?:: (?P<status>.*))?")
_CONTEXT = re.compile(r"Presentation Context: +(\d+) +\[(\w+)\]")
_FIELD = re.compile(
    r"(Calling AE Title|Called AE Title|Remote host|Remote port|Implementation Version|Abstract Syntax|Transfer Syntax)"
    r": +(.*)"
)
_BLOCK = re.compile(
    r"\s*(?:Calling AE Title|Called AE Title|Remote host|Remote port|Implementation|Maximum PDU|Async Ops"
    r"|Presentation Context|Abstract Syntax|Transfer Syntax|User Identity"
    r"|Extended Negotiation|Application Info|Service Class|Related)"
)
_SENDING = re.compile(r"Sending association request from (?P<calling_aet>.*) to (?P<called_aet>.*)")
_REJECTED = re.compile(r".*?Association rejected (?P<codes>\[result: .*)")
_ABORTED = re.compile(r".*?Association Abort (?P<codes>\[source: .*)")
_CLOSED = re.compile(r"Connection closed\b.*")
_NO_CONTEXT = re.compile(r"No accepted presentation context found for abstract syntax: (?P<sop_class>.*)")
_TIMED_OUT = re.compile(
    r"(?:Request \[(?P<id>\d+)\] timed out.*|.*association request timed out.*|.*AssociationRequestTimedOut.*)",
    re.IGNORECASE,
)
_CONNECT = re.compile(
    r".*?(?P<why>actively refused it|Connection refused|No such host is known|Name or service not known"
    r"|nodename nor servname|did not properly respond after a period of time|No route to host"
    r"|Connection timed out|Network is unreachable).*",
    re.IGNORECASE,
)
_RESULT = {"permanent": "1", "transient": "2"}
_SOURCE = {"serviceuser": "1", "serviceprovideracse": "2", "serviceproviderpresentation": "3"}
_REASON = {
    "noreasongiven": "1", "noreasongiven_": "1", "applicationcontextnotsupported": "2", "callingaenotrecognized": "3",
    "calledaenotrecognized": "7", "protocolversionnotsupported": "2", "temporarycongestion": "1",
    "locallimitexceeded": "2",
}  # fmt: skip
_CONTEXT_RESULTS = {
    "Accept": "accepted", "RejectUser": "user-rejection", "RejectNoReason": "no-reason",
    "RejectAbstractSyntaxNotSupported": "abstract-syntax-not-supported",
    "RejectTransferSyntaxesNotSupported": "transfer-syntaxes-not-supported",
}  # fmt: skip
_STATUS = {
    "success": "0x0000", "pending": "0xff00", "cancel": "0xfe00", "optional keys not supported": "0xff01",
    "unable to calculate number of matches": "0xa701", "unable to perform suboperations": "0xa702",
    "move destination unknown": "0xa801", "identifier does not match sop class": "0xa900",
    "coercion of data elements": "0xb000", "data set does not match sop class (warning)": "0xb007",
    "elements discarded": "0xb006", "processing failure": "0x0110",
    "sop class not supported": "0x0122", "no such sop class": "0x0118", "unrecognized operation": "0x0211",
}  # fmt: skip
_COUNTERS = {"Completed": "completed", "Remaining": "remaining", "Warnings": "warning", "Failures": "failed"}
_MORE = re.compile(r"\s+(?P<name>Completed|Remaining|Warnings|Failures|Error|Tags):\s+(?P<value>.*)")
_MARKS = re.compile(
    rb"(?:->|<-) Association (?:request|accept|reject|release)|(?:->|<-) (?:Abort[: ]|[CN]-\w+ (?:request|response) \[)"
    rb"|FellowOakDicom\.|Dicom\.Network\.|fo-dicom|Association (?:rejected|Abort) \[(?:result|source): "
)
_MAX_CONTEXTS = 256


def score(sample: bytes) -> float:
    """How well the dialect fits (0 to 1)."""
    return score_of_marks(sample, _MARKS)


def reader(catalogue: EventCatalogue) -> PeerReader:
    """A reader for one log."""
    return _FoDicomReader(catalogue)


class _FoDicomReader(PeerReader):
    """Gathers the block of parameters behind a request or an acceptance, and the counters behind a response."""

    def __init__(self, catalogue: EventCatalogue) -> None:
        super().__init__("fo-dicom", catalogue)
        self._block: tuple[Line, str, str, list[str]] | None = None
        self._response: tuple[Line, re.Match[str], str, dict[str, str]] | None = None
        self._open = 0
        self._tried: tuple[Line, dict[str, str]] | None = None

    def read(self, line: Line) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        message = line.message
        if self._block is not None:
            if _BLOCK.match(message):
                self._block[3].append(message)
                return
            yield from self._finish_block()
        if self._response is not None:
            more = _MORE.match(line.text)
            if more is not None:
                self._response[3][more["name"]] = more["value"].strip()
                return
            yield from self._finish_response()
        said = _SAID.match(message)
        if said is not None:
            yield from self._said(line, said)
        else:
            yield from self._other(line, message.strip())

    def finish(self) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        yield from self._finish_block()
        yield from self._finish_response()

    def _said(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        own, said, rest = m["way"] == "->", m["said"], m["rest"]
        if said in ("Association request", "Association accept"):
            asking = said == "Association request"
            direction = "outgoing" if own == asking else "incoming"
            self._open += asking
            self._tried = None
            self._block = (line, "wire.request" if asking else "wire.accept", direction, [])
        elif said == "Association reject":
            self._open -= 1
            yield self.event("wire.reject", line, direction="incoming" if own else "outgoing", **_codes(rest))
        elif said == "Association release":
            if "request" in rest:
                self._open -= 1
                yield self.event("wire.release", line, by="own" if own else "other")
        elif said == "Abort":
            self._open -= 1
            abort = _ABORT.search(rest)
            condition = f"A-ABORT, source {abort['source']}, reason {abort['reason']}" if abort is not None else None
            yield self.event("wire.abort", line, by="own" if own else "other", condition=condition)
        else:
            dimse = _DIMSE.match(said + rest)
            if dimse is not None and dimse["kind"] == "response":
                self._response = (line, dimse, "own" if own else "other", {})
            elif dimse is not None:
                yield self.event("wire.operation", line, _message(dimse, own=own), sender="own" if own else "other")

    def _other(self, line: Line, message: str) -> Iterator[Event]:
        sending = _SENDING.match(message)
        if sending is not None:
            self._tried = (line, sending.groupdict())
            return
        rejected, aborted = _REJECTED.match(message), _ABORTED.match(message)
        if rejected is not None:
            yield self.event("wire.reject", line, direction="outgoing", **_codes(rejected["codes"]))
        elif aborted is not None:
            yield self.event("wire.abort", line, by="other", condition=f"A-ABORT {aborted['codes']}")
        elif _CLOSED.fullmatch(message):
            if self._open > 0:
                self._open -= 1
                yield self.event("wire.closed", line, condition=message)
        elif (no_context := _NO_CONTEXT.match(message)) is not None:
            sop_class = uid_from_name(no_context["sop_class"].partition("[")[2].rstrip("]") or no_context["sop_class"])
            yield self.event("wire.operation-failed", line, condition=message, sop_class=sop_class)
            yield from self._pattern(line)
        elif _TIMED_OUT.match(message):
            yield self.event("wire.timeout", line, condition=message)
        elif (connect := _CONNECT.match(message)) is not None:
            fields = self._tried[1] if self._tried is not None else {}
            self._tried = None
            yield self.event("wire.request", line, direction="outgoing", **fields)
            yield self.event("wire.failed", line, direction="outgoing", condition=connect["why"])
        else:
            yield from self._pattern(line)

    def _pattern(self, line: Line) -> Iterator[Event]:
        message = line.message.strip()
        yield from self.by_patterns(line, orphan=bool(message) and not message.startswith("at "))

    def _finish_block(self) -> Iterator[Event]:
        if self._block is None:
            return
        line, kind, direction, messages = self._block
        self._block = None
        dump, fields = _associate("RQ" if kind == "wire.request" else "AC", messages)
        port = fields.get("Remote port") if direction == "outgoing" else None
        yield self.event(
            kind, line, direction=direction, host=fields.get("Remote host") or None, port=None if port == "0" else port,
            calling_aet=dump.calling_aet, called_aet=dump.called_aet,
        )  # fmt: skip
        if dump.contexts:
            yield self.event(kind, line, dump, direction=direction)

    def _finish_response(self) -> Iterator[Event]:
        if self._response is None:
            return
        line, m, sender, more = self._response
        self._response = None
        words = (m["status"] or "").strip()
        status = _STATUS.get(words.lower())
        counters = tuple((_COUNTERS[k], int(v)) for k, v in more.items() if k in _COUNTERS and v.isdigit())
        dump = DimseDump(
            m["command"].upper(), request=False, incoming=sender == "other", context_id=None, message_id=int(m["id"]),
            sop_class=None, sop_instance=None, status=status, status_text=more.get("Error") or words or None,
            move_destination=None, suboperations=counters,
        )  # fmt: skip
        ok = None if status is not None or not words else "no"
        yield self.event("wire.operation", line, dump, sender=sender, ok=ok)


def _message(m: re.Match[str], *, own: bool) -> DimseDump:
    return DimseDump(
        m["command"].upper().replace("EVENTREPORT", "EVENT-REPORT"), request=True, incoming=not own, context_id=None,
        message_id=int(m["id"]), sop_class=None, sop_instance=None, status=None, status_text=None,
        move_destination=None, suboperations=(),
    )  # fmt: skip


def _codes(text: str) -> dict[str, str]:
    m = _CODES.search(text)
    if m is None:
        return {}
    found = {
        "result": _RESULT.get(m["result"].lower()), "source": _SOURCE.get(m["source"].lower()),
        "reason": _REASON.get(m["reason"].lower()),
    }  # fmt: skip
    return {k: v for k, v in found.items() if v is not None}


def _associate(kind: str, messages: list[str]) -> tuple[AssociateDump, dict[str, str]]:
    fields: dict[str, str] = {}
    contexts: list[PresentationContext] = []
    number, result, abstract = 0, "", ""
    syntaxes: list[str] = []

    def close() -> None:
        if number and len(contexts) < _MAX_CONTEXTS:
            answer = None if result == "Proposed" else _CONTEXT_RESULTS.get(result, result.lower())
            accepted = syntaxes[0] if answer == "accepted" and syntaxes else None
            contexts.append(
                PresentationContext(number, abstract, tuple(syntaxes) if kind == "RQ" else (), answer, accepted)
            )

    for raw in messages:
        context, m = _CONTEXT.match(raw.strip()), _FIELD.match(raw.strip())
        if context is not None:
            close()
            number, result, abstract, syntaxes = int(context[1]), context[2], "", []
        elif m is not None and m[1] == "Abstract Syntax":
            abstract = uid_from_name(m[2].partition("[")[2].rstrip("]") if "[" in m[2] and "1." in m[2] else m[2])
        elif m is not None and m[1] == "Transfer Syntax":
            syntaxes.append(uid_from_name(m[2]))
        elif m is not None:
            fields.setdefault(m[1], m[2].strip())
    close()
    implementation = fields.get("Implementation Version") if kind == "AC" else None
    return AssociateDump(
        kind, fields.get("Calling AE Title"), fields.get("Called AE Title"), implementation, None, tuple(contexts)
    ), fields
