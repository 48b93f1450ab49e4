"""What the logs show as a whole: the fields that the checklist's rules and the questions ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Confidence, Evidence
from loganalyzer.texts import texts
from loganalyzer.timeline.association import Association, Direction, Outcome, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loganalyzer.diagnosis.model import Finding, LogSummary, Run, Verdict

_NEEDS_ENTRY = {"C-FIND", "C-MOVE", "C-GET"}
_MAX_PEERS = 4


@dataclass(slots=True)
class Overview:
    """``values`` are the fields, ``proofs`` a few lines for some of them."""

    values: dict[str, Any] = field(default_factory=dict)
    proofs: dict[str, list[Evidence]] = field(default_factory=dict)

    def lookup(self, name: str) -> Any:  # noqa: ANN401 - fields of any type
        """The value of a field; None where the logs do not show it."""
        return self.values.get(name)

    def texts(self) -> dict[str, str]:
        """The values that texts may use."""
        return {k: str(v) for k, v in self.values.items() if isinstance(v, str | int) and v != ""}


def overview_of(
    logs: Iterable[LogSummary], associations: Iterable[Association], findings: Iterable[Finding], verdict: Verdict
) -> Overview:
    """Counts and collects; one pass over each."""
    overview = Overview()
    logs, findings, associations = list(logs), list(findings), list(associations)
    runs = [r for log in logs for r in log.runs]
    _of_runs(overview, logs, runs)
    overview.values |= {
        "verdict": str(verdict),
        "causes": sorted({f.cause for f in findings}),
        "certain": sum(f.explained_by is None and f.confidence is Confidence.CERTAIN for f in findings),
        "associations": len(associations),
    }
    _of_associations(overview, associations)
    return overview


def _of_runs(overview: Overview, logs: list[LogSummary], runs: list[Run]) -> None:
    levels = {log.level for log in logs}
    values = overview.values
    values["level"] = levels.pop() if len(levels) == 1 else "mixed"
    for i, log in enumerate(logs):
        for run in log.runs:
            for name, ref in run.fact_lines.items():
                overview.proofs.setdefault(name, []).append(Evidence(i, ref.line, "primary", ref.text, ref.note))
    for run in runs:
        facts = {
            "version": run.orthanc_version,
            "orthanc_aet": run.aet,
            "dicom_port": run.dicom_port,
            "tls": run.facts.get("dicom_tls"),
            "plugins": run.facts.get("plugins"),
            "close_delay": run.facts.get("close_delay"),
        }
        values |= {k: v for k, v in facts.items() if v is not None}


def _of_associations(overview: Overview, associations: list[Association]) -> None:
    counted: dict[str, Callable[[Association], bool]] = {
        "incoming": lambda a: a.direction is Direction.INCOMING,
        "established": lambda a: a.established is not None,
        "incoming_established": lambda a: a.direction is Direction.INCOMING and a.established is not None,
        "outgoing_established": lambda a: a.direction is Direction.OUTGOING and a.established is not None,
        "served": _served,
        "foreign_called": lambda a: _calls_another(a, overview.values.get("orthanc_aet")),
        "echo_in": lambda a: _echoed(a, Side.PEER),
        "echo_out": lambda a: _echoed(a, Side.ORTHANC),
        "echo_failed": lambda a: any(o.command == "C-ECHO" and o.ok is False for o in a.operations),
        "moves_ok": lambda a: (
            any(o.command == "C-MOVE" and o.ok is not False for o in a.operations) and a.outcome is Outcome.RELEASED
        ),
    }
    values, proofs = overview.values, overview.proofs
    values |= dict.fromkeys(counted, 0)
    for association in associations:
        for name, holds in counted.items():
            if holds(association):
                values[name] += 1
                _prove(proofs, name, association)
    for either, names in (("echo", ("echo_in", "echo_out")), ("moves", ("moves_ok",))):
        proofs[either] = [e for n in names for e in proofs.get(n, [])]
    answered = [c for a in associations if a.contexts_accepted is not None for c in a.contexts if c.result is not None]
    values["contexts_answered"] = len(answered)
    values["contexts_refused"] = sum(c.result != "accepted" for c in answered)
    makers = [a.manufacturer for a in associations if a.manufacturer]
    if makers:
        values["manufacturer"] = next((m for m in makers if m != "Generic"), "Generic")
    peers = list(dict.fromkeys(_peer(a) for a in associations if a.peer_aet))
    values["peers"] = ", ".join(peers[:_MAX_PEERS]) + (" …" if len(peers) > _MAX_PEERS else "")
    t = texts()
    values["paper"] = t(
        "checklist.paper",
        aet=values.get("orthanc_aet", t("checklist.paper_aet")),
        port=values.get("dicom_port", t("checklist.paper_port")),
        peers=values["peers"] or t("checklist.paper_peers"),
    )


def _peer(a: Association) -> str:
    t = texts()
    address = (a.peer_ip or t("checklist.paper_address")) + (f":{a.peer_port}" if a.peer_port else "")
    return t("checklist.paper_peer", aet=a.peer_aet, address=address)


def _prove(proofs: dict[str, list[Evidence]], name: str, association: Association) -> None:
    found = proofs.setdefault(name, [])
    if len(found) < 2 and association.lines:
        ref = next(
            (r for r in association.lines if r.note in ("acknowledged", "accepted contexts")), association.lines[-1]
        )
        found.append(Evidence(association.log, ref.line, "primary", ref.text, ref.note))


def _served(a: Association) -> bool:
    return a.direction is Direction.INCOMING and any(
        o.command in _NEEDS_ENTRY and o.requested_by is Side.PEER and o.ok is not False for o in a.operations
    )


def _calls_another(a: Association, own: str | None) -> bool:
    return (
        own is not None
        and a.direction is Direction.INCOMING
        and a.established is not None
        and a.called_aet not in (None, own)
    )


def _echoed(a: Association, by: Side) -> bool:
    return a.outcome is Outcome.RELEASED and any(
        o.command == "C-ECHO" and o.requested_by is by and o.ok is not False for o in a.operations
    )
