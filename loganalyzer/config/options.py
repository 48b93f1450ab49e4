"""The configuration against the list of Orthanc's options by version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind, pointer
from loganalyzer.config.remarks import Fix, Patch, is_secret, pasted, remark, shortened
from loganalyzer.diagnosis.model import Confidence, Severity
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.patternbase.folders import patterns_folder

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
        option = known.get(node.name)
        if option is None:
            yield from _unknown(node, (), known)
        elif option.plugin is None:
            yield from _typed(node, option.type, (node.name,))
            yield from _of_version(node, option, version)
    section = configuration.options.get("DicomModalities")
    entries = section.members.values() if section is not None else ()
    for entry in islice(entries, _MOST_ENTRIES):
        yield from _modality(entry, known)


def _duplicate(node: Node, first: Node) -> Finding:
    name = shortened(node.name)
    if node.file == first.file:
        return remark(
            "LA565", "configuration-duplicate-option", f"The option {name} stands twice in {node.file}",
            nodes=(node,), severity=Severity.NOTICE, values={"option": name},
            what=f"The file defines {name} more than once; the last definition counts.",
            fix=Fix(f"Remove one of the definitions of {name}", f"remove {name} from line {node.line}", (), name),
        )  # fmt: skip
    return remark(
        "LA564", "configuration-duplicate-option", f"The option {name} is defined in {first.file} and in {node.file}",
        nodes=(node, first), severity=Severity.WARNING, values={"option": name},
        what=f"Two files of the configuration define {name}. Orthanc does not merge sections; it refuses to start.",
        why="Each option and each section may stand in one of the files only.",
        fix=Fix(
            f"Move all of {name} to {first.file} and remove it here",
            f"remove {name} from {node.file}, line {node.line}",
            ({"op": "remove", "path": pointer(node.name)},), name,
        ),
    )  # fmt: skip


def _unknown(node: Node, parents: tuple[str, ...], known: Mapping[str, Option]) -> Iterator[Finding]:
    name, prefix = shortened(node.name), "".join(f"{p}." for p in parents[:1])
    names = {n.removeprefix(prefix) for n in known if n.startswith(prefix)}
    candidates = sorted(n for n in names if "." not in n)
    meant = _meant(node.name, candidates)
    if meant is None:
        if not parents:
            yield remark(
                "LA561", _BAD_VALUE, f"{name} is no option of Orthanc or of an official plugin",
                nodes=(node,), confidence=Confidence.POSSIBLE, values={"option": name},
                what="It may belong to another plugin. Orthanc itself passes it over.",
            )  # fmt: skip
        return
    source, target = pointer(*parents, node.name), pointer(*parents, meant)
    yield remark(
        "LA560", _BAD_VALUE, f"The option {name} does not exist; did you mean {meant}?",
        nodes=(node,), severity=Severity.WARNING, confidence=Confidence.LIKELY,
        values={"option": name, "suggested_option": meant},
        what=f"Orthanc passes over {name}, so that the default of {meant} is in force.",
        why="Names of options must be written exactly, capitals included.",
        fix=Fix(
            f"Rename {name} to {meant}", f'{json.dumps(meant)} : (the value of "{name}")',
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
        "LA563", _BAD_VALUE, f"{name} must be {_article(wanted)}, but is {_article(node.kind)}",
        nodes=(node,), severity=Severity.WARNING, values={"option": name},
        what=f"{name} has a value of the wrong type. Orthanc refuses to start, or passes over the value.",
        why="Numbers and true or false stand without quotes in JSON, texts with them.",
        fix=_converted(node, wanted, path),
    )  # fmt: skip


def _article(kind: str) -> str:
    words = {"object": "an object { … }", "array": "a list [ … ]", "boolean": "true or false", "string": "a text"}
    return words.get(kind, "a whole number" if kind == "integer" else "a number")


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
    return Fix(f"Correct the value of {node.name}", pasted(node.name, value), patch, node.name)


def _of_version(node: Node, option: Option, version: str | None) -> Iterator[Finding]:
    if version is None or not version[:1].isdigit():
        return
    name, older = node.name, OPERATORS["before_version"]
    if option.until is not None and not older(version, option.until):
        yield remark(
            "LA562", _BAD_VALUE, f"Orthanc {version} no longer knows the option {name}",
            nodes=(node,), confidence=Confidence.LIKELY, values={"option": name, "until": option.until},
            what=f"{name} was dropped with Orthanc {option.until}; it has no effect.",
            fix=Fix(f"Remove {name}", f"remove {name}", ({"op": "remove", "path": pointer(name)},), name),
        )  # fmt: skip
    elif option.since is not None and older(version, option.since):
        yield remark(
            "LA562", _BAD_VALUE, f"Orthanc {version} does not know the option {name} yet",
            nodes=(node,), confidence=Confidence.LIKELY, values={"option": name, "since": option.since},
            what=f"{name} came with Orthanc {option.since}; it has no effect before.",
        )  # fmt: skip


def _modality(entry: Node, known: Mapping[str, Option]) -> Iterator[Finding]:
    if entry.kind is Kind.ARRAY:
        for item, named in zip(entry.items, ("AET", "host"), strict=False):
            if item.kind not in (Kind.STRING, Kind.VARIABLE):
                yield _short_entry(entry, f"its {named} is {_article(item.kind)}")
        if len(entry.items) < 3:
            yield _short_entry(entry, "it lacks the AET, the host or the port")
        elif entry.items[2].kind not in (Kind.INTEGER, Kind.VARIABLE) and not (entry.items[2].text or "").isdecimal():
            yield _short_entry(entry, f"its port is {_article(entry.items[2].kind)}")
        return
    for member in islice(entry.members.values(), _MOST_MEMBERS):
        if f"DicomModalities.{member.name}" not in known:
            yield from _unknown(member, ("DicomModalities", entry.name), known)


def _short_entry(entry: Node, wrong: str) -> Finding:
    return remark(
        "LA563", _BAD_VALUE, f"The entry {shortened(entry.name)} of DicomModalities is incomplete: {wrong}",
        nodes=(entry,), severity=Severity.WARNING,
        values={"option": "DicomModalities", "modality": shortened(entry.name)},
        why='An entry is written [ "AET", "host", port ], or as an object with AET, Host and Port.',
    )  # fmt: skip
