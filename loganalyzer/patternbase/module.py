"""Reads a module of patterns: events, harmless messages and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loganalyzer.events.template import TemplateError, compile_template
from loganalyzer.findings.conditions import COMBINATIONS, OPERATORS
from loganalyzer.patternbase.expression import expression_faults
from loganalyzer.patternbase.faults import did_you_mean
from loganalyzer.patternbase.source import Mapping
from loganalyzer.patternbase.types import EventPattern, Sample, Signature

if TYPE_CHECKING:
    from loganalyzer.patternbase.faults import Fault

_MODULE_KEYS = ("schema", "about", "events", "signatures", "harmless")
_LINE_KEYS = ("message", "regex", "literal", "file", "level", "samples", "near", "dcmtk")
_EVENT_KEYS = ("event", "dump", "harmless", *_LINE_KEYS)
_HARMLESS_KEYS = ("why", *_LINE_KEYS)
_SIGNATURE_KEYS = (
    "code", "name", "cause", "title", "severity", "confidence", "on", "when", "unless", "group_by", "explains",
    "yields_to", "needs", "how", "label", "lines", "fallback", "logs", "direction",
)  # fmt: skip
_DUMPS = ("associate", "dimse", "dataset", "reject", "transport")
_OBJECTS = ("event", "association", "operation", "run")
_SEVERITIES = ("error", "warning", "notice")
_CONFIDENCES = ("certain", "likely", "possible")
_LOGS = ("orthanc", "peers", "any")
_DIRECTIONS = ("incoming", "outgoing")
_TIES = ("thread", "incoming")
_LEVELS = "EWITFD"
_SHORTEST_LITERAL = 4
_SCHEMA = 1


def read_module(content: Mapping, events: list[EventPattern], signatures: list[Signature], faults: list[Fault]) -> None:
    """Adds what a module holds to ``events`` and ``signatures``, and what is wrong with it to ``faults``."""
    faults += content.unknown_keys(_MODULE_KEYS)
    if content.get("schema") != _SCHEMA:
        faults.append(content.fault("schema", f"'schema' must be {_SCHEMA}"))
    for entry in entries(content, "events", faults):
        faults += entry.unknown_keys(_EVENT_KEYS)
        events += _lines(entry, str(entry.get("event", "")), faults, harmless=entry.get("harmless"))
    for entry in entries(content, "harmless", faults):
        faults += entry.unknown_keys(_HARMLESS_KEYS)
        if not entry.get("why"):
            faults.append(entry.fault(None, "a harmless message needs 'why': the reason why nobody has to act on it"))
        events += _lines(entry, "harmless", faults, harmless=str(entry.get("why", "")))
    for entry in entries(content, "signatures", faults):
        faults += entry.unknown_keys(_SIGNATURE_KEYS)
        signature = _signature(entry, faults)
        signatures.append(signature)
        for line in entries(entry, "lines", faults):
            faults += line.unknown_keys(_LINE_KEYS)
            events += _lines(line, f"signature.{signature.name}", faults)


def entries(content: Mapping, key: str, faults: list[Fault]) -> list[Mapping]:
    """The list of mappings under a key; empty, and a fault, when it is something else."""
    value = content.get(key) or []
    if not isinstance(value, list) or not all(isinstance(v, Mapping) for v in value):
        faults.append(content.fault(key, f"{key!r} must be a list of mappings"))
        return []
    return value


def strings(entry: Mapping, key: str, faults: list[Fault]) -> tuple[str, ...]:
    """The texts under a key: one, or a list of them."""
    value = entry.get(key) or []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        faults.append(entry.fault(key, f"{key!r} must be a list of texts"))
        return ()
    return tuple(value)


def read_direction(entry: Mapping, faults: list[Fault]) -> str | None:
    """``incoming``, ``outgoing`` or nothing."""
    if entry.get("direction") is None:
        return None
    return _choice(entry, "direction", _DIRECTIONS, _DIRECTIONS[0], faults)


def _choice(entry: Mapping, key: str, known: tuple[str, ...], default: str, faults: list[Fault]) -> str:
    value = str(entry.get(key, default))
    if value not in known:
        faults.append(entry.fault(key, f"{key!r} is one of {', '.join(known)}{did_you_mean(value, known)}"))
        return default
    return value


def _lines(entry: Mapping, event: str, faults: list[Fault], harmless: str | None = None) -> list[EventPattern]:
    """The patterns of one entry, which may give several wordings of the same message."""
    regex = entry.get("regex")
    if not event:
        faults.append(entry.fault(None, "'event' is missing: the name of what this line says"))
    if regex is not None:
        messages: tuple[str, ...] = ("",)
        if not isinstance(entry.get("literal"), str) or len(str(entry["literal"])) < _SHORTEST_LITERAL:
            faults.append(entry.fault("regex", "a 'regex' needs a 'literal': 4 characters or more that always occur"))
        faults += [entry.fault("regex", text) for text in expression_faults(str(regex))]
    else:
        messages = _messages(entry, faults)
    if entry.get("dump") is not None:
        _choice(entry, "dump", _DUMPS, "dimse", faults)
    level = entry.get("level")
    if level is not None and (not isinstance(level, str) or not level or set(level) - set(_LEVELS)):
        faults.append(entry.fault("level", f"'level' is one or more of the letters {', '.join(_LEVELS)}"))
    samples = _samples(entry, faults)
    return [
        EventPattern(
            event=event,
            message=text,
            regex=regex,
            literal=entry.get("literal"),
            file=entry.get("file"),
            levels=level,
            dump=entry.get("dump"),
            harmless=harmless,
            dcmtk=bool(entry.get("dcmtk", False)),
            samples=samples,
            where=f"{entry.path}:{entry.line}",
        )
        for text in messages
    ]


def _messages(entry: Mapping, faults: list[Fault]) -> tuple[str, ...]:
    if entry.get("message") is None:
        faults.append(entry.fault(None, "'message' is missing: the line's text, with {names} for what changes"))
        return ()
    usable = []
    for text in strings(entry, "message", faults):
        try:
            compile_template(text)
        except TemplateError as e:
            faults.append(entry.fault("message", str(e)))
        else:
            usable.append(text)
    return tuple(usable)


def _samples(entry: Mapping, faults: list[Fault]) -> tuple[Sample, ...]:
    samples = []
    for sample in entry.get("samples") or []:
        if isinstance(sample, Mapping):
            faults += sample.unknown_keys(("line", "is"))
            fields = {k: str(v) for k, v in (sample.get("is") or {}).items()}
            samples.append(Sample(str(sample.get("line", "")), fields=fields))
        else:
            samples.append(Sample(str(sample)))
    return (*samples, *(Sample(line, hit=False) for line in strings(entry, "near", faults)))


def _signature(entry: Mapping, faults: list[Fault]) -> Signature:
    faults += [
        entry.fault(None, f"{key!r} is missing")
        for key in ("code", "name", "cause", "title")
        if not isinstance(entry.get(key), str) or not entry[key]
    ]
    name = str(entry.get("name", ""))
    when = entry.get("when")
    if when is None:
        if not entry.get("lines"):
            faults.append(entry.fault(None, "needs 'when' (a condition) or 'lines' (messages)"))
        when = {"event": f"signature.{name}"}
    for key, condition in (("when", when), ("unless", entry.get("unless"))):
        if condition is not None:
            faults += _condition_faults(entry, key, condition)
    return Signature(
        code=str(entry.get("code", "")),
        name=name,
        cause=str(entry.get("cause", "")),
        title=" ".join(str(entry.get("title", "")).split()),
        severity=_choice(entry, "severity", _SEVERITIES, "error", faults),
        confidence=_choice(entry, "confidence", _CONFIDENCES, "certain", faults),
        on=_choice(entry, "on", _OBJECTS, "event", faults),
        when=when if isinstance(when, dict) else {},
        unless=entry["unless"] if isinstance(entry.get("unless"), dict) else None,
        group_by=strings(entry, "group_by", faults),
        explains=strings(entry, "explains", faults),
        yields_to=_ties(entry, faults),
        needs=entry.get("needs"),
        how=entry.get("how"),
        label=str(entry.get("label", "")),
        where=f"{entry.path}:{entry.line}",
        fallback=bool(entry.get("fallback", False)),
        logs=_choice(entry, "logs", _LOGS, "orthanc", faults),
        direction=read_direction(entry, faults),
    )


def _ties(entry: Mapping, faults: list[Fault]) -> tuple[str, ...]:
    ties = strings(entry, "yields_to", faults)
    known = ", ".join(_TIES)
    faults += [entry.fault("yields_to", f"{t!r} is no tie; known are: {known}") for t in ties if t not in _TIES]
    return ties


def _condition_faults(entry: Mapping, key: str, condition: Any) -> list[Fault]:  # noqa: ANN401 - parsed YAML
    if not isinstance(condition, dict):
        return [entry.fault(key, "a condition is a mapping of fields to values")]
    faults: list[Fault] = []
    for name, value in condition.items():
        mark = condition if isinstance(condition, Mapping) else entry
        if name in COMBINATIONS:
            if not isinstance(value, list):
                faults.append(mark.fault(name, f"{name!r} takes a list of conditions"))
                continue
            for part in value:
                faults += _condition_faults(entry, key, part)
        elif isinstance(value, dict):
            faults += [
                mark.fault(name, f"unknown operator {op!r}{did_you_mean(op, OPERATORS)}")
                for op in value
                if op not in OPERATORS
            ]
    return faults
