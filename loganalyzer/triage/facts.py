"""What the Orthanc Book asks people to send (“Troubleshooting DICOM communications”), as far as posts tell it.

Every fact has its quote. Sentences are read with care: a fact that is worded in another way is missed, and asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.dialects.products import ORTHANC, TEXT
from loganalyzer.timeline.association import Direction, Outcome
from loganalyzer.triage.clauses import failing_in, sentences_in, solved_in
from loganalyzer.triage.message import FileKind
from loganalyzer.triage.told import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.timeline.association import Association
    from loganalyzer.triage.commands import DicomCall
    from loganalyzer.triage.configuration import PostedOptions
    from loganalyzer.triage.message import Message
    from loganalyzer.triage.told import Told

_LONGEST_QUOTE = 160
_MOST_PEERS = 4
_TO_ORTHANC = re.compile(
    r"\b(?:send|sends|sending|push|pushes|store|storing|query|querying|connect|find|search|retrieve|retrieving|pull|"
    r"fetch|connecting)\b[^.\n]{0,60}\b(?:to|into|from)\b"
    r"[^.\n]{0,20}\borthanc\b(?! to\b)",
    re.IGNORECASE,
)
_FROM_ORTHANC = re.compile(
    r"\bfrom (?:my |our |the )?orthanc\b[^.\n]{0,40}\bto\b|\borthanc\b[^.\n]{0,30}\b(?:sends?|"
    r"fails? to send|queries|forwards?|"
    r"auto-?rout\w+)\b",
    re.IGNORECASE,
)
_WORKLIST_OF_ORTHANC = re.compile(
    r"\b(?:worklists?|mwl)\b[^.\n]{0,60}\b(?:from|of|in|on)\b[^.\n]{0,20}\borthanc\b", re.IGNORECASE
)
_ROOM = re.compile(
    r"\bdf -[hiT]+\b[^\n]{0,120}\d ?%|\b\d{1,3} ?% (?:used|free|full|belegt|frei|libre|utilisé)",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\borthanc\b[^\n.,;]{0,30}?\bv?(\d{1,2}\.\d{1,2}\.\d{1,2})\b", re.IGNORECASE)
#: Without the name of a product: a number that only Orthanc has had so far.
_OWN_VERSION = re.compile(r"\bversion(?: is| ?[:=])? v?(1\.1[0-3]\.\d{1,2})\b", re.IGNORECASE)
_IMAGE = re.compile(r"\b((?:jodogne|osimis|orthancteam)/orthanc[\w.-]{0,40}:[\w.-]{1,60})")
_SYSTEM = re.compile(
    r"\b(windows(?: server)?(?: ?\d{1,4}(?:\.\d)?)?|ubuntu(?: ?\d\d\.\d\d)?|debian(?: ?\d{1,2})?|"
    r"cent ?os(?: ?\d)?|fedora(?: ?\d\d)?|"
    r"red ?hat|rhel ?\d?|alpine|macos(?: ?\d{1,2})?|mac os x|docker(?:[ -]compose)?|kubernetes|"
    r"openshift|raspberry pi|synology|wsl2?)\b",
    re.IGNORECASE,
)
_PEERS = re.compile(
    r"\b((?:3d )?slicer|horos|osirix|radiant|microdicom|weasis|pynetdicom|dcm4chee|dcm4che|dcmtk|"
    r"fo-dicom|clearcanvas|conquest|"
    r"dicoogle|ohif|sante|mirth|ge healthcare|siemens|philips|toshiba|canon medical|fuji(?:film)?|"
    r"agfa|carestream|hologic|"
    r"samsung|mindray|esaote|hitachi|sectra|synapse|impax|centricity|storescu|findscu|movescu|"
    r"echoscu|gdcmscu|gdt|oviyam|pacsone|"
    r"monai|adit|aycan|medinria|invesalius|k-?pacs|rubo|cornerstone|meddream)\b(?:[ v]{1,2}(\d+(?:\.\d+)+))?",
    re.IGNORECASE,
)
_AET = re.compile(r"\bAE[T ]?(?:[ -]?titles?)?(?:\s+is|\s*[:=])?\s+[\"'“`]?([A-Z0-9_.-]{2,16})\b[\"'”`]?")
_TRIED = re.compile(
    r"\b(?:(?:i|we)(?:'ve| have)?(?: also| already)* (?:tried|checked|restarted|reinstalled|"
    r"disabled|enabled|changed|verified|"
    r"updated|upgraded|added|removed|turned off)|already tried|habe .{0,40} versucht|j'ai essayé|"
    r"tentei|he probado)\b[^.\n]{0,120}",
    re.IGNORECASE,
)
#: What lines of Orthanc say only where it is the server, or the client.
_ROLES = {
    "server": re.compile(r"\b(?:Move|Find|Store|Get)Scp\.cpp|RequestHandler Failed|SCP Failed"),
    "client": re.compile(r"while sending to modality|SCU to AET|DicomUserConnection|DicomAssociation - "),
}
_FAILING = {
    "dicomweb": "DICOMweb or HTTP", "http": "DICOMweb or HTTP", "plugin": "start-up", "configuration": "start-up",
    "shared": "start-up", "dicom-port": "start-up", "worklist": "C-FIND (worklist)", "move": "C-MOVE",
    "storage-commitment":    "storage commitment", "database": "database", "storage": "storage",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a post tells. ``source`` is log, configuration, post or attachment; ``quote`` is its proof."""

    name: str
    value: str
    source: str
    quote: str


