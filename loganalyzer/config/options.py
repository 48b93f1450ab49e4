"""The configuration against the list of Orthanc's options by version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind, pointer
from loganalyzer.config.remarks import Fix, Patch, is_secret, pasted, remark, shortened, worded
from loganalyzer.diagnosis.model import Confidence, Severity
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.patternbase.folders import patterns_folder
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loganalyzer.config.document import Configuration, Node, Scalar
    from loganalyzer.diagnosis.model import Finding

_MOST_ENTRIES, _MOST_MEMBERS = 1000, 40
_BAD_VALUE = "configuration-bad-value"
_SEVERAL_TYPES = frozenset({"OverwriteInstances", "JobsEngineThreadsCount", "MaximumPduLength"})
"""Options that take values of more than one type, or whose type changed (OverwriteInstances in 1.13.0)."""


@dataclass(frozen=True, slots=True)
class Option:
    """What Orthanc's list says of an option; versions as ``1.12.7``, None where the list does not say."""

    type: str | None
    since: str | None
    until: str | None
    plugin: str | None


def known_options() -> dict[str, Option]:
    """The options of ``patterns/orthanc_options.json``; those inside a section have dotted names."""
    listed = json.loads((patterns_folder() / "orthanc_options.json").read_text(encoding="utf-8"))
    return {n: Option(o["type"], o["since"], o["until"], o.get("plugin")) for n, o in listed.items()}


def check_options(configuration: Configuration, version: str | None, known: Mapping[str, Option]) -> Iterator[Finding]:
    """What is wrong with the options as such; ``version`` is that of the Orthanc that wrote the log."""
    for node in configuration.duplicates:
        yield _duplicate(node, configuration.options[node.name])
    for node in configuration.options.values():
        if node.live:
            continue
        option = known.get(node.name)
        if option is None:
            yield from _unknown(node, (), known)
        elif option.plugin is None:
            yield from _typed(node, option.type, (node.name,))
            yield from _of_version(node, option, version)
    section = configuration.options.get("DicomModalities")
    entries = section.members.values() if section is not None and not section.live else ()
    for entry in islice(entries, _MOST_ENTRIES):
        yield from _modality(entry, known)


def _duplicate(node: Node, first: Node) -> Finding:
    name = shortened(node.name)
    if node.file == first.file:
        return remark(
            "LA565", "configuration-duplicate-option", {"option": name, "file": node.file},
            nodes=(node,), severity=Severity.NOTICE, values={"option": name}, fix=Fix(_remove(node), (), name),
        )  # fmt: skip
    return remark(
        "LA564", "configuration-duplicate-option", {"option": name, "first": first.file, "other": node.file},
        nodes=(node, first), severity=Severity.WARNING, values={"option": name},
        fix=Fix(_remove(node), ({"op": "remove", "path": pointer(node.name)},), name),
    )  # fmt: skip


def _remove(node: Node) -> str:
    return texts()("configuration.remove", option=shortened(node.name), place=node.place)


def _unknown(node: Node, parents: tuple[str, ...], known: Mapping[str, Option]) -> Iterator[Finding]:
    name, prefix = shortened(node.name), "".join(f"{p}." for p in parents[:1])
    names = {n.removeprefix(prefix) for n in known if n.startswith(prefix)}
    candidates = sorted(n for n in names if "." not in n)
    meant = _meant(node.name, candidates)
    if meant is None:
        if not parents:
            yield remark(
                "LA561", _BAD_VALUE, {"option": name},
                nodes=(node,), confidence=Confidence.POSSIBLE, values={"option": name},
            )  # fmt: skip
        return
    source, target = pointer(*parents, node.name), pointer(*parents, meant)
    yield remark(
        "LA560", _BAD_VALUE, {"option": name, "meant": meant},
        nodes=(node,), severity=Severity.WARNING, confidence=Confidence.LIKELY,
        values={"option": name, "suggested_option": meant},
        fix=Fix(
            f"{json.dumps(meant)} : {texts()('configuration.renamed', option=json.dumps(name))}",
            ({"op": "move", "from": source, "path": target},), meant,
        ),
    )  # fmt: skip


