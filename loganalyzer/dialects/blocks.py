"""The blocks that DCMTK's tools and pynetdicom print about associations and DIMSE messages, once their prefix is off.

Formats: DCMTK 3.6.0 to 3.7.0 ``ASC_dumpParameters`` and ``DIMSE_dumpMessage``; pynetdicom 1.0 to 3.0 ``_handlers.py``,
which follows DCMTK with other words (``Proposed Transfer Syntax:``, ``Sub-operations``, ``Status``).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from loganalyzer.dialects.names import uid_from_name
from loganalyzer.dumps.dump import AssociateDump, DimseDump
from loganalyzer.timeline.association import PresentationContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BEGIN = re.compile(r"=+ (?:BEGIN|INCOMING|OUTGOING) (?:A-ASSOCIATE-(RQ|AC|RJ)|A-ABORT|DIMSE MESSAGE)(?: PDU)? =+")
_END = re.compile(r"=+ END (?:A-ASSOCIATE-(?:RQ|AC|RJ)|A-ABORT|DIMSE MESSAGE)(?: PDU)? =+")
_FIELD = re.compile(r"([A-Z][A-Za-z/ -]*?) *: ?(.*)")
_CONTEXT = re.compile(r"Context ID: +(\d+) \((.*)\)")
_STATUS = re.compile(r"(0x[0-9A-Fa-f]{4})(?:(?:: | - )(.*))?")
_RESULTS = {
    "accepted": "accepted",
    "user rejection": "user-rejection",
    "no reason": "no-reason",
    "provider rejection": "no-reason",
    "abstract syntax not supported": "abstract-syntax-not-supported",
    "rejected - abstract syntax not supported": "abstract-syntax-not-supported",
    "transfer syntaxes not supported": "transfer-syntaxes-not-supported",
    "rejected - transfer syntax not supported": "transfer-syntaxes-not-supported",
}
_COUNTERS = ("Remaining", "Completed", "Failed", "Warning")
_OF_CONTEXT = ("Abstract Syntax", "Proposed ", "Accepted ", "=")
_MAX_CONTEXTS = 256


def begins_block(message: str) -> re.Match[str] | None:
    """Whether a message begins a block; the first group is RQ, AC or RJ."""
    return _BEGIN.match(message.strip()) if "====" in message else None


def ends_block(message: str) -> bool:
    """Whether a message ends a block."""
    return "====" in message and _END.match(message.strip()) is not None


def associate_of(kind: str, messages: Sequence[str]) -> AssociateDump:
    """The A-ASSOCIATE-RQ or -AC that the lines of a block show."""
    fields: dict[str, str] = {}
    for message in messages:
        if message.lstrip().startswith(("Context ID", "Presentation Context")):
            break
        m = _FIELD.match(message.strip())
        if m is not None:
            fields.setdefault(m[1], m[2].strip())
    max_pdu = fields.get("Their Max PDU Receive Size", "")
    return AssociateDump(
        kind=kind,
        calling_aet=fields.get("Calling Application Name"),
        called_aet=fields.get("Called Application Name"),
        peer_implementation=_known(fields.get("Their Implementation Version Name")),
        peer_max_pdu=int(max_pdu) if max_pdu.isdigit() and max_pdu != "0" else None,
        contexts=tuple(_contexts(messages)),
    )


def _known(name: str | None) -> str | None:
    return None if name in (None, "", "unknown") else name


def _contexts(messages: Iterable[str]) -> Iterable[PresentationContext]:
    for number, result, lines in islice(_groups(messages), _MAX_CONTEXTS):
        yield _context(number, result, lines)


def _groups(messages: Iterable[str]) -> Iterator[tuple[int, str, list[str]]]:
    """The lines of each presentation context behind its number and its result."""
    number, result, lines = 0, "", list[str]()
    for message in messages:
        text = message.strip()
        m = _CONTEXT.match(text)
        if m is not None:
            if number:
                yield number, result, lines
            number, result, lines = int(m[1]), m[2], []
        elif _FIELD.match(text) and not text.startswith(_OF_CONTEXT):
            if number:
                break
        else:
            lines.append(text)
    if number:
        yield number, result, lines


def _context(number: int, result: str, lines: Iterable[str]) -> PresentationContext:
    abstract, accepted = "", None
    proposed: list[str] = []
    roles: dict[str, str] = {}
    for text in lines:
        name, _, value = text.partition(":")
        if text.startswith("=") or text[:1].isdigit():
            proposed.append(text)
        elif name == "Abstract Syntax":
            abstract = value.strip()
        elif name in ("Proposed SCP/SCU Role", "Accepted SCP/SCU Role"):
            roles[name[:8]] = value.strip()
        elif name == "Accepted Transfer Syntax":
            accepted = value.strip()
    folded = result.lower()
    return PresentationContext(
        number, uid_from_name(abstract), tuple(map(uid_from_name, proposed)),
        None if folded == "proposed" else _RESULTS.get(folded, folded.replace(" ", "-")),
        uid_from_name(accepted) if accepted else None, roles.get("Proposed"), roles.get("Accepted"),
    )  # fmt: skip


def dimse_of(messages: Sequence[str], *, incoming: bool) -> DimseDump | None:
    """The DIMSE message that the lines of a block show; ``incoming`` as seen by who wrote the log."""
    fields: dict[str, str] = {}
    for message in messages:
        m = _FIELD.match(message.strip())
        if m is not None:
            fields.setdefault(m[1], m[2].strip())
    command, _, direction = fields.get("Message Type", "").rpartition(" ")
    if not command:
        return None
    sop_class = fields.get("Affected SOP Class UID") or fields.get("Requested SOP Class UID") or ""
    status = _STATUS.match(fields.get("DIMSE Status") or fields.get("Status") or "")
    return DimseDump(
        command=command,
        request=direction == "RQ",
        incoming=incoming,
        context_id=_number(fields.get("Presentation Context ID")),
        message_id=_number(fields.get("Message ID") or fields.get("Message ID Being Responded To")),
        sop_class=None if sop_class in ("", "none") else uid_from_name(sop_class),
        sop_instance=fields.get("Affected SOP Instance UID") or fields.get("Requested SOP Instance UID"),
        status=status[1].lower() if status else None,
        status_text=(status[2] or "").strip() or None if status else None,
        move_destination=fields.get("Move Destination"),
        suboperations=tuple(
            (name.lower(), n)
            for name in _COUNTERS
            if (n := _number(fields.get(f"{name} Suboperations") or fields.get(f"{name} Sub-operations"))) is not None
        ),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else None
