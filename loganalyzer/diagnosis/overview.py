"""What the logs show as a whole: the fields that the checklist's rules and the questions ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Confidence, Evidence
from loganalyzer.texts import texts
from loganalyzer.timeline.association import Association, Direction, Outcome, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loganalyzer.diagnosis.model import Finding, LogSummary, Run, Verdict
    from loganalyzer.timeline.association import Operation

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
    logs: Iterable[LogSummary], associations: Sequence[Association], findings: Iterable[Finding], verdict: Verdict
) -> Overview:
    """Counts and collects; one pass over each."""
    overview = Overview()
    logs, findings = list(logs), list(findings)
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


def _of_associations(overview: Overview, associations: Iterable[Association]) -> None:
    values, proofs = overview.values, overview.proofs
    values |= dict.fromkeys((*_COUNTED, "contexts_answered", "contexts_refused"), 0)
    own = values.get("orthanc_aet")
    makers: dict[str, None] = {}
    peers: dict[str, None] = {}
    for association in associations:
        for name in _counted(association, own):
            values[name] += 1
            _prove(proofs, name, association)
        if association.contexts_accepted is not None:
            results = [c.result for c in association.contexts if c.result is not None]
            values["contexts_answered"] += len(results)
            values["contexts_refused"] += len(results) - results.count("accepted")
        if association.manufacturer:
            makers[association.manufacturer] = None
        if association.peer_aet and len(peers) <= _MAX_PEERS:
            peers[_peer(association.peer_aet, association.peer_ip, association.peer_port)] = None
    for either, names in (("echo", ("echo_in", "echo_out")), ("moves", ("moves_ok",))):
        proofs[either] = [e for n in names for e in proofs.get(n, [])]
    if makers:
        values["manufacturer"] = next((m for m in makers if m != "Generic"), "Generic")
    values["peers"] = ", ".join([*peers][:_MAX_PEERS]) + (" …" if len(peers) > _MAX_PEERS else "")
    t = texts()
    values["paper"] = t(
        "checklist.paper",
        aet=values.get("orthanc_aet", t("checklist.paper_aet")),
        port=values.get("dicom_port", t("checklist.paper_port")),
        peers=values["peers"] or t("checklist.paper_peers"),
    )


def _peer(aet: str, ip: str | None, port: int | None) -> str:
    t = texts()
    address = (ip or t("checklist.paper_address")) + (f":{port}" if port else "")
    return t("checklist.paper_peer", aet=aet, address=address)


def _prove(proofs: dict[str, list[Evidence]], name: str, association: Association) -> None:
    found = proofs.setdefault(name, [])
    if len(found) < 2 and association.lines:
        ref = next(
            (r for r in association.lines if r.note in ("acknowledged", "accepted contexts")), association.lines[-1]
        )
        found.append(Evidence(association.log, ref.line, "primary", ref.text, ref.note))


_COUNTED = (
    "incoming", "established", "incoming_established", "outgoing_established", "served", "foreign_called", "echo_in",
    "echo_out", "echo_failed", "moves_ok",
)  # fmt: skip


def _counted(a: Association, own: str | None) -> Iterator[str]:
    """Of what is counted, that which holds for an association; ``own`` is the AET of Orthanc."""
    incoming = a.direction is Direction.INCOMING
    if incoming:
        yield "incoming"
    if a.established is not None:
        yield "established"
        yield "incoming_established" if incoming else "outgoing_established"
        if incoming and own is not None and a.called_aet not in (None, own):
            yield "foreign_called"
    yield from {name: None for o in a.operations for name in _counted_of(o, a, incoming=incoming)}


def _counted_of(o: Operation, a: Association, *, incoming: bool) -> Iterator[str]:
    if o.ok is False:
        if o.command == "C-ECHO":
            yield "echo_failed"
        return
    if incoming and o.requested_by is Side.PEER and o.command in _NEEDS_ENTRY:
        yield "served"
    if a.outcome is Outcome.RELEASED:
        if o.command == "C-ECHO":
            yield "echo_in" if o.requested_by is Side.PEER else "echo_out"
        elif o.command == "C-MOVE":
            yield "moves_ok"