def _meant(name: str, candidates: list[str]) -> str | None:
    folded = {c.casefold(): c for c in candidates}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = [c for c in candidates if OPERATORS["near"](name, c)]
    if near:
        return near[0]
    close = get_close_matches(name[:80], candidates, 1, 0.88)
    return close[0] if close else None


def _typed(node: Node, wanted: str | None, path: tuple[str, ...]) -> Iterator[Finding]:
    kinds = {wanted, "number"} if wanted == "number" else {wanted}
    if wanted is None or node.name in _SEVERAL_TYPES or node.kind in (Kind.VARIABLE, Kind.NULL) or node.kind in kinds:
        return
    name = shortened(node.name)
    yield remark(
        "LA563", _BAD_VALUE, {"option": name, "wanted": _article(wanted), "article": _article(node.kind)},
        nodes=(node,), severity=Severity.WARNING, values={"option": name},
        fix=_converted(node, wanted, path),
    )  # fmt: skip


def _article(kind: str) -> str:
    return texts()(f"configuration.kind.{kind}")


def _converted(node: Node, wanted: str, path: tuple[str, ...]) -> Fix | None:
    """The value in the right type, where it is plain what is meant and the value is no secret."""
    if is_secret(node.name):
        return None
    value: Scalar = None
    said = (node.text or "").strip().lower()
    if wanted == "integer" and said.isdecimal() and said.isascii() and len(said) < 10:
        value = int(said)
    elif wanted == "boolean" and (said in ("true", "false") or node.number in (0, 1)):
        value = said == "true" or node.number == 1
    if value is None:
        return None
    patch: Patch = ({"op": "replace", "path": pointer(*path), "value": value},)
    return Fix(pasted(node.name, value), patch, node.name)


def _of_version(node: Node, option: Option, version: str | None) -> Iterator[Finding]:
    if version is None or not version[:1].isdigit():
        return
    name, older = node.name, OPERATORS["before_version"]
    if option.until is not None and not older(version, option.until):
        yield remark(
            "LA562", _BAD_VALUE, {"version": version, "option": name, "since": option.until},
            nodes=(node,), confidence=Confidence.LIKELY, values={"option": name, "until": option.until},
            fix=Fix(_remove(node), ({"op": "remove", "path": pointer(name)},), name),
        )  # fmt: skip
    elif option.since is not None and older(version, option.since):
        yield remark(
            "LA562", _BAD_VALUE, {"version": version, "option": name, "since": option.since}, variant="early",
            nodes=(node,), confidence=Confidence.LIKELY, values={"option": name, "since": option.since},
        )  # fmt: skip


def _modality(entry: Node, known: Mapping[str, Option]) -> Iterator[Finding]:
    if entry.kind is Kind.ARRAY:
        for item, named in zip(entry.items, ("aet", "host"), strict=False):
            if item.kind not in (Kind.STRING, Kind.VARIABLE):
                yield _short_entry(entry, _wrong(named, item))
        if len(entry.items) < 3:
            yield _short_entry(entry, worded("LA563", "wrong_length", {}))
        elif entry.items[2].kind not in (Kind.INTEGER, Kind.VARIABLE) and not (entry.items[2].text or "").isdecimal():
            yield _short_entry(entry, _wrong("port", entry.items[2]))
        return
    for member in islice(entry.members.values(), _MOST_MEMBERS):
        if f"DicomModalities.{member.name}" not in known:
            yield from _unknown(member, ("DicomModalities", entry.name), known)


def _wrong(part: str, item: Node) -> str:
    return worded("LA563", "wrong_type", {"part": worded("LA563", part, {}), "article": _article(item.kind)})


def _short_entry(entry: Node, wrong: str) -> Finding:
    return remark(
        "LA563", _BAD_VALUE, {"entry": shortened(entry.name), "wrong": wrong}, variant="entry",
        nodes=(entry,), severity=Severity.WARNING,
        values={"option": "DicomModalities", "modality": shortened(entry.name)},
    )  # fmt: skip
