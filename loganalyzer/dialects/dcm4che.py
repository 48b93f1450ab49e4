"""dcm4che: the tools of dcm4che 2, 3 and 5, and servers built on it (dcm4chee-arc behind WildFly's prefix, Dicoogle).

Source of the wordings: dcm4che 5.34, 3.0.1 and 3.3.1 (``dcm4che-net``: ``Association.java``, ``Dimse.java``,
``Connection.java``, ``Timeout.java``, ``pdu/*.java``; the tools' ``logback.xml``), dcm4che 2 (``Association.java``,
``PDUEncoder.java``).

An association is written ``CALLING->CALLED(7)`` by the side that asked for it and ``CALLED<-CALLING(7)`` by the other
one (dcm4che 5), or ``REMOTE(7)`` (2 and 3): the number tells them apart. ``<<`` is what this program sends, ``>>`` what
it receives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.dialects.names import uid_from_name
from loganalyzer.dialects.reader import PeerReader
from loganalyzer.dialects.samples import marks_in, score_of_marks
from loganalyzer.dumps.dump import AssociateDump, DimseDump
from loganalyzer.timeline.association import PresentationContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.dialects.lines import Line
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event

NAME = "dcm4che"
MESSAGES = re.compile(
    r"[\w.-]{1,16}(?:->|<-)[\w.-]{1,16}\(\d+\):? (?:<<|>>) A-(?:ASSOCIATE-(?:RQ|AC)|RELEASE-R[QP])"
    r"|[\w.-]{1,16}\(\d+\):? (?:<<|>>) A-RELEASE-R[QP]"
)

_NAME = (
    r"(?:(?P<left>[^()\n]{0,80}?)(?P<arrow>->|<-)(?P<right>[^()\n]{0,80}?)|(?P<remote>[^()\n<>]{1,60}?))"
    r"\((?P<number>\d{1,9})\)"
)
_SAID = re.compile(rf"{_NAME}(?P<what>:? <<|:? >>|:) ?(?:org\.dcm4che2\.\S+: )?(?P<said>.*)", re.DOTALL)
_NEW = re.compile(
    r"Association\((?P<number>\d+)\) (?P<how>initiated|accepted) .*?addr=(?P<host>[^,\]]*),port=(?P<port>\d+)"
)
_OLD_ACSE = re.compile(r"A-ASSOCIATE-(?P<kind>RQ|AC) (?P<first>.*?) (?P<way><<|>>) (?P<second>.*)")
_REJECT = re.compile(
    r"A-ASSOCIATE-RJ ?\[(?:result[:=] ?(\d{1,3}))?.{0,80}?(?:source[:=] ?(\d{1,3}))?.{0,80}?(?:reason[:=] ?(\d{1,3})).*"
)
_REJECT_PARTS = re.compile(r"(result|source|reason)[:=] ?(\d+)")
_ABORT = re.compile(r"A-ABORT\[source[:=] ?(?P<source>[^,\]]*), reason[:=] ?(?P<reason>[^\]]*)\]")
_DIMSE = re.compile(
    r"(?P<id>\d+):(?P<command>[CN]-[A-Z]+(?:-REPORT)?)-(?P<kind>RQ|RSP)(?:\[(?P<rest>.*)|(?P<elided>\.{3}))?$",
    re.DOTALL,
)
_VALUE = re.compile(
    r"(?<![a-zA-Z])(pcid|status|errorComment|dest|remaining|completed|failed|warning|cuid|iuid)="
    r"([^,\n\]]*?)(?=[,\n\]]| [a-z]{4,6}=|$)"
)
_INITIATE = re.compile(r"Initiate connection from .* to (?P<host>.+):(?P<port>\d+)")
_SOCKET = re.compile(r"(?P<what>Established|Accept) connection (?P<kind>.*?)addr=(?P<host>[^,\]]*),port=(?P<port>\d+)")
_EXCEPTION = re.compile(
    r"(?:(?:Caused by: )?(?P<java>(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error|RJ|Abort))(?:: (?P<why>.*))?"
    r"|(?P<tool>[a-z]\w+): (?P<said>\S.*))"
)
_PROGRAM = re.compile(r"Connected to (?P<called_aet>.+) in \d+ms")
_CONTEXT = re.compile(r"PresentationContext\[id: (\d+)")
_RESULTS = {
    "0": "accepted", "1": "user-rejection", "2": "no-reason", "3": "abstract-syntax-not-supported",
    "4": "transfer-syntaxes-not-supported",
}  # fmt: skip
#: What tells a failure to connect, by class of exception; the text is the operating system's.
_CONNECTING = (
    "ConnectException",
    "UnknownHostException",
    "NoRouteToHostException",
    "SocketTimeoutException",
    "SSL",
    "Certificate",
)
_MARKS = re.compile(
    rb"\(\d+\) (?:<<|>>) (?:A-(?:ASSOCIATE|RELEASE|ABORT)|\d+:[CN]-)|\(\d+\): A-ASSOCIATE-"
    rb"|org\.dcm4che[23]?\.|Initiate connection from "
    rb"|A-ASSOCIATE-RJ\[|(?:->|<-)[^\n()]{1,40}\(\d+\):|Association\(\d+\) (?:initiated|accepted) "
    rb"|Received (?:C-STORE-)?RSP with Status [0-9A-F]{1,4}H for "
)
_NAMED = re.compile(rb"\bdcm4chee?\b")
#: Less than what any dialect scores by its marks: a text that only speaks of the program may hold another one's log.
_ONLY_NAMED = 0.4
_TOOLS = re.compile(
    r"(?:store|find|move|get|mpp|st|ian|hl7snd|dcmqr|dcmsnd|storage?commit)sc[up]|dcmqr|dcmsnd|dcmqrscp|dcmrcv"
)
#: How the sending tools report an answer that is no success (``StoreSCU.java``; dcm4che 2: ``DcmSnd.java``).
_STORED_BADLY = re.compile(
    r"(?:.{0,60}\b(?:ERROR|WARNING): )?Received (?:C-STORE-)?RSP with Status (?P<status>[0-9A-F]{1,4})H for .*"
)
_MAX_JOINED = 4000


def score(sample: bytes) -> float:
    """How well the dialect fits (0 to 1)."""
    by_marks = score_of_marks(sample, _MARKS)
    return max(by_marks, _ONLY_NAMED) if marks_in(sample, _NAMED) else by_marks


def reader(catalogue: EventCatalogue) -> PeerReader:
    """A reader for one log."""
    return _Dcm4cheReader(catalogue)


class _Dcm4cheReader(PeerReader):
    """Joins the lines of messages that stand in brackets, and follows a connection up to its association."""

    def __init__(self, catalogue: EventCatalogue) -> None:
        super().__init__("dcm4che", catalogue)
        self._open: tuple[Line, list[str]] | None = None
        self._connecting: tuple[Line, str, str, str | None] | None = None
        self._accepted: tuple[str, str] | None = None
        self._directions: dict[str, str] = {}
        self._last: str | None = None
        self._ended: set[str] = set()

    def read(self, line: Line) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        if self._open is not None:
            first, parts = self._open
            if line.level is None and not _SAID.match(line.message) and len(parts) < _MAX_JOINED:
                parts.append(line.message)
                if _is_whole("\n".join(parts)):
                    self._open = None
                    yield from self._message(first, "\n".join(parts))
                return
            self._open = None
            yield from self._message(first, "\n".join(parts))
        message = line.message.strip()
        if message.count("[") > message.count("]") and (_SAID.match(message) or message.startswith("A-ASSOCIATE-")):
            self._open = (line, [message])
            return
        yield from self._message(line, message)

    def finish(self) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        if self._open is not None:
            first, parts = self._open
            self._open = None
            yield from self._message(first, "\n".join(parts))

    def _message(self, line: Line, message: str) -> Iterator[Event]:
        said = _SAID.match(message)
        if said is not None:
            yield from self._association(line, said)
            return
        for pattern, handler in (
            (_NEW, self._accepted_or_initiated), (_INITIATE, self._initiates), (_SOCKET, self._connected),
            (_STORED_BADLY, self._stored_badly), (_EXCEPTION, self._exception),
        ):  # fmt: skip
            m = pattern.match(message)
            if m is not None:
                yield from handler(line, m)
                return
        if message.startswith("A-ASSOCIATE-") and self._last is not None:
            yield from self._dump(line, message)
            return
        bare = _REJECT.search(message)
        if bare is not None:
            yield self.event("wire.reject", line, direction="outgoing", **_codes(bare[0]))
            return
        yield from self.by_patterns(line, orphan=bool(message) and not message.startswith("at "))

    # -- the connection ---------------------------------------------------------------------------------------------

    def _accepted_or_initiated(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        direction = "outgoing" if m["how"] == "initiated" else "incoming"
        self._directions[m["number"]] = direction
        host, port = _host(m["host"]), m["port"] if direction == "outgoing" else None
        self._connecting, self._accepted = None, None
        yield self.event("wire.request", line, direction=direction, host=host, port=port, association=m["number"])

    def _initiates(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        self._connecting = (line, m["host"], m["port"], None)
        yield from ()

    def _connected(self, line: Line, m: re.Match[str]) -> Iterator[Event]:  # noqa: ARG002 - the request will tell it
        if m["what"] == "Accept":
            self._accepted = (_host(m["host"]), m["port"])
        elif self._connecting is not None:
            first, _, port, _ = self._connecting
            self._connecting = (first, _host(m["host"]), port, "no" if m["kind"] == "Socket[" else "yes")
        yield from ()

    def _stored_badly(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        status = f"0x{int(m['status'], 16):04x}"
        yield self.event("wire.operation", line, sender="other", command="C-STORE", phase="response", status=status)

    def _exception(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        """What a tool says before it ends, and the stack trace behind it, say the same."""
        name, why = m["java"] or "", m["why"] or m["said"] or ""
        tool = m["tool"]
        if tool is not None and not _TOOLS.fullmatch(tool):
            yield from self.by_patterns(line, orphan=True)
            return
        if tool is not None:
            self.product = f"dcm4che {tool}"
        text = f"{name.rpartition('.')[2]}: {why}" if name else why
        reject = _REJECT.search(text)
        if self._connecting is not None and not reject:
            first, host, port, tls = self._connecting
            self._connecting = None
            yield self.event("wire.request", first, direction="outgoing", host=host, port=port)
            if tls is not None:
                yield self.event("wire.tls", first, tls=tls)
            yield self.event("wire.failed", line, direction="outgoing", condition=text)
        elif any(c in name for c in _CONNECTING):
            yield self.event("wire.failed", line, direction="outgoing", condition=text)
        yield from self.by_patterns(line)

    # -- the association --------------------------------------------------------------------------------------------

    def _association(self, line: Line, m: re.Match[str]) -> Iterator[Event]:
        number, what, said = m["number"], m["what"].lstrip(": ") or ":", m["said"].strip()
        own, unseen = what == "<<", number not in self._directions
        if m["arrow"] is not None:
            self._directions.setdefault(number, "outgoing" if m["arrow"] == "->" else "incoming")
        elif what != ":" and said.startswith(("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC")):
            self._directions.setdefault(number, "outgoing" if own == said.startswith("A-ASSOCIATE-RQ") else "incoming")
        self._last = number
        if unseen and said.startswith("close "):
            return  # the rest of one that begins, and may have ended well, before the log
        names = self._names(number, m)
        old = _OLD_ACSE.match(said)
        if old is not None:
            yield from self._old_acse(line, number, old)
        elif what == ":":
            yield from self._state(line, names, said)
        elif said.startswith(("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC")):
            yield from self._acse(line, names, said)
        elif said.startswith("A-ASSOCIATE-RJ"):
            names["direction"] = "incoming" if own else "outgoing"
            yield self.event("wire.reject", line, **names, **_codes(said))
            self._ended.add(number)
        elif said.startswith("A-RELEASE-RQ"):
            yield self.event("wire.release", line, by="own" if own else "other", **names)
            self._ended.add(number)
        elif said.startswith("A-ABORT"):
            abort = _ABORT.match(said)
            condition = f"A-ABORT, source {abort['source']}, reason {abort['reason']}" if abort is not None else None
            by = "own" if own else "other"
            yield self.event("wire.abort", line, by=by, condition=condition, **names)
            self._ended.add(number)
        else:
            yield from self._dimse(line, names, said, own=own)

    def _names(self, number: str, m: re.Match[str]) -> dict[str, str]:
        """What the name of an association says of it, in each of its lines."""
        names = {"association": number}
        direction = self._directions.get(number)
        if direction is None:
            return names
        names["direction"] = direction
        left, right = m["left"], m["right"]
        if left is not None and not left.startswith("/") and ":" not in left:
            names["calling_aet"], names["called_aet"] = (left, right) if direction == "outgoing" else (right, left)
        elif m["remote"] is not None and m["remote"] != "Association":
            names["called_aet" if direction == "outgoing" else "calling_aet"] = m["remote"]
        return names

    def _acse(self, line: Line, names: dict[str, str], said: str) -> Iterator[Event]:
        if said.startswith("A-ASSOCIATE-AC"):
            yield self.event("wire.accept", line, **names)
            return
        host = port = tls = None
        if names["direction"] == "outgoing" and self._connecting is not None:
            _, host, port, tls = self._connecting
            self._connecting = None
        elif names["direction"] == "incoming" and self._accepted is not None:
            host, self._accepted = self._accepted[0], None
        self._ended.discard(names["association"])
        yield self.event("wire.request", line, host=host, port=port, **names)
        if tls is not None:
            yield self.event("wire.tls", line, tls=tls)

    def _old_acse(self, line: Line, number: str, m: re.Match[str]) -> Iterator[Event]:
        """dcm4che 2: ``CALLED << CALLING`` when sent, ``CALLING >> CALLED`` when received."""
        sent = m["way"] == "<<"
        calling, called = (m["second"], m["first"]) if sent else (m["first"], m["second"])
        direction = self._directions.setdefault(number, "outgoing" if sent == (m["kind"] == "RQ") else "incoming")
        kind = "wire.request" if m["kind"] == "RQ" else "wire.accept"
        yield self.event(kind, line, direction=direction, association=number, calling_aet=calling, called_aet=called)

    def _dump(self, line: Line, message: str) -> Iterator[Event]:
        """The parameters at level debug follow the line that names the association."""
        number = self._last or ""
        kind = message[12:14]
        yield self.event(
            "wire.request" if kind == "RQ" else "wire.accept", line, _associate(kind, message),
            direction=self._directions.get(number, "outgoing"), association=number,
        )  # fmt: skip

    def _state(self, line: Line, names: dict[str, str], said: str) -> Iterator[Event]:
        number = names["association"]
        if "timeout expired" in said and "RELEASE-RP" not in said:
            yield self.event("wire.timeout", line, condition=said, **names)
            self._ended.add(number)
        elif said.startswith("i/o exception"):
            if number not in self._ended:
                yield self.event("wire.closed", line, condition=said, **names)
            self._ended.add(number)
        elif said.startswith("close "):
            if number not in self._ended:
                yield self.event("wire.closed", line, condition="the connection was closed", **names)
            self._ended.discard(number)
        else:
            yield from self.by_patterns(line)

    def _dimse(self, line: Line, names: dict[str, str], said: str, *, own: bool) -> Iterator[Event]:
        m = _DIMSE.match(said)
        if m is None or (m["rest"] is None and m["elided"] is None):
            return  # the command set or the data set of a message that was told before
        values = {name: value.strip() for name, value in _VALUE.findall(m["rest"] or "")}
        status = values.get("status", "").removesuffix("H")
        try:
            code = f"0x{int(status, 16):04x}" if status else None
        except ValueError:
            code = None
        counters = tuple(
            (n, int(values[n])) for n in ("remaining", "completed", "failed", "warning") if values.get(n, "").isdigit()
        )
        dump = DimseDump(
            command=m["command"], request=m["kind"] == "RQ", incoming=not own,
            context_id=int(values["pcid"]) if values.get("pcid", "").isdigit() else None, message_id=int(m["id"]),
            sop_class=uid_from_name(values["cuid"].split(" ")[0]) if "cuid" in values else None,
            sop_instance=values["iuid"].split(" ")[0] if "iuid" in values else None, status=code,
            status_text=values.get("errorComment"), move_destination=values.get("dest"), suboperations=counters,
        )  # fmt: skip
        yield self.event("wire.operation", line, dump, sender="own" if own else "other", **names)


def _is_whole(text: str) -> bool:
    return text.count("[") <= text.count("]")


def _host(text: str) -> str:
    """``name/192.0.2.1`` as Java prints an address: the address."""
    return text.rpartition("/")[2] or text


def _codes(text: str) -> dict[str, str]:
    return {name: number for name, number in _REJECT_PARTS.findall(text) if len(number) < 4}


def _associate(kind: str, message: str) -> AssociateDump:
    """``A-ASSOCIATE-RQ[…]`` as dcm4che prints it at level debug; ``A-ASSOCIATE-AC`` names no abstract syntaxes."""
    fields: dict[str, str] = {}
    contexts: list[PresentationContext] = []
    number, abstract, result = 0, "", None
    syntaxes: list[str] = []

    def close() -> None:
        if number:
            accepted = syntaxes[0] if result == "accepted" and syntaxes else None
            offered = () if kind == "AC" else tuple(syntaxes)
            contexts.append(PresentationContext(number, abstract, offered, result, accepted))

    for raw in message.split("\n"):
        text = raw.strip()
        m = _CONTEXT.match(text)
        name, _, value = text.partition(": ")
        if m is not None:
            close()
            number, abstract, result, syntaxes = int(m[1]), "", None, []
        elif not number:
            fields.setdefault(name, value)
        elif name == "as":
            abstract = uid_from_name(value.split(" ")[0])
        elif name == "ts":
            syntaxes.append(uid_from_name(value.split(" ")[0]))
        elif name == "result":
            result = _RESULTS.get(value[:1])
    close()
    implementation = fields.get("implVersionName")
    return AssociateDump(
        kind, fields.get("callingAET"), fields.get("calledAET"),
        None if implementation in (None, "null") else implementation, None, tuple(contexts),
        complete=_is_whole(message),
    )  # fmt: skip