def facts_of(messages: Sequence[Message], diagnosis: Diagnosis, told: Told) -> tuple[Fact, ...]:
    """The facts in some messages and their diagnosis; the most trustworthy source of each comes first."""
    prose = prose_of(messages)
    found = [
        *_of_logs(diagnosis),
        *_of_associations(diagnosis),
        *_of_options(told.options),
        *_of_files(messages),
        *_of_calls(told.calls),
        *_of_the_end(messages),
        *_of_prose(prose),
    ]
    if not any(f.name == "what-fails" for f in found):
        found += [Fact("what-fails", call.service, "post", _short(call.text)) for call in told.calls[:1]]
    unique = {(f.name, f.value.casefold()): f for f in reversed(found)}
    return tuple(sorted(unique.values(), key=found.index))


def prose_of(messages: Sequence[Message]) -> str:
    """The subjects and sentences of some messages."""
    return "\n".join(line for m in messages for line in (m.subject, *sentences_in(m.prose)))


def _of_logs(diagnosis: Diagnosis) -> Iterator[Fact]:
    for log in diagnosis.logs:
        for run in log.runs:
            if run.orthanc_version:
                yield Fact("orthanc-version", run.orthanc_version, "log", _line(run.fact_lines, "version"))
            if run.aet:
                yield Fact("orthanc-aet", run.aet, "log", _line(run.fact_lines, "listening"))
            if run.dicom_port:
                yield Fact("orthanc-port", str(run.dicom_port), "log", _line(run.fact_lines, "listening"))
        if log.product not in ("orthanc", "unknown", "text"):
            yield Fact("peer-software", log.product, "log", log.name)
            yield Fact("log-of-the-peer", log.product, "log", log.name)
        elif log.product == "orthanc" and log.level != "unknown":
            yield Fact("log-of-orthanc", log.level, "log", log.name)


def _line(lines: object, name: str) -> str:
    ref = lines.get(name) if isinstance(lines, dict) else None
    return _short(ref.text) if ref is not None else ""


def _of_both_sides(association: Association, quote: str) -> Iterator[Fact]:
    """What a line of Orthanc tells of the two; a client that calls a wrong AET says nothing of Orthanc's."""
    incoming = association.direction is Direction.INCOMING
    called = association.called_aet if association.outcome is not Outcome.REJECTED else None
    told = {
        "peer-aet": association.peer_aet,
        "peer-ip": association.peer_ip,
        "peer-port": None if incoming else association.peer_port,
        "peer-software": association.peer_implementation,
        "orthanc-aet": called if incoming else association.calling_aet,
    }
    yield from (Fact(name, str(value), "log", quote) for name, value in told.items() if value)


