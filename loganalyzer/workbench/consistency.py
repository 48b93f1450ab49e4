"""What is wrong with patterns beyond their form: wordings twice, fields that nothing gives, unknown options."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Run
from loganalyzer.diagnosis.runs import RUN_FACTS
from loganalyzer.events.template import compile_template
from loganalyzer.findings.conditions import fields_of
from loganalyzer.findings.facts import ASSOCIATION_FACTS, EVENT_FACTS
from loganalyzer.findings.phrase import placeholders
from loganalyzer.patternbase.asked import events_named
from loganalyzer.patternbase.faults import Fault, did_you_mean
from loganalyzer.patternbase.folders import patterns_folder
from loganalyzer.timeline.association import Association, Operation, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import EventPattern, Signature

_CODE = re.compile(r"[A-Z]{2,12}\d{1,5}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: The program's own wordings of the events that associations and runs are made of.
_TIMELINE = "patterns/timeline/"
_RECORD_FIELDS = frozenset({"event", "level", "file", "thread", "message", "plugin", "category"})
#: Values beside the fields of what is judged; see :mod:`loganalyzer.findings.values`.
_VALUES = frozenset({
    "detail", "status", "status_text", "sop_class", "sop_class_uid", "transfer_syntax", "transfer_syntax_uid",
    "command",
    "peer_aet", "peer_ip", "peer_port", "calling_aet", "called_aet", "orthanc_aet", "dicom_port", "http_port", "host",
    "message", "move_destination", "reject_text", "version", "similar_aet", "orthanc_host", "modality",
    "destination_host", "destination_port", "unnamed",
})  # fmt: skip
#: Events that a reader of pasted texts makes, with the fields that it gives them.
_GIVEN = {
    "rest.error-body": {"details", "uri", "method", "http_status"},
    "rest.job-failed": {"details", "job_type"},
}
_RUN = {f.name for f in fields(Run)} | RUN_FACTS
_ASSOCIATION = set(Association.__struct_fields__) | set(ASSOCIATION_FACTS) | {"peer_aet", "failed"}
_OPERATION = set(Operation.__struct_fields__) | {"failed_suboperations"}
_REJECT = set(Reject.__struct_fields__)


def consistency_faults(base: PatternBase) -> list[Fault]:
    """All faults of this kind, in the order of the patterns."""
    by_event: dict[str, set[str]] = {}
    for pattern in base.events:
        by_event.setdefault(pattern.event, set()).update(_fields_of(pattern))
    for event, names in _GIVEN.items():
        by_event.setdefault(event, set()).update(names)
    faults = _wordings(base.events) + _lacking(base.events)
    for signature in base.signatures:
        faults += _names(signature) + _condition_faults(signature, by_event) + _text_faults(signature, by_event)
    return faults + _option_faults(base)


def _fields_of(pattern: EventPattern) -> Iterable[str]:
    if pattern.regex is not None:
        return re.compile(pattern.regex).groupindex
    found = compile_template(pattern.message).fields
    return (*found, "level") if pattern.dump == "dataset" else found


def _wordings(patterns: Iterable[EventPattern]) -> list[Fault]:
    """The same wording twice: only one of the two could ever be recognised."""
    faults: list[Fault] = []
    seen: dict[tuple[str, bool], list[EventPattern]] = {}
    for pattern in patterns:
        if pattern.regex is not None:
            continue
        template = compile_template(pattern.message)
        skeleton = "\0".join("|".join(s.choices) for s in template.slots).join(("", "")) + "\1".join(template.literals)
        before = seen.setdefault((skeleton, pattern.dcmtk), [])
        faults += [
            Fault.at(pattern.where, f"the wording {pattern.message!r} is already in {other.where}")
            for other in before
            if _overlap(pattern, other)
        ]
        before.append(pattern)
    return faults


def _lacking(patterns: Iterable[EventPattern]) -> list[Fault]:
    """Wordings of an event of the timeline without a field that each of the program's own has: it is read there."""
    needed: dict[str, set[str]] = {}
    others = []
    for pattern in patterns:
        if pattern.where.startswith(_TIMELINE):
            needed.setdefault(pattern.event, set(_fields_of(pattern))).intersection_update(_fields_of(pattern))
        else:
            others.append(pattern)
    return [
        Fault.at(pattern.where, f"the event {pattern.event!r} needs the field {{{name}}}")
        for pattern in others
        for name in sorted(needed.get(pattern.event, set()).difference(_fields_of(pattern)))
    ]


