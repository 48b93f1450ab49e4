"""Which of the missing facts matter for this diagnosis, and how a person gets each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Confidence, Question, Severity, Verdict
from loganalyzer.texts import texts
from loganalyzer.triage.verdict import ends_in_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Diagnosis, Finding, LogSummary
    from loganalyzer.triage.facts import Fact

MOST = 4
#: The signature of what the configuration shows; see loganalyzer.config.remarks.
CONFIGURATION = "configuration"
_LOCAL = (
    "configuration",
    "plugin",
    "python",
    "lua",
    "shared",
    "storage-",
    "database",
    "disk",
    "dicom-port",
    "http-port",
    "version",
)
_HTTP = ("http", "dicomweb", "authorization")
#: What lies with the objects, or with what is negotiated for them: the two sides have found each other.
_OF_OBJECTS = ("corrupt-dicom", "dicom-file", "unsupported-", "client-gives-up", "no-accepted-")
#: Calls by which Orthanc becomes a client of DICOM.
_OF_DICOM = re.compile(r"/(?:modalities|queries)/")
_FULL_LOG = "A log of Orthanc at trace level"
_CONFIGURATION = "The configuration of Orthanc"
_AET_OF_THE_CLIENT = "Which AET does the client use"
_PEERS_PLACE = "On which address and port does the peer listen"
_URL = "Which URL does the viewer call"
_DESTINATION = "To which AET, address and port are the images to go"
_ENTRIES = "What does Orthanc know"
_ROOM = "How much room is on the file systems"
#: No connection was made, so that no log tells more: what counts is where the two are.
_NOT_REACHED = ("connection-refused", "connect-timeout", "host-unreachable", "hostname-unknown")
_NEEDS = {
    "dicom": ("what-fails", "orthanc-role", "topology", "trace-log", "peer-software", "peer-log", "orthanc-version"),
    "network": ("topology", "operating-system"),
    "local": ("whole-log", "configuration", "operating-system", "orthanc-version"),
    "http": ("request", "whole-log", "configuration", "orthanc-version"),
    "unknown": ("what-fails", "trace-log", "peer-software", "orthanc-version"),
}  # fmt: skip
#: What the answer to a question tells as well: a log that begins with the start names the version.
_TOLD_BY = {"orthanc-role": ("what-fails",), "orthanc-version": ("trace-log", "whole-log")}
#: Words by which a finding's own question asks for the same.
_ASKED_BY = {
    "peer-log": "the log of the", "trace-log": "trace", "topology": "address and port",
    "operating-system": "how is orthanc started", "configuration": "configuration",
}  # fmt: skip


def roots(diagnosis: Diagnosis) -> list[Finding]:
    """The causes in the logs that no other explains, the most important first; notices are none."""
    return [
        f for f in diagnosis.findings
        if f.explained_by is None and f.severity is not Severity.NOTICE and f.signature != CONFIGURATION
    ]  # fmt: skip


def remarks_on(cause: Finding, diagnosis: Diagnosis) -> list[Finding]:
    """What the posted configuration shows of a cause."""
    return [
        f for f in diagnosis.findings
        if f.signature == CONFIGURATION and f.cause == cause.cause
        and (not (f.associations and cause.associations) or not {*cause.associations}.isdisjoint(f.associations))
    ]  # fmt: skip


def told(diagnosis: Diagnosis) -> list[Finding]:
    """The causes, each with what the posted configuration shows of it behind it."""
    shown = (one for cause in roots(diagnosis) for one in (cause, *remarks_on(cause, diagnosis)))
    return list({id(one): one for one in shown}.values())


def headline_of(diagnosis: Diagnosis) -> str:
    """What was found, in a sentence; for a diagnosis without one, what its verdict means."""
    return diagnosis.headline or texts()(f"verdict.headline.{diagnosis.verdict}")


def questions_for(diagnosis: Diagnosis, facts: Sequence[Fact]) -> tuple[Question, ...]:
    """What to ask: nothing of what is known, nothing that would decide nothing, at most :data:`MOST`.

    A certain cause needs only what its own finding asks for.
    """
    if diagnosis.verdict in (Verdict.HEALTHY, Verdict.NOT_ORTHANC):
        return ()
    known = {f.name for f in facts}
    if "solved" in known:
        return ()
    causes = roots(diagnosis)
    if causes and remarks_on(causes[0], diagnosis):
        known.add("entries")
    own = [q for q in diagnosis.questions if not _is_known(q, known, facts)]
    if causes and causes[0].confidence is Confidence.CERTAIN:
        wanted = set(causes[0].ask)
        return tuple(q for q in own if q.asks_for in wanted)[:MOST]
    kind = "local" if any(map(ends_in_start, diagnosis.logs)) and not causes else _class_of(causes, facts)
    asked = {q.asks_for: q for q in own if causes and q.asks_for in causes[0].ask}
    missing = _missing(_NEEDS[kind], " ".join(asked).casefold(), known, facts, diagnosis)
    for name in [*(["screenshot"] if "screenshot" in known else []), *missing]:
        question = Question(*(texts()(f"question.{name}.{part}") for part in ("asks_for", "why", "how")))
        asked.setdefault(question.asks_for, question)
    return tuple(asked.values())[:MOST]


def _missing(
    needs: Sequence[str], asked: str, known: set[str], facts: Sequence[Fact], diagnosis: Diagnosis
) -> list[str]:
    """Which of the needs are to be asked for: neither told, nor answered with the others, nor in ``asked`` already."""
    told = {name for name in needs if _told(name, known, facts)}
    if causes := roots(diagnosis):
        told.add("what-fails")
        if causes[0].cause.startswith(_OF_OBJECTS):
            told |= {"orthanc-role", "topology"}
    if any(map(_is_whole, diagnosis.logs)):
        told.add("whole-log")
    if "trace-log" not in told:
        told.add("peer-log")  # it is of use once Orthanc's own log has told all that it can
    told |= {name for name, words in _ASKED_BY.items() if words in asked}
    missing = [name for name in needs if name not in told]
    return [name for name in missing if not set(_TOLD_BY.get(name, ())) & {*missing}]


def _is_whole(log: LogSummary) -> bool:
    """Whether a log goes from a start of Orthanc to the end of that run."""
    return any(run.orthanc_version is not None and run.ended != "open" for run in log.runs)


def _class_of(causes: Sequence[Finding], facts: Sequence[Fact]) -> str:
    cause = causes[0].cause if causes else ""
    if cause.startswith(_NOT_REACHED):
        return "network"
    if cause:
        by_http = cause.startswith(_HTTP) or any(f.name == "request" and not _OF_DICOM.search(f.value) for f in facts)
        return "local" if cause.startswith(_LOCAL) else "http" if by_http else "dicom"
    failing = {f.value for f in facts if f.name == "what-fails"}
    if any(service.startswith(("C-", "storage commitment")) for service in failing):
        return "dicom"
    if "DICOMweb or HTTP" in failing:
        return "http"
    return "local" if failing & {"start-up", "database"} else "unknown"


def _told(name: str, known: set[str], facts: Sequence[Fact]) -> bool:
    if name == "topology":
        return all(
            {f"{side}-{part}", part} & known for side, part in (("peer", "ip"), ("peer", "aet"), ("orthanc", "aet"))
        )
    if name == "trace-log":
        return any(f.name == "log-of-orthanc" and f.value == "trace" for f in facts)
    if name == "peer-log":
        return "log-of-the-peer" in known
    return name in known


def _is_known(question: Question, known: set[str], facts: Sequence[Fact]) -> bool:
    asks = question.asks_for
    place = bool({"peer-ip", "ip"} & known) and bool({"peer-port", "port"} & known)
    aet = bool({"peer-aet", "aet"} & known)
    answered = {
        _CONFIGURATION: "configuration" in known,
        _PEERS_PLACE: place,
        _URL: "request" in known,
        _AET_OF_THE_CLIENT: aet,
        _DESTINATION: place and aet,
        _ENTRIES: "entries" in known,
        _ROOM: "disk-space" in known,
        "The log of the other side": "log-of-the-peer" in known,
        _FULL_LOG: _told("trace-log", known, facts),
    }
    return any(told and asks.startswith(words) for words, told in answered.items())
