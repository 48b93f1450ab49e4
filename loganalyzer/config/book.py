"""What a configuration answers of the Orthanc Book's troubleshooting checklist, beside the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind
from loganalyzer.config.remarks import evidence_of
from loganalyzer.timeline.association import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.config.document import Configuration, Modality, Node
    from loganalyzer.diagnosis.model import Evidence
    from loganalyzer.timeline.association import Association

Fact = tuple[str, str, tuple["Evidence", ...]]
"""A field of the checklist's rules, its value, and the lines of the configuration that say so."""

_EVERY_SYNTAX = "1.2.840.10008.1.*"
_MOST_LINES = 4


def book_facts(configuration: Configuration, associations: Sequence[Association]) -> Iterator[Fact]:
    """The facts; none for what the configuration does not tell."""
    if not configuration.options:
        return
    yield "config", "given", ()
    yield from _switch(configuration, "DicomCheckCalledAet", "config_check_called_aet", default=False)
    yield from _switch(configuration, "DicomServerEnabled", "config_dicom_server", default=True)
    yield from _extensions(configuration)
    yield from _syntaxes(configuration)
    delay = configuration.options.get("DicomAssociationCloseDelay")
    if delay is not None and delay.number is not None:
        yield "config_close_delay", str(delay.number), (evidence_of(delay),)
    yield from _entries(configuration, associations)


def _switch(configuration: Configuration, option: str, field: str, *, default: bool) -> Iterator[Fact]:
    value, node = configuration.flag(option, default=default), configuration.options.get(option)
    if value is not None:
        yield field, str(value).lower(), (evidence_of(node),) if node is not None else ()


def _extensions(configuration: Configuration) -> Iterator[Fact]:
    nodes = [n for name in ("LuaScripts", "Plugins") if (n := configuration.options.get(name)) is not None]
    used = [n for n in nodes if n.items or n.kind is Kind.VARIABLE]
    if used or configuration.whole:
        yield "config_extensions", "some" if used else "none", tuple(map(evidence_of, used or nodes))


def _syntaxes(configuration: Configuration) -> Iterator[Fact]:
    """Whether all transfer syntaxes are accepted; the options of Orthanc before 1.9.0 still have a say."""
    node = configuration.options.get("AcceptedTransferSyntaxes")
    off = [n for n in configuration.options.values() if n.name.endswith("TransferSyntaxAccepted") and n.flag is False]
    if node is None and not off and not configuration.whole:
        return
    every = not off and (node is None or any(item.text == _EVERY_SYNTAX for item in node.items))
    shown = off or ([node] if node is not None else [])
    yield "config_syntaxes", "all" if every else "some", tuple(map(evidence_of, shown[:_MOST_LINES]))


def _entries(configuration: Configuration, associations: Sequence[Association]) -> Iterator[Fact]:
    """Whether every other side that the log names has an entry with its AET and, as far as it is one, its address."""
    known = configuration.modalities()
    peers = {(a.peer_aet, a.peer_ip, a.peer_port if a.direction is Direction.OUTGOING else None) for a in associations}
    named = sorted((p for p in peers if p[0]), key=str)
    entries = [next((m for m in known if _fits(m, *peer)), None) for peer in named]
    found = [m.node for m in entries if m is not None]
    if named and len(found) == len(named):
        places: dict[str, Node] = {n.place: n for n in found}
        yield "config_entries", "fit", tuple(evidence_of(n) for n in list(places.values())[:_MOST_LINES])


def _fits(entry: Modality, aet: str | None, ip: str | None, port: int | None) -> bool:
    same_host = entry.host is None or ip is None or not entry.host.replace(".", "").isdigit() or entry.host == ip
    return entry.aet == aet and same_host and port in (None, entry.port)
