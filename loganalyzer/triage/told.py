"""What a post tells beside its log: fills in the advice, and holds the posted configuration against the log."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loganalyzer.config.check import against_log
from loganalyzer.findings.advice import actions_of, cause_of
from loganalyzer.triage.clauses import sentences_in
from loganalyzer.triage.commands import calls_in, rest_api_in
from loganalyzer.triage.configuration import options_in
from loganalyzer.triage.message import FileKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.diagnosis.model import Evidence, Finding, LogSummary
    from loganalyzer.patternbase import PatternBase
    from loganalyzer.sources.block import Problem
    from loganalyzer.timeline.association import Association
    from loganalyzer.triage.commands import DicomCall
    from loganalyzer.triage.configuration import PostedOptions
    from loganalyzer.triage.message import Message

#: An IPv4 address, and the port behind it.
ADDRESS = re.compile(
    r"(?<![\d.])((?:\d{1,3}\.){3}\d{1,3})(?!\.?\d)(?::(\d{1,5})|\s*,?\s*(?i:port|puerto|porta)\s*[:=]?\s*(\d{1,5}))?\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """The configuration and the command lines in some messages; it is the argument ``configuration`` of a diagnosis."""

    options: PostedOptions
    calls: tuple[DicomCall, ...]
    rest_api: tuple[str, str] | None
    sentences: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    def with_findings(
        self, findings: tuple[Finding, ...], logs: Sequence[LogSummary], associations: Sequence[Association]
    ) -> tuple[Finding, ...]:
        """The findings of the logs, and after their roots what the posted configuration says of the same causes."""
        causes = {f.cause for f in findings}
        found = against_log(self.options.configuration, findings, logs, associations) if self.options.options else ()
        remarks = {f.fingerprint: f for f in found if f.cause in causes}
        roots = [f for f in findings if f.explained_by is None]
        return (*roots, *remarks.values(), *(f for f in findings if f.explained_by is not None))

    def facts(self, _: Sequence[Association]) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
        """Nothing: what a post tells of the checklist are its facts."""
        yield from ()

    def completed(self, finding: Finding, patterns: PatternBase) -> Finding:
        """The finding with advice in which what the post tells stands instead of examples; the log's values win."""
        signature = patterns.signature(finding.code)
        if signature is None:
            return finding
        values = {**self._values(finding, of_peer=signature.logs == "peers"), **finding.values}
        return replace(finding, actions=actions_of(cause_of(signature, patterns), signature, values))

    def _values(self, finding: Finding, *, of_peer: bool) -> dict[str, str]:
        known = finding.values
        values = {
            "orthanc_aet": self.options.value("DicomAet"),
            "dicom_port": self.options.value("DicomPort"),
            "http_port": self.options.value("HttpPort"),
            **self._of_orthanc(finding, of_peer=of_peer),
            **self._of_destination(known.get("move_destination")),
        }
        named = self.options.modalities.get(known.get("modality", ""))
        peer = named or self.options.of_aet(known.get("peer_aet") or known.get("called_aet"))
        if peer is not None:
            port = str(peer.port) if peer.port is not None else None
            values |= {"modality": peer.name, "peer_aet": peer.aet, "host": peer.host, "peer_port": port}
        return {name: value for name, value in values.items() if value}

    def _of_orthanc(self, finding: Finding, *, of_peer: bool) -> dict[str, str | None]:
        """Where Orthanc is, and who called it there, by the command lines that do not call a modality.

        To the log of a client (``of_peer``) it is the other side.
        """
        places = {m.host for m in self.options.modalities.values()}
        names = {m.aet for m in self.options.modalities.values()} | {finding.values.get("peer_aet")}
        call = next((c for c in self.calls if c.host and c.host not in places and c.called not in names), None)
        if call is not None:
            host, port = ("peer_ip", "peer_port") if of_peer else ("orthanc_host", "dicom_port")
            return {host: call.host, port: call.port, "calling_aet": call.calling}
        return {"orthanc_host": self.rest_api[0]} if self.rest_api else {}

    def _of_destination(self, aet: str | None) -> dict[str, str | None]:
        """Where the destination of a C-MOVE listens: told in one sentence with its AET, or by who asked for it."""
        if not aet:
            return {}
        word = re.compile(rf"(?<![\w-]){re.escape(aet)}(?![\w-])")
        near = ([*ADDRESS.finditer(s)] for s in self.sentences if word.search(s))
        one = next((found[0] for found in near if len(found) == 1), None)
        port = next((c.destination_port for c in self.calls if aet in (c.destination, c.calling)), None)
        return {
            "destination_host": one[1] if one else None,
            "destination_port": (one and (one[2] or one[3])) or port,
        }


def told_in(messages: Sequence[Message]) -> Told:
    """What messages and the configurations attached to them tell."""
    files = [f for m in messages for f in m.files if f.kind is FileKind.CONFIGURATION]
    texts = [(f.name, f.data.decode("utf-8", "replace")) for f in files]
    options = options_in([*texts, *((m.name, m.prose) for m in messages)], whole=bool(files))
    calls = (call for m in messages for call in calls_in(m.prose))
    rest_api = next(filter(None, (rest_api_in(m.prose) for m in messages)), None)
    sentences = (line for m in messages for line in sentences_in(m.prose))
    return Told(options, tuple(calls), rest_api, tuple(sentences))
