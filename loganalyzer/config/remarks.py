"""What a check of the configuration says, in the shape of a finding; its words are ``texts/en/configuration.toml``."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind
from loganalyzer.config.registration import registering
from loganalyzer.diagnosis.model import Action, Compared, Confidence, Evidence, Finding, Severity
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loganalyzer.config.document import Node, Scalar

CONFIGURATION_LOG = -1
"""Stands for the configuration where evidence gives the index of a log."""

MASK = "********"
REFERENCE = "https://orthanc.uclouvain.be/book/users/configuration.html"
_SECRET = re.compile(
    r"password|passwd|secret|token|key|pin$|user|credential|connection|header|licen[cs]e|url", re.IGNORECASE
)
_LONGEST = 64
Patch = tuple[dict[str, "Scalar | list[Scalar]"], ...]
"""The operations of a JSON patch."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of one option: the lines to paste, and the operations of a JSON patch (RFC 6902)."""

    lines: str
    patch: Patch = ()
    option: str | None = None


def remark(
    code: str,
    cause: str,
    words: Mapping[str, object] | None = None,
    *,
    nodes: Sequence[Node],
    variant: str = "",
    severity: Severity = Severity.NOTICE,
    confidence: Confidence = Confidence.CERTAIN,
    values: dict[str, str] | None = None,
    fix: Fix | None = None,
    proven_by: Sequence[Finding] = (),
    compare: tuple[str, str, str] | None = None,
) -> Finding:
    """A finding whose first evidence are the lines of ``nodes``; ``proven_by`` are findings of the log.

    Title, explanation and advice are the texts of ``code``, with ``words`` filled in; where the code has texts for the
    special case ``variant``, those. ``compare`` is what the configuration has and what the log shows of one thing.
    """
    first = nodes[0] if nodes else None
    said = {part: worded(code, part, words or {}, variant) for part in ("title", "what", "why", "fix", "risk")}
    kept = {
        **(values or {}),
        **({"configuration_file": first.file, "configuration_line": str(first.line)} if first else {}),
    }
    associations = tuple(dict.fromkeys(a for f in proven_by for a in f.associations))
    proof = [e for f in proven_by for e in f.evidence if e.role == "primary"][:4]
    told = "\n".join([code, said["title"], *(f"{n}={v}" for n, v in sorted((values or {}).items()))])
    return Finding(
        code=code, signature="configuration", cause=cause, title=said["title"], severity=severity,
        confidence=confidence, explained_by=None, count=max(1, len(associations)),
        first_time=min((f.first_time for f in proven_by if f.first_time), default=None),
        last_time=max((f.last_time for f in proven_by if f.last_time), default=None),
        values=dict(sorted(kept.items())),
        evidence=(*(evidence_of(n) for n in nodes), *proof), associations=associations,
        actions=_actions(fix, first, said["fix"], said["risk"] or None), references=(REFERENCE,),
        what=said["what"], why=said["why"],
        compare=(Compared(*compare),) if compare is not None else (),
        fingerprint=hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10],
    )  # fmt: skip


def worded(code: str, part: str, words: Mapping[str, object], variant: str = "") -> str:
    """A text of ``code``, such as its ``title``; empty where it has none."""
    own = texts().section(f"configuration.{code}")
    text = own.get(f"{part}_{variant}", own.get(part, ""))
    return str(text).format_map(words)


def shortened(text: str) -> str:
    """A name out of the configuration, short enough for a sentence."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def pasted(name: str, value: Scalar | list[Scalar]) -> str:
    """``"Name" : value`` as it stands in a configuration."""
    return f"{json.dumps(name, ensure_ascii=False)} : {json.dumps(value, ensure_ascii=False)}"


def evidence_of(node: Node) -> Evidence:
    """The line of an option, its value masked unless it is known to be harmless."""
    name = json.dumps(shortened(node.name), ensure_ascii=False)
    return Evidence(
        CONFIGURATION_LOG,
        node.line,
        "primary",
        f"{node.place}: {name} : {_shown(node)}",
    )


def _shown(node: Node) -> str:
    """The value of an option, but for everything that may be a secret."""
    if node.kind is Kind.OBJECT:
        if {"AET", "Host", "Port"} <= set(node.members):
            return "{ " + ", ".join(f'"{n}" : {_shown(node.members[n])}' for n in ("AET", "Host", "Port")) + ", … }"
        return "{ … }"
    if node.kind is Kind.ARRAY:
        is_modality = [i.kind for i in node.items[:3]] == [Kind.STRING, Kind.STRING, Kind.INTEGER]
        return "[ " + ", ".join(_shown(i) for i in node.items[:3]) + " ]" if is_modality else "[ … ]"
    if node.kind is Kind.VARIABLE:
        return "${…}"
    if node.kind in (Kind.BOOLEAN, Kind.NULL):
        return json.dumps(node.value)
    if is_secret(node.name) or (node.name and node.name not in _SHOWN):
        return MASK
    return json.dumps(shortened(node.value) if isinstance(node.value, str) else node.value, ensure_ascii=False)


_SHOWN = frozenset({"AET", "Host", "Port", "DicomAet", "DicomPort", "HttpPort", "Name", "Version", "log-level"})
"""Options whose texts and numbers are quoted; of all others, only whether they are true or false."""


def is_secret(name: str) -> bool:
    """Whether the name of an option says that its value may be a secret."""
    return _SECRET.search(name) is not None


def _actions(fix: Fix | None, first: Node | None, advice: str, risk: str | None) -> tuple[Action, ...]:
    t = texts()
    live = first is not None and first.live
    verify = t("configuration.verify_live" if live else "configuration.verify")
    place = f" ({first.place})" if first is not None else ""
    if fix is None:
        return (Action("orthanc", f"{advice}{place}", risk=risk, verify=verify),) if advice else ()
    lines = Action("orthanc", f"{advice}{place}", fix.option, fix.lines, risk, verify)
    if live and first is not None:
        command = registering(first, fix.patch)
        again = Action("orthanc", t("configuration.register"), fix.option, command, risk, verify)
        return (lines, again) if command else (lines,)
    if not fix.patch:
        return (lines,)
    file = first.file if first is not None else t("configuration.general.file")
    patch = json.dumps(list(fix.patch), ensure_ascii=False)
    return (lines, Action("orthanc", t("configuration.patch", file=file), fix.option, patch, risk, verify))