def _overlap(a: EventPattern, b: EventPattern) -> bool:
    same_file = a.file is None or b.file is None or a.file == b.file
    same_level = a.levels is None or b.levels is None or bool(set(a.levels) & set(b.levels))
    return same_file and same_level and (a.file, a.levels) == (b.file, b.levels)


def _names(signature: Signature) -> list[Fault]:
    wrong = []
    if not _CODE.fullmatch(signature.code):
        wrong.append(f"the code {signature.code!r} is not capitals and a number, such as SITE12")
    if not _SLUG.fullmatch(signature.name):
        wrong.append(f"the name {signature.name!r} is not small letters, digits and hyphens")
    if signature.needs is not None and not signature.how:
        wrong.append("'needs' says what the log lacks; 'how' must say how to record it")
    return [Fault.at(signature.where, text) for text in wrong]


def _known_fields(signature: Signature, by_event: dict[str, set[str]]) -> set[str] | None:
    """The fields of what a signature judges; None when its events are unknown (a fault of its own)."""
    if signature.on == "run":
        return set(_RUN)
    run = {f"run.{name}" for name in _RUN}
    association = _ASSOCIATION | {f"reject.{n}" for n in _REJECT} | {f"operation.{n}" for n in _OPERATION}
    association |= {f"{head}.{n}" for head in ("child", "caused_by") for n in association}
    if signature.on == "association":
        return association | run
    if signature.on == "operation":
        return _OPERATION | {f"association.{n}" for n in association} | run
    named = events_named(signature.when)
    if not named or any(name not in by_event for name in named):
        return None
    own = set().union(*(by_event[name] for name in named)) | _RECORD_FIELDS | set(EVENT_FACTS)
    return own | {f"association.{n}" for n in association} | {"association.exists"} | run


def _condition_faults(signature: Signature, by_event: dict[str, set[str]]) -> list[Fault]:
    known = _known_fields(signature, by_event)
    if known is None:
        return []
    asked = {name for part in (signature.when, signature.unless or {}) for name in _asked(part)}
    return [
        Fault.at(signature.where, f"no {signature.on} has the field {name!r}{did_you_mean(name, known)}")
        for name in sorted(asked - known)
    ]


def _asked(condition: Mapping[str, Any]) -> Iterable[str]:
    for name, value in fields_of(condition):
        yield name
        values = value.values() if isinstance(value, dict) else [value]
        yield from (v[1:] for v in values if isinstance(v, str) and v.startswith("$"))


def _text_faults(signature: Signature, by_event: dict[str, set[str]]) -> list[Fault]:
    """Placeholders of the title and names of ``group_by`` that nothing can fill."""
    known = set(_VALUES) | RUN_FACTS
    known |= set().union(*(by_event.get(name, set()) for name in events_named(signature.when)), set())
    used = {*placeholders(signature.title), *signature.group_by}
    return [
        Fault.at(signature.where, f"nothing fills {{{name}}}{did_you_mean(name, known)}")
        for name in sorted(used - known)
    ]


def _option_faults(base: PatternBase) -> list[Fault]:
    known = json.loads((patterns_folder() / "orthanc_options.json").read_text(encoding="utf-8"))
    return [
        Fault(f"cause {cause.slug}", 1, 1, f"no option {advice.option!r}{did_you_mean(advice.option, known)}")
        for cause in base.causes.values()
        for advice in cause.actions
        if advice.option is not None and advice.option not in known
    ]
