"""``DicomModalities`` against the peers in the log."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind, Modality, pointer
from loganalyzer.config.remarks import Fix, Patch, pasted, remark, shortened
from loganalyzer.diagnosis.model import Confidence, Severity
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.timeline.association import Direction, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.document import Configuration
    from loganalyzer.config.log_facts import LogFacts
    from loganalyzer.diagnosis.model import Finding
    from loganalyzer.timeline.association import Association

_PORT = 104  # PS3.8 9.1.1: the well-known port; the peer's own must replace it
_UNREACHABLE = (
    "connection-refused", "connect-timeout", "host-unreachable", "hostname-unknown", "peer-not-dicom",
    "move-destination-refused-connection",
)  # fmt: skip


def check_peers(configuration: Configuration, facts: LogFacts) -> Iterator[Finding]:
    """The entries that do not fit what the log shows.

    Entries in Orthanc's database are not in the files of its configuration; a running Orthanc tells them.
    """
    known = _Known(configuration)
    told = known.section is not None and known.section.live
    if not told and configuration.flag("DicomModalitiesInDatabase", default=False) is not False:
        return
    for association, proof in facts.concerned(facts.of_cause("calling-aet-unknown"), Direction.INCOMING):
        yield from _unknown_caller(known, association, proof)
    for association, proof in facts.concerned(facts.of_cause("modality-wrong-host"), Direction.INCOMING):
        yield from _wrong_host(known, association, proof)
    for association, proof in facts.concerned(facts.of_cause("modality-not-allowed"), Direction.INCOMING):
        yield from _not_allowed(known, association, proof)
    yield from _destinations(known, facts)
    yield from _called(known, facts)


class _Known:
    """The modalities by AET, compared as Orthanc compares them (``StrictAetComparison``)."""

    def __init__(self, configuration: Configuration) -> None:
        self.modalities = configuration.modalities()
        self.section = configuration.options.get("DicomModalities")
        self._whole = configuration.whole
        self._strict = configuration.flag("StrictAetComparison", default=False)

    def same(self, a: str, b: str | None) -> bool:
        if b is None:
            return False
        return a == b if self._strict else a.strip().upper() == b.strip().upper()

    def of_aet(self, aet: str) -> list[Modality]:
        return [m for m in self.modalities if self.same(aet, m.aet)]

    def near(self, aet: str) -> Modality | None:
        return next((m for m in self.modalities if m.aet is not None and OPERATORS["near"](aet, m.aet)), None)

    def named(self, aet: str) -> Modality | None:
        return next((m for m in self.modalities if self.same(aet, m.name)), None)

    @property
    def partly_unknown(self) -> bool:
        """Whether an environment variable gives an AET, or all modalities, or they may stand in what was not read."""
        hidden = self.section is not None and self.section.kind is Kind.VARIABLE
        return hidden or any(m.aet is None for m in self.modalities) or (self.section is None and not self._whole)


def _unknown_caller(known: _Known, association: Association, proof: list[Finding]) -> Iterator[Finding]:
    aet = association.calling_aet
    if aet is None:
        return
    entries = known.of_aet(aet)
    if entries:
        yield _refused_although_listed(entries[0], aet, proof)
        return
    if known.partly_unknown:
        return
    entry = _resembling(known, aet, "calling-aet-unknown", proof)
    yield entry if entry is not None else _missing(known, aet, association.peer_ip, proof)


def _refused_although_listed(entry: Modality, aet: str, proof: list[Finding]) -> Finding:
    """The entry of an AET that Orthanc did not know when it wrote the log."""
    live = entry.node.live
    return remark(
        "LA559", "calling-aet-unknown", {"aet": shortened(aet), "entry": shortened(entry.name)}, nodes=(entry.node,),
        severity=Severity.NOTICE if live else Severity.WARNING, proven_by=proof, variant="live" if live else "",
        values={"option": "DicomModalities", "calling_aet": aet, "modality": entry.name},
    )  # fmt: skip


def _resembling(known: _Known, aet: str, cause: str, proof: list[Finding]) -> Finding | None:
    """The entry that means an AET and does not name it: nearly its AET, or its symbolic name."""
    near, named = known.near(aet), known.named(aet)
    meant = near or named
    if meant is None or meant.aet is None:
        return None
    code = "LA570" if near else "LA571"
    words = {"aet": shortened(aet), "configured": shortened(meant.aet), "entry": shortened(meant.name)}
    return remark(
        code, cause, words, nodes=(meant.node,), severity=Severity.WARNING,
        confidence=Confidence.LIKELY, proven_by=proof, compare=("AET", meant.aet, aet),
        values={"option": "DicomModalities", "calling_aet": aet, "configured_aet": meant.aet, "modality": meant.name},
        fix=Fix(
            _entry(meant, aet=aet), ({"op": "replace", "path": meant.pointer("AET"), "value": aet},), "DicomModalities",
        ),
    )  # fmt: skip


def _missing(known: _Known, aet: str, ip: str | None, proof: list[Finding]) -> Finding:
    name, host = aet.strip().lower() or "modality", ip or "192.0.2.15"
    value: list[str | int | float | bool | None] = [aet, host, _PORT]
    section = known.section
    line = pasted(name, value)
    if section is not None:
        patch: Patch = ({"op": "add", "path": pointer("DicomModalities", name), "value": value},)
        fix = Fix(line, patch, "DicomModalities")
    else:
        fix = Fix(f'"DicomModalities" : {{ {line} }}', (), "DicomModalities")
    return remark(
        "LA572", "calling-aet-unknown", {"aet": shortened(aet), "count": len(known.modalities)},
        nodes=(section,) if section is not None else (), severity=Severity.WARNING, proven_by=proof, fix=fix,
        values={"option": "DicomModalities", "calling_aet": aet, **({"peer_ip": ip} if ip else {})},
    )  # fmt: skip


def _entry(modality: Modality, aet: str | None = None, host: str | None = None, port: int | None = None) -> str:
    parts = [aet or modality.aet, host or modality.host, port or modality.port]
    if modality.node.kind is Kind.ARRAY:
        return pasted(modality.name, list(parts))
    changed = [("AET", aet), ("Host", host), ("Port", port)]
    return ", ".join(pasted(n, v) for n, v in changed if v is not None)


def _wrong_host(known: _Known, association: Association, proof: list[Finding]) -> Iterator[Finding]:
    ip = association.peer_ip
    entries = known.of_aet(association.calling_aet or "")
    if ip is None or any(_may_be(e.host, ip) for e in entries):
        return
    for entry in entries[:1]:
        yield remark(
            "LA578", "modality-wrong-host",
            {"aet": shortened(entry.aet or ""), "ip": ip, "host": shortened(entry.host or "")},
            nodes=(entry.node,), severity=Severity.WARNING, proven_by=proof,
            values={"option": "DicomModalities", "peer_ip": ip, "modality": entry.name},
            compare=("Host", entry.host or "", ip),
            fix=Fix(
                _entry(entry, host=ip),
                ({"op": "replace", "path": entry.pointer("Host"), "value": ip},), "DicomModalities",
            ),
        )  # fmt: skip


def _may_be(host: str | None, ip: str) -> bool:
    """Whether a host can be at an address: a name may be at any."""
    try:
        return host is None or ipaddress.ip_address(host) == ipaddress.ip_address(ip)
    except ValueError:
        return True


def _not_allowed(known: _Known, association: Association, proof: list[Finding]) -> Iterator[Finding]:
    for entry in known.of_aet(association.calling_aet or ""):
        denied = [n for name, n in entry.node.members.items() if name.startswith("Allow") and n.flag is False]
        if denied:
            names = ", ".join(n.name for n in denied)
            yield remark(
                "LA583", "modality-not-allowed", {"entry": shortened(entry.name), "names": names},
                nodes=tuple(denied), severity=Severity.WARNING, confidence=Confidence.LIKELY, proven_by=proof,
                values={"option": "DicomModalities", "modality": entry.name},
                fix=Fix(
                    ", ".join(pasted(n.name, True) for n in denied),
                    tuple(
                        {"op": "replace", "path": pointer("DicomModalities", entry.name, n.name), "value": True}
                        for n in denied
                    ), "DicomModalities",
                ),
            )  # fmt: skip


def _destinations(known: _Known, facts: LogFacts) -> Iterator[Finding]:
    """C-MOVE destinations that Orthanc did not know."""
    for association, proof in facts.concerned(facts.of_cause("move-destination-unknown"), Direction.INCOMING):
        for aet in dict.fromkeys(o.move_destination for o in association.operations if o.move_destination):
            if not known.of_aet(aet) and not known.partly_unknown:
                found = _resembling(known, aet, "move-destination-unknown", proof)
                if found is not None:
                    yield found


def _called(known: _Known, facts: LogFacts) -> Iterator[Finding]:
    """Peers that Orthanc called in vain, and whose entry differs from what the log shows elsewhere."""
    for association, proof in facts.concerned(facts.of_cause(*_UNREACHABLE), Direction.OUTGOING):
        for entry in known.of_aet(association.called_aet or ""):
            yield from _unreachable(entry, association, facts, proof)
    for association, proof in facts.concerned(facts.of_cause("remote-rejects-called-aet"), Direction.OUTGOING):
        for entry in known.of_aet(association.called_aet or ""):
            yield from _wrong_called_aet(entry, facts, proof)


def _unreachable(entry: Modality, failed: Association, facts: LogFacts, proof: list[Finding]) -> Iterator[Finding]:
    good = next(
        (a for a in facts.associations if a.direction is Direction.OUTGOING and a.called_aet == failed.called_aet
         and a.outcome is Outcome.RELEASED and a.peer_ip and a.peer_port), None,
    )  # fmt: skip
    calls = sorted(ip for ip in facts.calls_from(failed.called_aet or "") if not _may_be(entry.host, ip))
    right_ip = good.peer_ip if good is not None and not _may_be(entry.host, good.peer_ip or "") else None
    right_port = good.peer_port if good is not None and good.peer_port != entry.port else None
    host = right_ip or (calls[0] if len(calls) == 1 else None)
    place = f"{shortened(entry.host or '?')}:{entry.port or '?'}"
    cause, values = proof[0].cause, {"option": "DicomModalities", "modality": entry.name, "configured": place}
    if host is None and right_port is None:
        yield remark(
            "LA579", cause, {"place": place}, nodes=(entry.node,), values=values, proven_by=proof,
        )  # fmt: skip
        return
    changes = [("Host", host), ("Port", right_port)]
    yield remark(
        "LA580", cause, {"aet": shortened(entry.aet or ""), "place": place},
        nodes=(entry.node,), severity=Severity.WARNING, confidence=Confidence.LIKELY, values=values, proven_by=proof,
        fix=Fix(
            _entry(entry, host=host, port=right_port),
            tuple({"op": "replace", "path": entry.pointer(n), "value": v} for n, v in changes if v is not None),
            "DicomModalities",
        ),
    )  # fmt: skip


def _wrong_called_aet(entry: Modality, facts: LogFacts, proof: list[Finding]) -> Iterator[Finding]:
    """The peer does not answer to the AET of its entry: what it calls itself, else the symbolic name, may be right."""
    own = {
        a.calling_aet for a in facts.associations
        if a.direction is Direction.INCOMING and a.calling_aet and a.peer_ip and a.peer_ip == entry.host
    }  # fmt: skip
    near = [a for a in sorted(own) if entry.aet is not None and OPERATORS["near"](a, entry.aet)]
    swapped = entry.name if entry.name != entry.aet and entry.name.isupper() else None
    right = near[0] if near else swapped
    if right is None:
        return
    yield remark(
        "LA582", "remote-rejects-called-aet",
        {"aet": shortened(entry.aet or ""), "right": shortened(right)}, variant="near" if near else "",
        nodes=(entry.node,), severity=Severity.WARNING, proven_by=proof,
        confidence=Confidence.LIKELY if near else Confidence.POSSIBLE,
        values={"option": "DicomModalities", "modality": entry.name, "suggested_aet": right},
        fix=Fix(
            _entry(entry, aet=right),
            ({"op": "replace", "path": entry.pointer("AET"), "value": right},), "DicomModalities",
        ),
    )  # fmt: skip
