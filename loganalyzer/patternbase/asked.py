"""Which events the signatures ask for: all others need not be kept for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loganalyzer.patternbase.types import Signature

#: Keys of a condition whose values are names of events.
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
        judged[signature.code] = tuple(dict.fromkeys(_named(signature.when, "event")))
        for condition in (signature.when, signature.unless or {}):
            named.update(name for key in _EVENT_KEYS for name in _named(condition, key))
    return AskedEvents(judged, frozenset(named))


def _named(condition: Any, wanted: str) -> list[str]:  # noqa: ANN401 - parsed YAML
    names: list[str] = []
    for key, value in condition.items():
        if key == wanted:
            values = list(value.values()) if isinstance(value, dict) else [value]
            names += [n for v in values for n in ([v] if isinstance(v, str) else v)]
        elif key in ("all", "any", "none"):
            names += [n for part in value for n in _named(part, wanted)]
    return names
