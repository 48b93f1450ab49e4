"""Reads the raw blocks that Orthanc writes behind some records at trace level (Orthanc 1.8.1 and later).

Formats: DCMTK's ``ASC_dumpParameters``, ``DIMSE_dumpMessage``, ``ASC_printRejectParameters`` and ``DcmItem::print``.
UIDs are turned into numbers; what a name is unknown for stays as it is printed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from loganalyzer.dicom import uid_of
from loganalyzer.sources.encodings import line_text
from loganalyzer.sources.evidence import BEGIN, HEADER
from loganalyzer.timeline.association import PresentationContext


class AssociateDump(Struct, frozen=True, gc=False):
    """An A-ASSOCIATE-RQ or -AC block. ``kind`` is RQ or AC; sizes in bytes; empty texts are None.

    ``complete`` is False where the log ends in the block: then more contexts may have followed.
    ``telling`` is the line that shows the first refused context: how many lines behind the record, and its text.
    """

    kind: str
    calling_aet: str | None
    called_aet: str | None
    peer_implementation: str | None
    peer_max_pdu: int | None
    contexts: tuple[PresentationContext, ...]
    telling: tuple[int, str] | None = None
    complete: bool = True


class DimseDump(Struct, frozen=True, gc=False):
    """A DIMSE message. ``incoming`` is as DCMTK says it, so from Orthanc's view; ``status`` is ``0x0000`` style.

    ``telling`` is the line of a status other than success: how many lines behind the record, and its text.
    ``complete`` is False where the log breaks off in the block. ``move_originator`` of a C-STORE that serves a C-MOVE:
    who asked for that, and its message id.
    """

    command: str
    request: bool
    incoming: bool
    context_id: int | None
    message_id: int | None
    sop_class: str | None
    sop_instance: str | None
    status: str | None
    status_text: str | None
    move_destination: str | None
    suboperations: tuple[tuple[str, int], ...]
    telling: tuple[int, str] | None = None
    complete: bool = True
    move_originator: tuple[str, int | None] | None = None


class RejectDump(Struct, frozen=True, gc=False):
    """What ``Association Rejected:`` says, in DCMTK's words."""

    result: str
    source: str
    reason: str


class DatasetDump(Struct, frozen=True, gc=False):
    """What is kept of a data set: no patient's data, only its QueryRetrieveLevel (0008,0052) and whether it has one."""

    level: str | None
    elements: int


class TransportDump(Struct, frozen=True, gc=False):
    """``Connection Parameters``: whether TLS is used."""

    tls: bool


Dump = AssociateDump | DimseDump | RejectDump | DatasetDump | TransportDump

_ASSOCIATE_BEGIN = b"BEGIN A-ASSOCIATE-"
_ASSOCIATE_END = b"END A-ASSOCIATE-"
_BLOCK_BEGIN = re.compile(
    rb"\n{0,5}(?:(?P<associate>=+ BEGIN A-ASSOCIATE-)|(?P<dimse>=+ (?:INCOMING|OUTGOING) DIMSE MESSAGE =)"
    rb"|(?P<dataset># Dicom-Data-Set))"
)
_DCMTK_LINES = re.compile(rb"(?:D: [^\n=]*+(?:=(?!={4})[^\n=]*+)*+\n){0,256}")
_TORN = re.compile(rb"(?:D: |  )[^\n=]*+(?:=(?!={4})[^\n=]*+)*+(?==+ (?:BEGIN A-|INCOMING DIMSE|OUTGOING DIMSE))")
_STRAY = re.compile(
    rb"(?:(?![EWITF]\d{4} |=)[^\n]{0,80}\n){1,5}(?==+ (?:BEGIN A-|INCOMING DIMSE|OUTGOING DIMSE)|# Dicom-Data-Set)"
)
_DIMSE_END = b"= END DIMSE MESSAGE ="
_BEGINS = {"associate": _ASSOCIATE_BEGIN, "dimse": b"ING DIMSE MESSAGE ="}
_RECORD = re.compile(rb"\n" + HEADER)
DATASET_BEGIN = b"# Dicom-Data-Set"
_OPEN_VALUE = re.compile(rb"\n *\([0-9a-fA-F]{4},[0-9a-fA-F]{4}\) \w\w \[")
_CLOSED_VALUE = re.compile(rb"\] +# +\d+, *\d+ \S*")
# The blank line behind a data set is lost in a journal (journald keeps none) and in many a copy.
_DATASET_END = re.compile(rb"\n(?=\n|" + BEGIN + rb"|=+ (?:BEGIN|INCOMING|OUTGOING) |# Dicom-Data-Set)")
_MAX_DATASET = 1 << 20
_MAX_HEAD = 4096


