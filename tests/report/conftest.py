"""Fixtures: a diagnosis made out of a recorded run and its measured truth, so that renderers are tested on real lines.

The truth (``expected.json``) was decoded from the wire; the lines come from the recorded ``orthanc.log`` beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from loganalyzer.diagnosis.model import (
    Action,
    ChecklistStep,
    Confidence,
    Diagnosis,
    Evidence,
    Finding,
    LogSummary,
    NotEvaluated,
    Question,
    Run,
    Severity,
    StepState,
    Verdict,
)
from loganalyzer.sources.block import Problem
from loganalyzer.timeline.association import (
    Association,
    Direction,
    LineRef,
    Operation,
    Outcome,
    PresentationContext,
    Reject,
    Side,
)

DATA = Path(__file__).parents[2] / "sample_logs"
CASES = (
    "healthy-store-in-1.10.1-trace",
    "busy-hundreds-1.12.7-verbose",
    "move-destination-rejects-1.12.7-trace",
    "remote-rejects-called-aet-1.12.7-trace",
    "unsupported-transfer-syntax-in-1.12.7-trace",
)
YEAR = 2026
_CONTEXT = re.compile(r"  Context ID: +(\d+) \((.*)\)$")


HOSTILE = {
    "script": "</script><script>window.pwned=1</script>",
    "image": '"><img src=x onerror=window.pwned=1>',
    "attribute": "' onmouseover=window.pwned=1 x='",
    "javascript": "[x](javascript:window.pwned=1)",
    "comment": "<!--<script>",
    "template": "{{ 7*7 }}{% raw %}${window.pwned=1}",
    "format": "{0}{x!r}%s%n$(id)`id`",
    "bidi": "\u202eLIAM\u2066TXT\u200f\u061c",
    "nul": "A\x00B\x0bC\x7f\x85",
    "surrogate": "\udce9\ud83dX\udc00",
    "ansi": "\x1b[2J\x1b]0;pwned\x07\x1b]8;;http://192.0.2.1/\x07\x9b31m",
    "lines": "A\r\nW1123 10:00:00.000000 forged\u2028B\u2029C",
    "markdown": "``` \n# x\n| a | b |\n- [ ] *b* _i_ @all #1 <details> &lt; ![i](http://192.0.2.1/x) www.example.org",
    "mathtext": "$\\frac{1}{0}$ \\input x",
    "prefix": "javascript:window.pwned=1",
    "proto": "__proto__",
    "empty": "",
    "blank": "   ",
    "wide": "患者" * 30,
    "combining": "e" + "\u0301" * 400,
    "megabyte": "<b>" * 350_000,
}
"""What a log may bring in any of its texts. Every renderer has to show it as harmless text."""


def poisoned(value: Any, text: str) -> Any:
    """Return ``value`` (a diagnosis or a part of one) with ``text`` in the place of every text in it."""
    if isinstance(value, StrEnum) or value is None:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(poisoned(member, text) for member in value)
    if isinstance(value, dict):
        return {poisoned(key, text): poisoned(member, text) for key, member in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: poisoned(getattr(value, field.name), text) for field in fields(value)})
    return value


@pytest.fixture(params=HOSTILE, scope="session")
def hostile(request: pytest.FixtureRequest) -> Diagnosis:
    """A diagnosis with two associations and a finding, in which every text is hostile."""
    diagnosis: Diagnosis = poisoned(recorded("unsupported-transfer-syntax-in-1.12.7-trace"), HOSTILE[request.param])
    ids = tuple(association.id for association in diagnosis.associations)
    findings = tuple(replace(finding, associations=ids) for finding in diagnosis.findings)
    return replace(diagnosis, findings=findings, problems=(Problem(ids[0], ids[0]),), unknown_messages=3)


@pytest.fixture(params=CASES, scope="session")
def diagnosis(request: pytest.FixtureRequest) -> Diagnosis:
    """Each recorded run in turn."""
    return recorded(str(request.param))


@pytest.fixture(scope="session")
def one_diagnosis() -> Diagnosis:
    """One recorded run with two associations, contexts, and a finding."""
    return recorded("unsupported-transfer-syntax-in-1.12.7-trace")


@pytest.fixture(scope="session")
def busy_diagnosis() -> Diagnosis:
    """One recorded run with some hundred associations, of which a tenth failed in many ways."""
    return recorded("busy-hundreds-1.12.7-verbose")


def recorded(case: str, folder: Path = DATA) -> Diagnosis:
    """Return the diagnosis of the recorded run ``case``, as its truth has it."""
    truth: dict[str, Any] = json.loads((folder / case / "expected.json").read_text(encoding="utf-8"))
    raw = (folder / case / "orthanc.log").read_bytes()
    lines = raw.decode("utf-8", "surrogateescape").split("\n")
    associations = tuple(_associations(truth, lines))
    failed = [a for a, t in zip(associations, truth["associations"], strict=True) if t.get("ok") is False]
    findings = tuple(_findings(truth, associations))
    verdict = Verdict.FAILURE if failed else Verdict.HEALTHY
    headline = (
        f"{len(failed)} of {len(associations)} associations failed. Most likely cause: {truth['description']}"
        if failed
        else f"Nothing failed in {len(associations)} associations."
    )
    return Diagnosis(
        verdict=verdict,
        headline=headline,
        complete=True,
        problems=(),
        logs=(_log(truth, raw, lines),),
        findings=findings,
        not_evaluated=(
            NotEvaluated("dimse-status-sent", "a log of the peer: Orthanc never logs the statuses it sends"),
        ),
        associations=associations,
        checklist=_checklist(truth, lines[0]),
        questions=(Question("the log of the peer", "It says what the peer saw.", "Its service menu, or its vendor."),),
        checked=("disk-full", "database-locked", "lua-script-error"),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.strptime(f"{YEAR}{text}", "%Y%m%d %H:%M:%S.%f") if text else None  # noqa: DTZ007


def _log(truth: dict[str, Any], raw: bytes, lines: list[str]) -> LogSummary:
    times = [_time(line[1:21]) for line in lines if re.match(r"[EWIT]\d{4} ", line)]
    run = Run(1, 1, truth["orthanc_version"], truth["dcmtk_version"], truth["log_level"], truth["orthanc_aet"], 4242)
    return LogSummary(
        name="orthanc.log",
        wrapper="none",
        encoding="utf-8",
        orthanc_version=truth["orthanc_version"],
        level=truth["log_level"],
        lines=len(lines) - 1,
        bytes=len(raw),
        understood_lines=len(lines) - 3,
        first_time=times[0],
        last_time=times[-1],
        year_from="file-time",
        runs=(run,),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _outcome(truth: dict[str, Any]) -> Outcome:
    if truth["outcome"] == "rejected":
        return Outcome.REJECTED
    if truth["outcome"] != "accepted":
        return Outcome.NOT_ESTABLISHED
    return {"released": Outcome.RELEASED, "aborted": Outcome.ABORTED}.get(truth["ended"], Outcome.LOST)


def _side(name: str | None) -> Side | None:
    return Side(name) if name in ("orthanc", "peer") else None


def _associations(truth: dict[str, Any], lines: list[str]) -> list[Association]:
    made: list[Association] = []
    blocks = _blocks(lines)
    for one in truth["associations"]:
        start = _time(one.get("start_local"))
        end = _end(one, start, blocks)
        own = _own_lines(blocks, start, end)
        operations = tuple(_operations(one, own, start))
        moving = [a.id for a in made if any(o.move_destination == one["called_aet"] for o in a.operations)]
        outgoing = one["direction"] == "outgoing"
        reject = one.get("reject")
        made.append(
            Association(
                id=f"A{len(made) + 1}",
                log=0,
                run=1,
                direction=Direction(one["direction"]),
                calling_aet=one["calling_aet"],
                called_aet=one["called_aet"],
                peer_ip=one["peer_ip"],
                peer_port=one["peer_port"] if outgoing else None,
                start=start,
                end=end,
                start_line=own[0].line if own else None,
                end_line=own[-1].line if own else None,
                thread="DICOM-0",
                tls=one.get("encrypted"),
                outcome=_outcome(one),
                ended_by=_side(one.get("ended_by")),
                reject=_reject(reject) if reject else None,
                contexts_proposed=one.get("contexts_proposed"),
                contexts_accepted=one.get("contexts_accepted"),
                contexts=_contexts(own, lines),
                operations=operations,
                caused_by=moving[-1] if moving and outgoing else None,
                peer_implementation=one.get("requestor_implementation"),
                max_pdu=(one.get("max_pdu") or {}).get("peer"),
                established=start,
                lines=tuple(line for line in own if not line.text.startswith(" "))[:40],
            )
        )
    return made


def _reject(truth: dict[str, Any]) -> Reject:
    text = f"{truth['result_name']}, {truth['source_name']}: {truth['reason_name']}"
    return Reject(Side(truth["by"]), truth["result"], truth["source"], truth["reason"], text)


def _blocks(lines: list[str]) -> list[tuple[datetime, list[LineRef]]]:
    """Cut the log before every stamped line; Orthanc's own chatter about its database is left out."""
    blocks: list[tuple[datetime, list[LineRef]]] = []
    for number, text in enumerate(lines, 1):
        if re.match(r"[EWIT]\d{4} ", text):
            now = _time(text[1:21])
            assert now
            blocks.append((now, []))
        if blocks and "(sqlite)" not in text and not text.startswith(("D:", "I:")):
            note = "the peer asks for an association" if "Received from AET" in text else ""
            blocks[-1][1].append(LineRef(number, text, note))
    return blocks


