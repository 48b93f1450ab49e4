"""How much of what Orthanc can say the patterns recognise.

A message is recognised when a signature judges it, or when it is declared harmless with a reason. Messages that only
the class of their error gives away (``Bad request: …``) are recognised too, and counted apart. Conditions of DCMTK,
DIMSE statuses and rejections are not lines of their own: they are put into the lines of Orthanc that carry them, and
count when a signature holds on every one of these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.dicom import StatusCategory, status_text
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.template import compile_template
from loganalyzer.patternbase.asked import events_named
from loganalyzer.patternbase.folders import patterns_folder
from loganalyzer.records.record import Record
from loganalyzer.timeline.incoming import IncomingSide
from loganalyzer.timeline.outgoing import OutgoingSide
from loganalyzer.workbench.judged import hits_of
from loganalyzer.workbench.vocabulary import render, rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from loganalyzer.findings.sighting import Hit
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import EventPattern

#: The event of messages of which only the class of the error is known.
CLASS_ONLY = "error.class."
_EXCEPTION = "E1123 {at} {thread} OrthancException.cpp:62] "
_OUTGOING = _EXCEPTION + 'Error in the network protocol: DicomAssociation - {command} to AET "P{n}": {text}'
_RECEIVING = "E1123 {at} {thread} CommandDispatcher.cpp:285] Receiving Association failed: {text}"
_STORING = "E1123 {at} {thread} StoreScp.cpp:240] Store SCP Failed: {text}"
_WRITING = _EXCEPTION + "Internal error: Cannot write DICOM file to memory, DCMTK error: {text}"
_TRANSCODING = (
    "W1123 {at} {thread} DcmtkTranscoder.cpp:300] DCMTK was unable to transcode from JPEG to one of: 1.2 {text}"
)
#: Conditions that end an association in good order, or that no line of Orthanc can hold.
_SILENT = frozenset({
    "0000:0000", "0006:0107", "0006:0316", "0006:0319", "0006:0325", "0006:0434", "0006:0435", "0001:0008", "0001:000c",
})  # fmt: skip
_CARRIERS = {
    "dcmnet": (_OUTGOING, _RECEIVING, _STORING),
    "dcmtls": (_OUTGOING, _RECEIVING),
    "dcmdata": (_STORING, _WRITING),
    "ofstd": (_OUTGOING, _STORING),
    "dcmjpeg": (_TRANSCODING,),
    "dcmjpls": (_TRANSCODING,),
}
_STATUS_LINES = {
    "C-STORE": 'Error in the network protocol: C-STORE SCU to AET "P{n}" has failed with DIMSE status 0x{status}',
    "C-FIND": 'Error in the network protocol: C-FIND SCU to AET "P{n}" has failed with DIMSE status 0x{status}',
    "C-MOVE": 'Error in the network protocol: C-MOVE SCU to AET "P{n}" has failed with DIMSE status 0x{status}',
    "C-GET": 'Error in the network protocol: C-GET SCU to AET "P{n}" has failed with DIMSE status 0x{status}',
}
_REJECTIONS = {
    "Rejected Permanent": 1, "Rejected Transient": 2,
}  # fmt: skip
_REASONS = {
    "Service User": (
        "No Reason",
        "App Context Name Not Supported",
        "Calling AE Title Not Recognized",
        "Called AE Title Not Recognized",
    ),
    "Service Provider (ACSE Related)": ("No Reason", "Protocol Version Not Supported"),
    "Service Provider (Presentation Related)": ("No Reason", "Temporary Congestion", "Local Limit Exceeded"),
}
#: Events of which associations are made; how these end is judged.
_FOLLOWED = frozenset(IncomingSide.HANDLERS) | frozenset(OutgoingSide.HANDLERS)
_SECONDS_PER_DAY = 86_400
_SPACING_S = 300


@dataclass(slots=True)
class Share:
    """How much of one source is recognised. ``missing`` are the texts that are not."""

    source: str
    total: int = 0
    judged: int = 0
    harmless: int = 0
    by_class: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def recognised(self) -> int:
        """Judged, harmless or known by the class of the error."""
        return self.judged + self.harmless + self.by_class

    @property
    def share(self) -> float:
        """Of 1; 1 for an empty source."""
        return self.recognised / self.total if self.total else 1.0


def measure(base: PatternBase, folder: Path | None = None) -> list[Share]:
    """The shares of all sources of the vocabulary.

    Raises:
        FileNotFoundError: this installation has no vocabulary.
    """
    recogniser = _Recogniser(base)
    return [
        _messages("Orthanc: errors", recogniser, (r for r in rows("orthanc", folder) if r["level"] != "W")),
        _messages("Orthanc: warnings", recogniser, (r for r in rows("orthanc", folder) if r["level"] == "W")),
        _messages("plugins", recogniser, rows("plugins", folder)),
        _messages("DCMTK: own lines", recogniser, rows("dcmtk_messages", folder), dcmtk=True),
        _error_codes(recogniser, folder),
        _conditions(recogniser, folder),
        _statuses(recogniser, folder),
        _rejections(recogniser),
    ]


class _Recogniser:
    """Says what the patterns make of one message."""

    def __init__(self, base: PatternBase) -> None:
        self._base = base
        self._catalogue = EventCatalogue(base.events)
        self._judged = {name for s in base.signatures if s.logs != "peers" for name in events_named(s.when)}

    def hits(self, text: str) -> list[Hit]:
        """What the signatures say of a log."""
        return hits_of(text, self._base, self._catalogue)

    def pattern(self, level: str, file: str | None, message: str, *, dcmtk: bool = False) -> EventPattern | None:
        record = Record(1, None, level, None, None, None, file, None, message, dcmtk, message)
        found = self._catalogue.recognise(record, self._catalogue.candidates(message))
        return found[0] if found is not None else None

    def enter(self, share: Share, text: str, level: str, pattern: EventPattern | None) -> None:
        """Counts a message of a level to its share. A warning that only builds the timeline counts as judged."""
        share.total += 1
        if pattern is not None and pattern.event.startswith(CLASS_ONLY):
            share.by_class += 1
        elif pattern is not None and pattern.harmless is not None:
            share.harmless += 1
        elif pattern is not None and (pattern.event in self._judged or (level == "W" and pattern.event in _FOLLOWED)):
            share.judged += 1
        else:
            known = f"  (only the event {pattern.event})" if pattern is not None else ""
            share.missing.append(text + known)


def _messages(source: str, recogniser: _Recogniser, found: Iterable[dict[str, str]], *, dcmtk: bool = False) -> Share:
    share = Share(source)
    for row in found:
        if row.get("generic") or not _has_words(row["text"]):
            continue
        pattern = recogniser.pattern(row["level"], row.get("file"), render(row["text"]), dcmtk=dcmtk)
        recogniser.enter(share, f"{row['id']} {row['level']} {row['text']}", row["level"], pattern)
    return share


def _has_words(text: str) -> bool:
    """Whether more than placeholders is in it; what is not can be anything, and nothing can recognise it."""
    try:
        literal = compile_template(text.replace("{", "{x_").split("\n")[0]).literal
    except ValueError:
        return any(c.isalpha() for c in text.split("{", maxsplit=1)[0])
    return sum(c.isalpha() for c in literal) > 1


def _error_codes(recogniser: _Recogniser, folder: Path | None) -> Share:
    """Each class of error, as the reason of a stop, and before details that nobody has seen yet."""
    share = Share("Orthanc: error codes")
    for row in rows("error_codes", folder):
        if row["code"] == 0:
            continue
        for text in row["texts"]:
            stop = f"Uncaught exception, stopping now: [{text}] (code {row['code']})"
            line = f"E1123 10:00:00.000000 MAIN main.cpp:2159] {stop}\n"
            detail = recogniser.pattern("E", "OrthancException.cpp", f"{text}: details of a later release")
            share.total += 1
            if detail is not None and recogniser.hits(line):
                share.judged += 1
            else:
                share.missing.append(f"{row['code']} {text}")
    return share


def _conditions(recogniser: _Recogniser, folder: Path | None) -> Share:
    share = Share("DCMTK: conditions")
    found = rows("dcmtk_conditions", folder)
    failed: dict[int, list[str]] = {}
    for carrier in {c: None for carriers in _CARRIERS.values() for c in carriers}:
        carried = [i for i, r in enumerate(found) if carrier in _CARRIERS[r["part"]] and r["code"] not in _SILENT]
        text = "".join(
            carrier.format(at=_clock(i), thread=f"T-{i}", n=i, command="connecting", text=render(found[i]["text"]))
            + "\n"
            for i in carried
        )
        held = {hit.line for hit in recogniser.hits(text)}
        for line, i in enumerate(carried, 1):
            if line not in held:
                failed.setdefault(i, []).append(carrier.split("] ")[1].split(":")[0])
    for i, row in enumerate(found):
        if row["code"] in _SILENT or not _has_words(row["text"]):
            continue
        share.total += 1
        if i in failed:
            share.missing.append(f"{row['code']} {row['text']}  (in: {', '.join(failed[i])})")
        else:
            share.judged += 1
    return share


def _clock(n: int) -> str:
    """A time of day, far enough from that of the number before."""
    seconds = n * _SPACING_S % _SECONDS_PER_DAY
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000000"


def _statuses(recogniser: _Recogniser, folder: Path | None) -> Share:
    """Every status of the standard has a meaning; one that fails a C command is judged in the line that shows it."""
    share = Share("DIMSE statuses")
    for row in rows("dimse_status", folder):
        status = int(row["status"], 16)
        category, _ = status_text(status, row["command"])
        share.total += 1
        line = _STATUS_LINES.get(row["command"])
        bad = category is StatusCategory.UNKNOWN
        if not bad and line is not None and category is StatusCategory.FAILURE:
            message = line.format(n=1, status=f"{status:04X}")
            bad = not recogniser.hits(f"E1123 10:00:00.000000 HTTP-1 OrthancException.cpp:62] {message}\n")
        if bad:
            share.missing.append(f"{row['command']} {row['status']} {row['texts'][0]}")
        else:
            share.judged += 1
    return share


def _rejections(recogniser: _Recogniser) -> Share:
    """Every A-ASSOCIATE-RJ, as DCMTK words it (PS3.8 Table 9-21), and the line that tells of it without trace."""
    share = Share("A-ASSOCIATE-RJ")
    for result in _REJECTIONS:
        for source, reasons in _REASONS.items():
            for reason in reasons:
                text = (
                    "T1123 10:00:00.000000 HTTP-1 DicomAssociation.cpp:100] (dicom) Association Rejected:\n"
                    f"Result: {result}, Source: {source}\nReason: {reason}\n"
                    "E1123 10:00:00.000100 HTTP-1 OrthancException.cpp:62] Error in the network protocol: "
                    'DicomAssociation - connecting to AET "P1": DUL Association Rejected\n'
                )
                share.total += 1
                names = {hit.signature.cause for hit in recogniser.hits(text)}
                if any(name.startswith("remote-rejects-") for name in names):
                    share.judged += 1
                else:
                    share.missing.append(f"{result}, {source}, {reason}")
    return share


def floors(folder: Path | None = None) -> dict[str, float]:
    """The least share of each source that this version promises: ``floors.json`` beside the vocabulary."""
    path = (folder or patterns_folder() / "vocabulary") / "floors.json"
    content: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return content
