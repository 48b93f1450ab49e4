"""From pattern files to :class:`PatternBase`."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from loganalyzer.events.template import TemplateError, compile_template
from loganalyzer.findings.conditions import OPERATORS
from loganalyzer.patternbase.book import read_questions, read_steps
from loganalyzer.patternbase.source import Fault, Mapping, PatternError, did_you_mean, read_yaml
from loganalyzer.patternbase.types import Advice, BookStep, Cause, EventPattern, QuestionRule, Sample, Signature

__all__ = ["PatternBase", "PatternError", "load_patterns", "patterns_folder"]

_MODULE_KEYS = ("schema", "about", "events", "signatures", "harmless")
_LINE_KEYS = ("message", "regex", "literal", "file", "level", "samples", "near", "dcmtk")
_EVENT_KEYS = ("event", "dump", "harmless", *_LINE_KEYS)
_HARMLESS_KEYS = ("why", *_LINE_KEYS)
_SIGNATURE_KEYS = (
    "code", "name", "cause", "title", "severity", "confidence", "on", "when", "unless", "group_by", "explains", "needs",
    "how", "label", "lines", "fallback",
)  # fmt: skip
_CAUSE_KEYS = ("schema", "cause", "title", "refines", "what", "why", "actions", "ask", "references", "versions")
_ADVICE_KEYS = ("who", "text", "option", "suggested", "risk", "verify")
_DUMPS = ("associate", "dimse", "dataset", "reject", "transport")
_OBJECTS = ("event", "association", "operation", "run")
_SEVERITIES = ("error", "warning", "notice")
_CONFIDENCES = ("certain", "likely", "possible")
_LINKS = ("all", "any", "none")
_SHORTEST_LITERAL = 4


@dataclass(frozen=True, slots=True)
class PatternBase:
    """All patterns of one or more folders. ``folders`` says where they came from."""

    events: tuple[EventPattern, ...] = ()
    signatures: tuple[Signature, ...] = ()
    causes: dict[str, Cause] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    checklist: tuple[BookStep, ...] = ()
    questions: tuple[QuestionRule, ...] = ()

    def signature(self, code_or_name: str) -> Signature | None:
        """The signature with this code or name."""
        return next((s for s in self.signatures if code_or_name in (s.code, s.name)), None)


def patterns_folder() -> Path:
    """The folder of the patterns that came with the program: the checkout's own, or the installed wheel's copy."""
    checkout = Path(__file__).resolve().parents[2] / "patterns"
    if (checkout / "causes").is_dir():
        return checkout
    return Path(str(resources.files("loganalyzer") / "patterns"))


def load_patterns(*folders: Path | str, builtin: bool = True, strict: bool = False) -> PatternBase:
    """Loads the program's own patterns, and those of ``folders`` after them.

    A signature that names a cause or an event that nobody defines is left out, so that one bad line does not take the
    rest away; with ``strict`` it is a fault, as for ``patterns check``.

    Raises:
        PatternError: with every fault of every file.
    """
    faults: list[Fault] = []
    events: list[EventPattern] = []
    signatures: list[Signature] = []
    causes: dict[str, Cause] = {}
    checklist: list[BookStep] = []
    questions: list[QuestionRule] = []
    sources = ([patterns_folder()] if builtin else []) + [Path(f) for f in folders]
    for folder in sources:
        if not folder.is_dir():
            faults.append(Fault(str(folder), 1, 1, "is not a folder"))
            continue
        for path in sorted(folder.rglob("*.yaml")):
            name = path.relative_to(folder.parent).as_posix()
            try:
                content = read_yaml(path, name)
            except PatternError as e:
                faults += e.faults
                continue
            if "cause" in content:
                cause = _cause(content, faults)
                causes[cause.slug] = cause
            elif "steps" in content:
                checklist += read_steps(content, faults)
            elif "questions" in content:
                questions += read_questions(content, faults)
            else:
                _module(content, events, signatures, faults)
    if strict:
        faults += _cross_check(events, signatures, causes)
    known = {p.event for p in events}
    signatures = [s for s in signatures if s.cause in causes and known.issuperset(_events_of(s.when))]
    if faults:
        raise PatternError(faults)
    return PatternBase(
        tuple(events), tuple(signatures), causes, tuple(map(str, sources)), tuple(checklist), tuple(questions)
    )


def _module(content: Mapping, events: list[EventPattern], signatures: list[Signature], faults: list[Fault]) -> None:
    faults += content.unknown_keys(_MODULE_KEYS)
    for entry in _entries(content, "events", faults):
        faults += entry.unknown_keys(_EVENT_KEYS)
        events += _lines(entry, str(entry.get("event", "")), faults, harmless=entry.get("harmless"))
    for entry in _entries(content, "harmless", faults):
        faults += entry.unknown_keys(_HARMLESS_KEYS)
        if not entry.get("why"):
            faults.append(entry.fault(None, "a harmless message needs 'why': the reason why nobody has to act on it"))
        events += _lines(entry, "harmless", faults, harmless=str(entry.get("why", "")))
    for entry in _entries(content, "signatures", faults):
        faults += entry.unknown_keys(_SIGNATURE_KEYS)
        signature = _signature(entry, faults)
        signatures.append(signature)
        for line in _entries(entry, "lines", faults):
            faults += line.unknown_keys(_LINE_KEYS)
            events += _lines(line, f"signature.{signature.name}", faults)


def _entries(content: Mapping, key: str, faults: list[Fault]) -> list[Mapping]:
    value = content.get(key) or []
    if not isinstance(value, list) or not all(isinstance(v, Mapping) for v in value):
        faults.append(content.fault(key, f"{key!r} must be a list of mappings"))
        return []
    return value


def _choice(entry: Mapping, key: str, known: tuple[str, ...], default: str, faults: list[Fault]) -> str:
    value = str(entry.get(key, default))
    if value not in known:
        faults.append(entry.fault(key, f"{key!r} is one of {', '.join(known)}{did_you_mean(value, known)}"))
        return default
    return value


def _strings(entry: Mapping, key: str, faults: list[Fault]) -> tuple[str, ...]:
    value = entry.get(key) or []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        faults.append(entry.fault(key, f"{key!r} must be a list of texts"))
        return ()
    return tuple(value)


def _lines(entry: Mapping, event: str, faults: list[Fault], harmless: str | None = None) -> list[EventPattern]:
    """The patterns of one entry, which may give several wordings of the same message."""
    message, regex = entry.get("message"), entry.get("regex")
    if not event:
        faults.append(entry.fault(None, "'event' is missing: the name of what this line says"))
    if regex is not None:
        messages = [""]
        if not isinstance(entry.get("literal"), str) or len(str(entry["literal"])) < _SHORTEST_LITERAL:
            faults.append(entry.fault("regex", "a 'regex' needs a 'literal' of 4 characters or more that always occurs"))
    else:
        messages = list(message) if isinstance(message, list) else [str(message)]
        if message is None:
            faults.append(entry.fault(None, "'message' is missing: the line's text, with {names} for what changes"))
        for text in messages:
            try:
                compile_template(str(text))
            except TemplateError as e:
                faults.append(entry.fault("message", str(e)))
    if entry.get("dump") is not None:
        _choice(entry, "dump", _DUMPS, "dimse", faults)
    samples = _samples(entry, faults)
    return [
        EventPattern(
            event=event,
            message=str(text),
            regex=regex,
            literal=entry.get("literal"),
            file=entry.get("file"),
            levels=entry.get("level"),
            dump=entry.get("dump"),
            harmless=harmless,
            dcmtk=bool(entry.get("dcmtk", False)),
            samples=samples,
            where=f"{entry.path}:{entry.line}",
        )
        for text in messages
    ]


def _samples(entry: Mapping, faults: list[Fault]) -> tuple[Sample, ...]:
    samples = []
    for sample in entry.get("samples") or []:
        if isinstance(sample, Mapping):
            faults += sample.unknown_keys(("line", "is"))
            fields = {k: str(v) for k, v in (sample.get("is") or {}).items()}
            samples.append(Sample(str(sample.get("line", "")), fields=fields))
        else:
            samples.append(Sample(str(sample)))
    return (*samples, *(Sample(line, hit=False) for line in _strings(entry, "near", faults)))


def _signature(entry: Mapping, faults: list[Fault]) -> Signature:
    for key in ("code", "name", "cause", "title"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            faults.append(entry.fault(None, f"{key!r} is missing"))
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
        when=when,
        unless=entry.get("unless"),
        group_by=_strings(entry, "group_by", faults),
        explains=_strings(entry, "explains", faults),
        needs=entry.get("needs"),
        how=entry.get("how"),
        label=str(entry.get("label", "")),
        fallback=bool(entry.get("fallback", False)),
        where=f"{entry.path}:{entry.line}",
    )


def _condition_faults(entry: Mapping, key: str, condition: Any) -> list[Fault]:  # noqa: ANN401 - parsed YAML
    if not isinstance(condition, dict):
        return [entry.fault(key, "a condition is a mapping of fields to values")]
    faults: list[Fault] = []
    for name, value in condition.items():
        mark = condition if isinstance(condition, Mapping) else entry
        if name in _LINKS:
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


def _cause(content: Mapping, faults: list[Fault]) -> Cause:
    faults += content.unknown_keys(_CAUSE_KEYS)
    actions = []
    for entry in _entries(content, "actions", faults):
        faults += entry.unknown_keys(_ADVICE_KEYS)
        actions.append(
            Advice(
                who=str(entry.get("who", "")),
                text=str(entry.get("text", "")),
                **{k: None if entry.get(k) is None else str(entry[k]) for k in ("option", "suggested", "risk", "verify")},
            )
        )
    if not actions:
        faults.append(content.fault("actions", "a cause needs at least one action"))
    return Cause(
        slug=str(content["cause"]),
        title=str(content.get("title", "")),
        what=str(content.get("what", "")).strip(),
        why=str(content.get("why", "")).strip(),
        actions=tuple(actions),
        ask=_strings(content, "ask", faults),
        references=_strings(content, "references", faults),
        versions=_strings(content, "versions", faults),
        refines=content.get("refines"),
    )


def _cross_check(events: list[EventPattern], signatures: list[Signature], causes: dict[str, Cause]) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[str, Signature] = {}
    names = {s.name for s in signatures}
    for s in signatures:
        path, _, line = s.where.rpartition(":")
        at = (path, int(line), 1)
        for word in (s.code, s.name):
            if word in seen:
                faults.append(Fault(*at, f"{word!r} is already used in {seen[word].where}"))
            seen[word] = s
        if s.cause not in causes:
            faults.append(Fault(*at, f"no cause {s.cause!r}{did_you_mean(s.cause, causes)}"))
        faults += [
            Fault(*at, f"explains {e!r}, which is no cause or signature{did_you_mean(e, (*causes, *names))}")
            for e in s.explains
            if e not in causes and e not in names
        ]
        faults += [
            Fault(*at, f"no pattern gives the event {e!r}{did_you_mean(e, {p.event for p in events})}")
            for e in _events_of(s.when)
            if not any(p.event == e for p in events)
        ]
    return faults


def _events_of(condition: Any) -> list[str]:  # noqa: ANN401 - parsed YAML
    names: list[str] = []
    if isinstance(condition, dict):
        for key, value in condition.items():
            if key == "event":
                wanted = value.get("in", []) if isinstance(value, dict) else value
                names += [wanted] if isinstance(wanted, str) else list(wanted)
            elif key in _LINKS:
                names += [n for part in value for n in _events_of(part)]
    return names