def _end(
    truth: dict[str, Any], start: datetime | None, blocks: list[tuple[datetime, list[LineRef]]]
) -> datetime | None:
    """Time of the line that says goodbye to this peer; the recorded truth has no end of its own."""
    goodbye = re.compile(rf"(Finishing association|Aborted|Released) with AET {re.escape(truth['calling_aet'] or '')} ")
    for now, block in blocks:
        if start and now >= start and any(goodbye.search(line.text) for line in block):
            return now
    return start + timedelta(milliseconds=40) if start else None


def _own_lines(
    blocks: list[tuple[datetime, list[LineRef]]], start: datetime | None, end: datetime | None
) -> list[LineRef]:
    """Lines of the time of the association: good enough for a rendering, wrong where associations overlap."""
    if start is None or end is None:
        return []
    return [line for now, block in blocks if start <= now <= end + timedelta(milliseconds=1) for line in block]


def _operations(truth: dict[str, Any], own: list[LineRef], begin: datetime | None) -> list[Operation]:
    made: list[Operation] = []
    for number, one in enumerate(truth["operations"]):
        status = one.get("status")
        operation = Operation(
            command=one["command"],
            requested_by=Side(one["requested_by"]),
            status=status if str(status).startswith("0x") else None,
            ok=None if status is None else status == "0x0000",
            sop_class=one.get("sop_class"),
            start=begin + timedelta(milliseconds=2 + number) if begin else None,
            first_line=own[len(own) // 2].line if own else None,
            move_destination=one.get("move_destination"),
            suboperations=tuple((one.get("suboperations") or {}).items()),
        )
        before = made[-1] if made else None
        if before and (before.command, before.status, before.ok) == (operation.command, operation.status, operation.ok):
            made[-1] = replace(before, count=before.count + 1, end=operation.start)
        else:
            made.append(operation)
    return made


def _contexts(own: list[LineRef], lines: list[str]) -> tuple[PresentationContext, ...]:
    found: dict[int, PresentationContext] = {}
    for line in own:
        match = _CONTEXT.match(line.text)
        if not match:
            continue
        block = lines[line.line : line.line + 12]
        syntaxes = tuple(text.strip(" =") for text in block if text.startswith("      ="))
        accepted = [text.partition("Accepted Transfer Syntax: =")[2] for text in block[:4] if "Accepted Tr" in text]
        word = match[2].lower().replace(" ", "-")
        number = int(match[1])
        found[number] = PresentationContext(
            id=number,
            abstract_syntax=block[0].partition(": ")[2].lstrip("="),
            transfer_syntaxes=found[number].transfer_syntaxes if number in found else syntaxes[:4],
            result=None if word == "proposed" else word,
            accepted_transfer_syntax=accepted[0] if accepted else None,
        )
    return tuple(found.values())


def _findings(truth: dict[str, Any], associations: tuple[Association, ...]) -> list[Finding]:
    causes: dict[str, list[str]] = {}
    for one, association in zip(truth["associations"], associations, strict=True):
        if one.get("cause") and one.get("ok") is False:
            causes.setdefault(one["cause"], []).append(association.id)
    made = []
    for rank, (cause, ids) in enumerate(sorted(causes.items(), key=lambda item: -len(item[1]))):
        hits = [a for a in associations if a.id in ids]
        evidence = tuple(
            Evidence(0, key["line"], "primary" if n == 0 else "secondary", key["text"], "this is what failed")
            for n, key in enumerate(truth["key_lines"][rank:] or truth["key_lines"])
        )
        made.append(
            Finding(
                code=f"LA{201 + rank}",
                signature=cause,
                cause=cause,
                title=f"{hits[0].peer_aet}: {cause.replace('-', ' ')}",
                severity=Severity.ERROR,
                confidence=Confidence.CERTAIN if rank == 0 else Confidence.LIKELY,
                explained_by=None,
                count=len(ids),
                first_time=hits[0].start,
                last_time=hits[-1].start,
                values={"calling_aet": hits[0].calling_aet or "", "peer_ip": hits[0].peer_ip or ""},
                evidence=evidence,
                associations=tuple(ids),
                actions=(
                    Action(
                        "orthanc",
                        truth["fix_option"] or truth["description"],
                        option="AcceptedTransferSyntaxes",
                        suggested='"AcceptedTransferSyntaxes" : [ "1.2.840.10008.1.*" ]',
                        risk="Orthanc stores compressed images, which some viewers cannot show.",
                        verify="storescu -xy -aec ORTHANC 127.0.0.1 4242 image.dcm",
                    ),
                    Action("peer", "Let the sender also offer Explicit VR Little Endian."),
                ),
                references=("https://orthanc.uclouvain.be/book/dicom-guide.html", "DICOM PS3.8 9.3.3.2"),
                what=truth["description"],
                why="A presentation context is accepted only when one of its transfer syntaxes is.",
                ask=("Which transfer syntaxes can the sender offer?",),
                fingerprint=hashlib.sha256(cause.encode()).hexdigest()[:6],
            )
        )
    return made


def _checklist(truth: dict[str, Any], first_line: str) -> tuple[ChecklistStep, ...]:
    version = f"The log names Orthanc {truth['orthanc_version']}."
    return (
        ChecklistStep("recent-version", StepState.CONFIRMED, version, "curl http://localhost:8042/system"),
        ChecklistStep("ping", StepState.CONFIRMED, "The peer's association request arrived.", "ping 192.0.2.7"),
        ChecklistStep(
            "firewall", StepState.UNKNOWN, "The log does not show it.", "Test-NetConnection 192.0.2.7 -Port 104"
        ),
        ChecklistStep(
            "transfer-syntaxes",
            StepState.CONTRADICTED,
            "A context was refused.",
            "see orthanc.json",
            (Evidence(0, 1, "primary", first_line, "version"),),
        ),
    )
