"""Which events the signatures ask for: all others need not be kept for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loganalyzer.findings.conditions import fields_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from loganalyzer.patternbase.types import Signature

#: Fields of a condition whose values are names of events.
_EVENT_KEYS = ("event", "preceded_by", "followed_by", "carried_by")


@dataclass(frozen=True, slots=True)
class AskedEvents:
    """``judged`` are the events that a signature, by its code, judges; ``all`` those that any condition names."""

    judged: Mapping[str, tuple[str, ...]]
    all: frozenset[str]


def asked_events(signatures: Iterable[Signature]) -> AskedEvents:
    """The events that ``signatures`` ask for."""
    judged: dict[str, tuple[str, ...]] = {}
    named: set[str] = set()
    for signature in signatures:
        judged[signature.code] = tuple(dict.fromkeys(events_named(signature.when)))
        for condition in (signature.when, signature.unless or {}):
            named.update(events_named(condition, _EVENT_KEYS))
    return AskedEvents(judged, frozenset(named))


def events_named(condition: Mapping[str, Any], keys: Container[str] = ("event",)) -> list[str]:
    """The names of events that a condition gives to some of its fields."""
    names: list[str] = []
    for field, wanted in fields_of(condition):
        if field in keys:
            values = wanted.values() if isinstance(wanted, dict) else [wanted]
            names += [n for value in values for n in ([value] if isinstance(value, str) else value)]
    return names