def _of_associations(diagnosis: Diagnosis) -> Iterator[Fact]:
    failing = [a for a in diagnosis.associations if a.failed]
    for association in (failing or list(diagnosis.associations))[:_MOST_PEERS]:
        quote = _short(association.lines[0].text) if association.lines else ""
        own = diagnosis.logs[association.log].product in (ORTHANC, TEXT)
        if association.failed or not failing:
            role = "server" if (association.direction is Direction.INCOMING) == own else "client"
            yield Fact("orthanc-role", role, "log", quote)
        bad = [o.command for o in association.operations if o.ok is False]
        yield from (Fact("what-fails", command, "log", quote) for command in bad)
        if own:
            yield from _of_both_sides(association, quote)
    for finding in diagnosis.findings:
        if finding.values.get("uri") and finding.values.get("method"):
            yield Fact("request", f"{finding.values['method']} {finding.values['uri']}", "log", "")
        if finding.explained_by is None and finding.severity != "notice":
            service = next((s for start, s in _FAILING.items() if finding.cause.startswith(start)), None)
            service = service or next(
                (c for c in ("C-STORE", "C-FIND", "C-MOVE", "C-GET", "C-ECHO") if c in finding.title), None
            )
            quote = finding.evidence[0].text if finding.evidence else ""
            service = service or ("C-STORE" if "while sending to modality" in quote else None)
            roles = (role for role, words in _ROLES.items() if words.search(quote))
            yield from (Fact("orthanc-role", role, "log", _short(quote)) for role in roles)
            if service:
                yield Fact("what-fails", service, "log", _short(quote))
            if finding.cause.startswith(
                ("remote-rejects", "connection-refused", "connect-timeout", "host", "unknown-modality")
            ):
                yield Fact("orthanc-role", "client", "log", _short(quote))
            if finding.cause.startswith(("called-aet", "calling-aet", "modality-", "scp-", "client-", "worklist")):
                yield Fact("orthanc-role", "server", "log", _short(quote))


def _of_options(options: PostedOptions) -> Iterator[Fact]:
    if options.found:
        yield Fact("configuration", "posted", "configuration", ", ".join([*options.options, *options.modalities][:6]))
    for option, name in (("DicomAet", "orthanc-aet"), ("DicomPort", "orthanc-port")):
        if value := options.value(option):
            yield Fact(name, value, "configuration", f'"{option}" : {value}')
    for modality in list(options.modalities.values())[:_MOST_PEERS]:
        told = {"peer-aet": modality.aet, "peer-ip": modality.host, "peer-port": modality.port}
        quote = _short(f"{modality.name}: {', '.join(str(value) for value in told.values())}")
        yield from (Fact(name, str(value), "configuration", quote) for name, value in told.items() if value)


def _of_calls(calls: Sequence[DicomCall]) -> Iterator[Fact]:
    """What command lines of DICOM clients tell; which of the two sides is Orthanc, they do not."""
    for call in calls[:_MOST_PEERS]:
        told = (("aet", call.calling), ("aet", call.called), ("ip", call.host), ("port", call.port))
        yield from (Fact(name, value, "post", _short(call.text)) for name, value in told if value)


def _of_the_end(messages: Sequence[Message]) -> Iterator[Fact]:
    """Whether who began the thread says at its end that it works."""
    if len(messages) > 1 and messages[-1].author and messages[-1].author == messages[0].author:
        clause = solved_in("\n".join(sentences_in(messages[-1].prose)))
        if clause is not None:
            yield Fact("solved", "yes", "post", _short(clause))


def _of_files(messages: Iterable[Message]) -> Iterator[Fact]:
    names = {FileKind.DICOM: "sample-file", FileKind.PICTURE: "screenshot", FileKind.CONFIGURATION: "configuration"}
    for message in messages:
        for file in message.files:
            if file.kind in names:
                yield Fact(names[file.kind], file.name, "attachment", file.name)


def _of_prose(prose: str) -> Iterator[Fact]:
    single = (
        ("orthanc-version", _VERSION), ("orthanc-version", _OWN_VERSION), ("orthanc-version", _IMAGE),
        ("operating-system", _SYSTEM), ("peer-software", _PEERS),
        ("aet", _AET), ("disk-space", _ROOM),
    )  # fmt: skip
    for name, expression in single:
        for found in list(expression.finditer(prose))[:_MOST_PEERS]:
            value = " ".join(g for g in found.groups() if g) or _short(found[0])
            yield Fact(name, value, "post", _around(prose, found))
    for found in list(ADDRESS.finditer(prose))[:_MOST_PEERS]:
        yield Fact("ip", found[1], "post", _around(prose, found))
        if found[2] or found[3]:
            yield Fact("port", found[2] or found[3], "post", _around(prose, found))
    for found in list(_TRIED.finditer(prose))[:_MOST_PEERS]:
        yield Fact("tried", _short(found[0]), "post", _around(prose, found))
    for role, expression in (
        ("server", _WORKLIST_OF_ORTHANC), ("client", _FROM_ORTHANC), ("server", _TO_ORTHANC),
    ):  # fmt: skip
        role_found = expression.search(prose)
        if role_found:
            yield Fact("orthanc-role", role, "post", _around(prose, role_found))
            break
    yield from (Fact("what-fails", service, "post", _short(clause)) for service, clause in failing_in(prose))


def _around(text: str, found: re.Match[str]) -> str:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return _short(text[max(start, found.start() - 60) : end if end >= 0 else None])


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_QUOTE else plain[: _LONGEST_QUOTE - 1] + "…"
