"""What the signatures judge: events that were seen, and hits that they make of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loganalyzer.timeline.association import Association

if TYPE_CHECKING:
    from datetime import datetime

    from loganalyzer.diagnosis.model import Evidence, Run
    from loganalyzer.patternbase.types import Signature
    from loganalyzer.records.record import Record


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that some signature wants to judge. ``draft`` is the number of the association it belongs to."""

    type: str
    log: int
    run: int
    record: Record
    fields: dict[str, str]
    draft: int | None


@dataclass(slots=True)
class Hit:
    """One object on which a signature holds. ``place`` is what is compared to find what explains it."""

    signature: Signature
    log: int
    line: int
    time: datetime | None
    thread: str | None
    values: dict[str, str]
    evidence: list[Evidence]
    associations: tuple[str, ...]
    explained_by: Signature | None = None
    weight: int = 1


@dataclass(slots=True)
class Scene:
    """All that is known of the logs when the signatures are judged."""

    associations: tuple[Association, ...]
    runs: dict[tuple[int, int], Run]
    by_draft: dict[tuple[int, int], Association] = field(default_factory=dict)
    by_id: dict[str, Association] = field(default_factory=dict)
    children: dict[str, list[Association]] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)
