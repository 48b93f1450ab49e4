"""Which of the missing facts matter for this diagnosis, and how a person gets each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Confidence, Question, Severity, Verdict
from loganalyzer.texts import texts
from loganalyzer.triage.verdict import ends_in_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.diagnosis.model import Diagnosis, Finding
    from loganalyzer.triage.facts import Fact

MOST = 6
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
_FULL_LOG = "A log of Orthanc at trace level"
_CONFIGURATION = "The configuration of Orthanc"
_AET_OF_THE_CLIENT = "Which AET does the client use"
_URL = "Which URL does the viewer call"
_NEEDS = {
    "dicom": ("what-fails", "orthanc-role", "topology", "peer-software", "orthanc-version", "trace-log", "peer-log"),
    "local": ("orthanc-version", "operating-system", "whole-log", "configuration"),
    "http": ("request", "orthanc-version", "whole-log", "configuration"),
    "unknown": ("what-fails", "orthanc-role", "topology", "orthanc-version", "trace-log",
                "operating-system", "peer-software"),
}  # fmt: skip


def roots(diagnosis: Diagnosis) -> list[Finding]:
    """The causes that no other explains, the most important first; notices are none."""
    return [f for f in diagnosis.findings if f.explained_by is None and f.severity is not Severity.NOTICE]


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
    causes = roots(diagnosis)
    own = [q for q in diagnosis.questions if not _is_known(q, known, facts)]
    if causes and causes[0].confidence is Confidence.CERTAIN:
        wanted = set(causes[0].ask)
        return tuple(q for q in own if q.asks_for in wanted)[:MOST]
    kind = "local" if any(map(ends_in_start, diagnosis.logs)) and not causes else _class_of(causes, facts)
    missing = [name for name in _NEEDS[kind] if not _told(name, known, facts)]
    asked = {q.asks_for: q for q in own if causes and q.asks_for in causes[0].ask}
    screenshots = ["screenshot"] if "screenshot" in known else []
    if any("the log of the" in one.casefold() for one in asked):
        missing = [name for name in missing if name != "peer-log"]
    if any("trace" in one for one in asked):
        missing = [name for name in missing if name != "trace-log"]
    for name in [*screenshots, *missing]:
        question = Question(*(texts()(f"question.{name}.{part}") for part in ("asks_for", "why", "how")))
        asked.setdefault(question.asks_for, question)
    return tuple(asked.values())[:MOST]


def _class_of(causes: Sequence[Finding], facts: Sequence[Fact]) -> str:
    cause = causes[0].cause if causes else ""
    if cause:
        return "local" if cause.startswith(_LOCAL) else "http" if cause.startswith(_HTTP) else "dicom"
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
    if question.asks_for.startswith(_CONFIGURATION):
        return "configuration" in known
    if question.asks_for.startswith(_URL):
        return "request" in known
    if question.asks_for.startswith(_AET_OF_THE_CLIENT):
        return bool({"peer-aet", "aet"} & known)
    if question.asks_for.startswith("The log of the other side"):
        return "log-of-the-peer" in known
    return question.asks_for.startswith(_FULL_LOG) and _told("trace-log", known, facts)