def dump_begin(data: bytes, start: int) -> int:
    """Where the dump of the record whose line ends before ``start`` begins.

    DCMTK writes its own lines without waiting for Orthanc's, so those of another thread can stand between the two, and
    the dump can begin behind one whose line feed comes later. Between the pages of a document a few lines may stand.
    """
    lines = _DCMTK_LINES.match(data, start)
    behind = lines.end() if lines is not None else start
    torn = _TORN.match(data, behind)
    behind = torn.end() if torn is not None else behind
    if behind == len(data) or _BLOCK_BEGIN.match(data, behind) is not None:
        return behind
    stray = _STRAY.match(data, start)
    return stray.end() if stray is not None else start


def dump_end(data: bytes, start: int) -> int | None:
    """Where the raw block that begins at ``start`` (the line behind the record's) ends; None when its end is not here.

    Follows any sequence of association, DIMSE and data-set blocks, so that nothing inside them is taken for a record:
    a value in a data set may hold line feeds and look like a perfect line of Orthanc. Where lines are missing, the dump
    ends before the first record that comes before another dump of its kind.
    """
    at = start
    while True:
        m = _BLOCK_BEGIN.match(data, at)
        if m is None:
            # A post may have a blank line behind every line: so many line feeds do not mean that the data ends here.
            return at if data[at : at + 6].strip(b"\n") else None
        if m.lastgroup == "dataset":
            end = _dataset_end(data, m.start("dataset"))
        else:
            end = data.find(_ASSOCIATE_END if m.lastgroup == "associate" else _DIMSE_END, m.end())
            again = data.find(_BEGINS[m.lastgroup or ""], m.end(), end if end >= 0 else len(data))
            if again >= 0 and (broken := dump_break(data, m.end(), again)) < again:
                return broken  # the log has a gap: the end that was found is that of another dump
        newline = data.find(b"\n", end) if end >= 0 else -1
        if newline < 0:
            return None
        at = newline + 1


def dump_break(data: bytes, start: int, stop: int) -> int:
    """Where a dump that has no end breaks off: before the next record, or at ``stop``."""
    record = _RECORD.search(data, start, stop)
    return stop if record is None else record.start() + 1


def _dataset_end(data: bytes, begin: int) -> int:
    """A data set ends at a blank line or before a record that stands in no value; -1 when there is none."""
    at = begin
    limit = begin + _MAX_DATASET
    while True:
        found = _DATASET_END.search(data, at, limit)
        end = found.start() if found else -1
        if end < 0:
            return -1 if len(data) < limit else data.find(b"\n", begin)
        opened = None
        for m in _OPEN_VALUE.finditer(data, max(begin - 1, at - 1), end):
            opened = m
        if opened is None:
            return end
        closed = _CLOSED_VALUE.search(data, opened.end(), limit)
        if closed is None:
            return end if len(data) >= limit else -1
        if closed.start() < end:
            return end
        at = closed.end()


@lru_cache(maxsize=4096)
def _uid(name: str) -> str:
    return uid_of(name)


