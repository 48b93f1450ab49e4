"""Orthanc's own AET, port and TLS in the configuration against those in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.config.remarks import Fix, pasted, remark, shortened, worded
from loganalyzer.diagnosis.model import Confidence, Severity
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.document import Configuration, Node
    from loganalyzer.config.log_facts import LogFacts
    from loganalyzer.diagnosis.model import Finding

_DIFFERS = "configuration-bad-value"


def check_own_side(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    """Where the configuration and the log say different things of Orthanc itself, and called AETs it refused."""
    aet, port = configuration.options.get("DicomAet"), configuration.options.get("DicomPort")
    aets = {r.aet for r in facts.runs if r.aet is not None}
    if aet is not None and aet.text and aets and aet.text not in aets:
        yield _stale("LA574", aet, aet.text, sorted(aets), "orthanc_aet")
    ports = {r.dicom_port for r in facts.runs if r.dicom_port is not None}
    if port is not None and port.number is not None and ports and port.number not in ports:
        yield _stale("LA575", port, str(port.number), sorted(str(p) for p in ports), "dicom_port")
    yield from _called_aets(configuration, facts)
    yield from _tls(configuration, facts)
    yield from _disabled(configuration, facts)


def _stale(code: str, node: Node, configured: str, seen: list[str], value: str) -> Finding:
    said = ", ".join(shortened(s) for s in seen)
    return remark(
        code, _DIFFERS, {"option": node.name, "configured": shortened(configured), "said": said},
        nodes=(node,), severity=Severity.NOTICE if node.live else Severity.WARNING,
        values={"option": node.name, value: said}, compare=(node.name, configured, said),
        variant="live" if node.live else "", fix=None if node.live else Fix(f"Orthanc --verbose {node.file}"),
    )  # fmt: skip


def _called_aets(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    aet, check = configuration.options.get("DicomAet"), configuration.options.get("DicomCheckCalledAet")
    refusals = facts.of_cause("called-aet-mismatch")
    checks = configuration.flag("DicomCheckCalledAet", default=False)
    for association, proof in facts.concerned(refusals, Direction.INCOMING):
        called = association.called_aet
        if checks is False:
            yield remark(
                "LA576", _DIFFERS,
                nodes=tuple(n for n in (check,) if n is not None), values={"option": "DicomCheckCalledAet"},
            )  # fmt: skip
            return
        if aet is None or not aet.text or called is None or called == aet.text:
            continue
        yield remark(
            "LA573", "called-aet-mismatch", {"called": shortened(called), "configured": shortened(aet.text)},
            variant="near" if OPERATORS["near"](called, aet.text) else "", compare=("DicomAet", aet.text, called),
            nodes=(aet, *((check,) if check is not None else ())), severity=Severity.WARNING,
            confidence=Confidence.CERTAIN, values={"option": "DicomAet", "called_aet": called, "orthanc_aet": aet.text},
            proven_by=proof,
            fix=Fix(
                pasted("DicomAet", called), ({"op": "replace", "path": "/DicomAet", "value": called},), "DicomAet"
            ),
        )  # fmt: skip


def _tls(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    node = configuration.options.get("DicomTlsEnabled")
    enabled = configuration.flag("DicomTlsEnabled", default=False)
    said = {r.facts.get("dicom_tls") for r in facts.runs} & {"on", "off"}
    nodes = (node,) if node is not None else ()
    if enabled is not None and said and ("on" if enabled else "off") not in said:
        yield remark(
            "LA577", "tls-configuration", {"state": "on" if enabled else "off"},
            nodes=nodes, severity=Severity.WARNING, values={"option": "DicomTlsEnabled"},
        )  # fmt: skip
        return
    wanted = {True: "tls-plain-client-to-tls-server", False: "tls-client-to-plain-server"}
    refusals = facts.of_cause(wanted[enabled]) if enabled is not None else []
    for _, proof in list(facts.concerned(refusals, Direction.INCOMING))[:1]:
        peer = worded("LA581", "plain", {}) if enabled else "TLS"
        yield remark(
            "LA581", wanted[bool(enabled)], {"opposite": peer, "state": str(enabled).lower()},
            nodes=nodes, values={"option": "DicomTlsEnabled"}, proven_by=proof, severity=Severity.WARNING,
            fix=Fix(
                pasted("DicomTlsEnabled", not enabled),
                ({"op": "replace" if node is not None else "add", "path": "/DicomTlsEnabled", "value": not enabled},),
                "DicomTlsEnabled",
            ),
        )  # fmt: skip


def _disabled(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    node = configuration.options.get("DicomServerEnabled")
    proof = facts.of_cause("dicom-server-disabled")
    if node is not None and node.flag is False and proof:
        yield remark(
            "LA584", "dicom-server-disabled",
            nodes=(node,), severity=proof[0].severity if proof[0].severity is Severity.NOTICE else Severity.WARNING,
            values={"option": "DicomServerEnabled"}, proven_by=proof,
            fix=Fix(
                pasted("DicomServerEnabled", True),
                ({"op": "replace", "path": "/DicomServerEnabled", "value": True},), "DicomServerEnabled",
            ),
        )  # fmt: skip
