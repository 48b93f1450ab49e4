"""Orthanc's own AET, port and TLS in the configuration against those in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.config.remarks import Fix, pasted, remark, shortened
from loganalyzer.diagnosis.model import Confidence, Severity
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.document import Configuration, Node
    from loganalyzer.config.log_facts import LogFacts
    from loganalyzer.diagnosis.model import Finding

_DIFFERS = "configuration-bad-value"
_STALE = (
    "The log was written with another configuration: this file is not the one that Orthanc reads, or it was changed "
    "and Orthanc not restarted."
)


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
    said = " and ".join(shortened(s) for s in seen)
    return remark(
        code, _DIFFERS, f"{node.name} is {shortened(configured)} in the configuration, and {said} in the log",
        nodes=(node,), severity=Severity.WARNING, values={"option": node.name, value: said}, what=_STALE,
        fix=Fix("Restart Orthanc with this configuration and record the log anew",
            f"Orthanc --verbose {node.file}", ()),
    )  # fmt: skip


def _called_aets(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    aet, check = configuration.options.get("DicomAet"), configuration.options.get("DicomCheckCalledAet")
    refusals = facts.of_cause("called-aet-mismatch")
    checks = configuration.flag("DicomCheckCalledAet", default=False)
    for association, proof in facts.concerned(refusals, Direction.INCOMING):
        called = association.called_aet
        if checks is False:
            yield remark(
                "LA576", _DIFFERS, "The log refuses called AETs, but DicomCheckCalledAet is not switched on",
                nodes=tuple(n for n in (check,) if n is not None), values={"option": "DicomCheckCalledAet"},
                what=_STALE,
            )  # fmt: skip
            return
        if aet is None or not aet.text or called is None or called == aet.text:
            continue
        near = OPERATORS["near"](called, aet.text)
        how = "nearly the same" if near else "another"
        yield remark(
            "LA573", "called-aet-mismatch",
            f"The peer calls {shortened(called)}; DicomAet is {how}: {shortened(aet.text)}",
            nodes=(aet, *((check,) if check is not None else ())), severity=Severity.WARNING,
            confidence=Confidence.CERTAIN, values={"option": "DicomAet", "called_aet": called, "orthanc_aet": aet.text},
            what=f"DicomCheckCalledAet is on, so that Orthanc takes calls to {shortened(aet.text)} only.",
            proven_by=proof,
            fix=Fix(
                f"Set the called AET to {shortened(aet.text)} at the peer, or here DicomAet to what the peer calls",
                pasted("DicomAet", called), ({"op": "replace", "path": "/DicomAet", "value": called},), "DicomAet",
                "All other peers that call the present AET are then refused.",
            ),
        )  # fmt: skip


def _tls(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    node = configuration.options.get("DicomTlsEnabled")
    enabled = configuration.flag("DicomTlsEnabled", default=False)
    said = {r.facts.get("dicom_tls") for r in facts.runs} & {"on", "off"}
    nodes = (node,) if node is not None else ()
    if enabled is not None and said and ("on" if enabled else "off") not in said:
        word = "on" if enabled else "off"
        yield remark(
            "LA577", "tls-configuration", f"DICOM TLS is {word} in the configuration, but the log shows the opposite",
            nodes=nodes, severity=Severity.WARNING, values={"option": "DicomTlsEnabled"}, what=_STALE,
        )  # fmt: skip
        return
    wanted = {True: "tls-plain-client-to-tls-server", False: "tls-client-to-plain-server"}
    refusals = facts.of_cause(wanted[enabled]) if enabled is not None else []
    for _, proof in list(facts.concerned(refusals, Direction.INCOMING))[:1]:
        peer = "plain DICOM" if enabled else "TLS"
        yield remark(
            "LA581", wanted[bool(enabled)], f"A peer speaks {peer}, and DicomTlsEnabled is {str(enabled).lower()}",
            nodes=nodes, values={"option": "DicomTlsEnabled"}, proven_by=proof, severity=Severity.WARNING,
            what="Both sides must use TLS, or neither.",
            fix=Fix(
                "Switch TLS on or off at the peer, or here", pasted("DicomTlsEnabled", not enabled),
                ({"op": "replace" if node is not None else "add", "path": "/DicomTlsEnabled", "value": not enabled},),
                "DicomTlsEnabled", "All other peers have to change as well.",
            ),
        )  # fmt: skip


def _disabled(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    node = configuration.options.get("DicomServerEnabled")
    proof = facts.of_cause("dicom-server-disabled")
    if node is not None and node.flag is False and proof:
        yield remark(
            "LA584", "dicom-server-disabled", "DicomServerEnabled is false: Orthanc takes no DICOM associations",
            nodes=(node,), severity=proof[0].severity if proof[0].severity is Severity.NOTICE else Severity.WARNING,
            values={"option": "DicomServerEnabled"}, proven_by=proof,
            fix=Fix(
                "Switch the DICOM server on", pasted("DicomServerEnabled", True),
                ({"op": "replace", "path": "/DicomServerEnabled", "value": True},), "DicomServerEnabled",
            ),
        )  # fmt: skip