# No name is as long as this allows, and no context proposes so many transfer syntaxes: dumps may be forged.
_CONTEXT = re.compile(
    rb"Context ID: +(\d{1,9}) \(([^)\n]{0,99})\)\n *Abstract Syntax: ([^\n]{0,256})\n"
    rb"(?: *Proposed SCP/SCU Role: ([^\n]{0,256})\n)?(?: *Accepted SCP/SCU Role: ([^\n]{0,256})\n)?"
    rb"(?: *Accepted Transfer Syntax: ([^\n]{0,256})\n"
    rb"| *Proposed Transfer Syntax\(es\):\n((?:(?:      | *=)[^\n]{0,256}\n){0,256}))?"
)
_Contexts = tuple[tuple[PresentationContext, ...], tuple[int, str] | None]
_LONGEST_REMEMBERED = 64 << 10
_MOST_CONTEXTS = 128  # their ids are the odd numbers of a byte (PS3.8 9.3.2.2)
_RESULTS = {
    "Accepted": "accepted",
    "Proposed": None,
    "User Rejection": "user-rejection",
    "No Reason": "no-reason",
    "Abstract Syntax Not Supported": "abstract-syntax-not-supported",
    "Transfer Syntaxes Not Supported": "transfer-syntaxes-not-supported",
}
_ASSOCIATE_HEAD = re.compile(
    rb"BEGIN A-ASSOCIATE-(\w+).*?\nTheir Implementation Version Name:([^\n]*)\n(?:.*?\n)??"
    rb"Application Context Name:[^\n]*\nCalling Application Name:([^\n]*)\nCalled Application Name:([^\n]*)\n"
    rb".*?\nTheir Max PDU Receive Size:([^\n]*)\n",
    re.DOTALL,
)


def _contexts(block: bytes) -> _Contexts:
    """The contexts of a block, and the line that shows the first refused one: its distance from the block's beginning.

    One sender proposes the same contexts time and again, so they are kept and shared.
    """
    return _remembered_contexts(block) if len(block) <= _LONGEST_REMEMBERED else _remembered_contexts.__wrapped__(block)


@lru_cache(maxsize=256)
def _remembered_contexts(block: bytes) -> _Contexts:
    found = []
    for m in islice(_CONTEXT.finditer(block), _MOST_CONTEXTS):
        number, result, abstract, proposed_role, accepted_role, accepted, proposed = (
            None if g is None else line_text(g) for g in m.groups()
        )
        found.append(
            PresentationContext(
                id=int(number or 0),
                abstract_syntax=_uid((abstract or "").strip()),
                transfer_syntaxes=tuple(_uid(t.strip()) for t in (proposed or "").splitlines()),
                result=_RESULTS.get(result or "", (result or "").lower().replace(" ", "-")),
                accepted_transfer_syntax=_uid(accepted.strip()) if accepted else None,
                proposed_role=proposed_role,
                accepted_role=accepted_role,
            )
        )
    return tuple(found), _telling(block, _REFUSED.search(block))


def _value(raw: bytes) -> str:
    """A value behind its name and four blanks, which a mail may have made one."""
    text = line_text(raw)
    return text[4:] if text.startswith("    ") else text.removeprefix(" ")


def parse_associate(block: bytes) -> AssociateDump | None:
    """Reads a ``BEGIN A-ASSOCIATE-…`` block; None when there is none."""
    m = _ASSOCIATE_HEAD.search(block, 0, _MAX_HEAD)
    if m is None:
        return None
    kind, implementation, calling, called, max_pdu = map(_value, m.groups())
    split = block.find(b"\nPresentation Contexts:", m.end() - 1)
    tail = block.find(b"\nRequested Extended Negotiation", split) if split >= 0 else -1
    pdu = max_pdu.strip()
    contexts, telling = _contexts(block[split : tail + 1 if tail > 0 else None]) if split >= 0 else ((), None)
    if telling is not None:
        telling = block.count(b"\n", 0, split) + telling[0], telling[1]
    return AssociateDump(
        kind=kind,
        calling_aet=calling,
        called_aet=called.removeprefix(" "),
        peer_implementation=implementation.strip() or None,
        peer_max_pdu=int(pdu) if pdu.isdigit() and pdu != "0" else None,
        contexts=contexts,
        telling=telling if kind == "AC" else None,
        complete=tail > 0 or _ASSOCIATE_END in block,
    )


