"""Reads and checks pattern files that are not in the cache yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.patternbase.asked import events_named
from loganalyzer.patternbase.base import PatternBase
from loganalyzer.patternbase.book import read_questions, read_steps
from loganalyzer.patternbase.faults import Fault, PatternError, did_you_mean
from loganalyzer.patternbase.module import entries, read_direction, read_module, strings
from loganalyzer.patternbase.source import Mapping, read_yaml
from loganalyzer.patternbase.types import PEERS, Advice, Cause, EventPattern, Signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loganalyzer.patternbase.types import BookStep, QuestionRule

_CAUSE_KEYS = (
    "schema", "cause", "logs", "title", "refines", "what", "why", "actions", "ask", "references", "versions",
    "compare",
)  # fmt: skip
_COMPARE_KEYS = ("what", "expected", "found")
_ADVICE_KEYS = ("who", "text", "option", "suggested", "risk", "verify")


def read_files(files: Sequence[tuple[str, bytes]], folders: Sequence[str], *, strict: bool) -> PatternBase:
    """The pattern base of some files, of which names and contents are given; see :func:`load_patterns`.

    Raises:
        PatternError: with every fault of every file.
    """
    faults: list[Fault] = []
    events: list[EventPattern] = []
    signatures: list[Signature] = []
    causes: dict[str, Cause] = {}
    checklist: list[BookStep] = []
    questions: list[QuestionRule] = []
    for name, raw in files:
        try:
            content = read_yaml(raw, name)
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
            read_module(content, events, signatures, faults)
    if strict:
        faults += _cross_check(events, signatures, causes)
    if faults:
        raise PatternError(faults)
    known = {p.event for p in events}
    usable = [s for s in signatures if s.cause in causes and known.issuperset(events_named(s.when))]
    return PatternBase(tuple(events), tuple(usable), causes, tuple(folders), tuple(checklist), tuple(questions))


def _cause(content: Mapping, faults: list[Fault]) -> Cause:
    faults += content.unknown_keys(_CAUSE_KEYS)
    actions = []
    for entry in entries(content, "actions", faults):
        faults += entry.unknown_keys((*_ADVICE_KEYS, "direction", "signatures", "status"))
        actions.append(
            Advice(
                who=str(entry.get("who", "")),
                text=str(entry.get("text", "")),
                direction=read_direction(entry, faults),
                signatures=strings(entry, "signatures", faults),
                status=strings(entry, "status", faults),
                **{k: None if entry.get(k) is None else str(entry[k]) for k in _ADVICE_KEYS[2:]},
            )
        )
    if not actions:
        faults.append(content.fault("actions", "a cause needs at least one action"))
    return Cause(
        slug=str(content["cause"]) + (PEERS if content.get("logs") == "peers" else ""),
        title=str(content.get("title", "")),
        what=str(content.get("what", "")).strip(),
        why=str(content.get("why", "")).strip(),
        actions=tuple(actions),
        ask=strings(content, "ask", faults),
        references=strings(content, "references", faults),
        versions=strings(content, "versions", faults),
        refines=content.get("refines"),
        compare=_compare(content, faults),
    )


def _compare(content: Mapping, faults: list[Fault]) -> tuple[tuple[str, str, str], ...]:
    rows = []
    for entry in entries(content, "compare", faults):
        faults += entry.unknown_keys(_COMPARE_KEYS)
        faults += [entry.fault(key, f"a comparison needs {key!r}") for key in _COMPARE_KEYS if not entry.get(key)]
        what, expected, found = (str(entry.get(key, "")) for key in _COMPARE_KEYS)
        rows.append((what, expected, found))
    return tuple(rows)


def _cross_check(events: list[EventPattern], signatures: list[Signature], causes: dict[str, Cause]) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[str, Signature] = {}
    names = {s.name for s in signatures}
    given = {p.event for p in events}
    for s in signatures:
        for word in (s.code, s.name):
            if word in seen:
                faults.append(Fault.at(s.where, f"{word!r} is already used in {seen[word].where}"))
            seen[word] = s
        if s.cause not in causes:
            faults.append(Fault.at(s.where, f"no cause {s.cause!r}{did_you_mean(s.cause, causes)}"))
        faults += [
            Fault.at(s.where, f"explains {e!r}, which is no cause or signature{did_you_mean(e, (*causes, *names))}")
            for e in s.explains
            if e not in causes and e not in names
        ]
        faults += [
            Fault.at(s.where, f"no pattern gives the event {e!r}{did_you_mean(e, given)}")
            for e in events_named(s.when)
            if e not in given
        ]
    faults += [
        Fault(f"{slug} (cause)", 1, 1, f"advice for {name!r}, which is no signature{did_you_mean(name, names)}")
        for slug, cause in causes.items()
        for advice in cause.actions
        for name in advice.signatures
        if name not in names
    ]
    return faults