def _telling(block: bytes, match: re.Match[bytes] | None) -> tuple[int, str] | None:
    """A line of a block, which begins with the end of the record's line: its distance from the record, and its text."""
    if match is None:
        return None
    return block.count(b"\n", 0, match.start() + 1), line_text(match[0]).lstrip("\n")


_REFUSED = re.compile(rb"\n *Context ID: +\d+ \((?!Accepted|Proposed)[^\n]{0,256}+")


_DIMSE_FIELD = re.compile(r"\n([A-Z][A-Za-z]*+(?: [A-Za-z]++)*+) *+: ([^\n]{0,256}+)")
_STATUS = re.compile(rb"\nDIMSE Status +: 0x(?!0000|ff0)[^\n]{0,256}+", re.IGNORECASE)
_COUNTERS = ("Remaining", "Completed", "Failed", "Warning")


def parse_dimse(block: bytes) -> DimseDump | None:
    """Reads an ``INCOMING``/``OUTGOING DIMSE MESSAGE`` block; None when there is none."""
    fields: dict[str, str] = dict(_DIMSE_FIELD.findall(line_text(block)))
    command, _, direction = fields.get("Message Type", "").rpartition(" ")
    if not command:
        return None
    originator = fields.get("Move Originator AE Title")
    status_code, _, status_text = fields.get("DIMSE Status", "").partition(": ")
    sop_class = fields.get("Affected SOP Class UID") or fields.get("Requested SOP Class UID")
    return DimseDump(
        command=command,
        request=direction == "RQ",
        incoming=b"INCOMING" in block[:80],
        context_id=_number(fields.get("Presentation Context ID")),
        message_id=_number(fields.get("Message ID") or fields.get("Message ID Being Responded To")),
        sop_class=_uid(sop_class.strip()) if sop_class else None,
        sop_instance=fields.get("Affected SOP Instance UID") or fields.get("Requested SOP Instance UID"),
        status=status_code.strip().lower() or None,
        status_text=status_text.strip() or None,
        move_destination=fields.get("Move Destination"),
        suboperations=_counters(fields) if b" Suboperations" in block else (),
        telling=_telling(block, _STATUS.search(block)) if status_code else None,
        complete=_DIMSE_END in block,
        move_originator=(originator.strip(), _number(fields.get("Move Originator ID"))) if originator else None,
    )


def _counters(fields: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """The numbers of sub-operations of a C-MOVE or C-GET (PS3.7 9.1.3)."""
    found = ((name.lower(), _number(fields.get(f"{name} Suboperations"))) for name in _COUNTERS)
    return tuple((name, number) for name, number in found if number is not None)


def _number(shown: str | None) -> int | None:
    return int(shown) if shown is not None and shown.isascii() and shown.isdigit() else None


_REJECT = re.compile(rb"Result: ([^,\n]*), Source: ([^\n]*)\nReason: ([^\n]*)")
_LEVEL = re.compile(rb"\(0008,0052\) CS \[([^\]\n]*)\]")
_ELEMENT = re.compile(rb"\n\([0-9a-f]{4},[0-9a-f]{4}\) ")


def parse_reject(block: bytes) -> RejectDump | None:
    """Reads the two lines behind ``Association Rejected:``."""
    m = _REJECT.search(block)
    return None if m is None else RejectDump(*map(line_text, m.groups()))


def parse_dataset(block: bytes) -> DatasetDump | None:
    """Reads a data set's dump."""
    at = block.find(DATASET_BEGIN)
    if at < 0:
        return None
    level = _LEVEL.search(block, at)
    return DatasetDump(line_text(level[1]).strip() if level else None, len(_ELEMENT.findall(block, at)))


def parse_transport(block: bytes) -> TransportDump:
    """Reads what follows ``Connection Parameters: ``."""
    return TransportDump(tls=b"TLS over" in block[:400])
