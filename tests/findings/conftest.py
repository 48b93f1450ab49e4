"""Samples, stand-ins for events, and the pattern base that all tests of the findings share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import pytest

from loganalyzer.diagnosis.model import Diagnosis, Run
from loganalyzer.events.event import Event
from loganalyzer.findings.judge import Judge
from loganalyzer.findings.sighting import Hit, Scene
from loganalyzer.patternbase import PatternBase
from loganalyzer.patternbase.types import Signature
from loganalyzer.records.record import Record
from loganalyzer.timeline.association import Association
from tests import knowledge
from tests.knowledge import SAMPLES, diagnosed, recorded

START = datetime(2026, 11, 23, 16, 0, 0)


@cache
def expectation(sample: str) -> dict[str, object]:
    """What was provoked in a sample."""
    read: dict[str, object] = json.loads((SAMPLES / sample / "expected.json").read_text(encoding="utf-8"))
    return read


def samples(wanted: Callable[[dict[str, object]], bool]) -> list[str]:
    """The names of the samples whose expectation is wanted."""
    return sorted(p.parent.name for p in SAMPLES.glob("*/expected.json") if wanted(expectation(p.parent.name)))


@pytest.fixture(scope="session")
def patterns() -> PatternBase:
    return knowledge.patterns()


@pytest.fixture(scope="session")
def diagnosis_of() -> Callable[[str], Diagnosis]:
    @cache
    def diagnosis(sample: str) -> Diagnosis:
        names = expectation(sample).get("log_files") or ["orthanc.log"]
        assert isinstance(names, list)
        logs = [path for name in names if (path := SAMPLES / sample / str(name)).exists()]
        return recorded(sample) if len(logs) < 2 else diagnosed(*logs)

    return diagnosis


def event(kind: str, line: int, *, seconds: float = 0, thread: str | None = "DICOM-0", **fields: str) -> Event:
    """An event as the reader would give it; its message is its name and its fields."""
    message, file = fields.pop("message", f"{kind} {fields}"), fields.pop("file", "OrthancException.cpp")
    record = Record(
        line, START + timedelta(seconds=seconds), "E", thread, None, None, file, None, message, False, message
    )
    return Event(kind, record, fields)


def signature(
    code: str, *, cause: str = "connection-refused", explains: tuple[str, ...] = (), **more: object
) -> Signature:
    """A signature on the event ``seen``."""
    values: dict[str, object] = {
        "title": "a title", "severity": "error", "confidence": "certain", "on": "event", "when": {"event": "seen"}
    } | more  # fmt: skip
    return Signature(code=code, name=f"name-{code}", cause=cause, explains=explains, **values)  # type: ignore[arg-type]


def scene_of(*associations: Association) -> Scene:
    """A scene of a log that has these associations."""
    scene = Scene({})
    scene.take(associations)
    return scene


def judged(signatures: list[Signature], events: list[Event], scene: Scene | None = None) -> list[Hit]:
    """The hits of some signatures on some events that belong to no association."""
    judge = Judge(PatternBase(signatures=tuple(signatures)))
    for seen in events:
        judge.observe(seen, 0, 1, None)
    return judge.hits(scene or Scene({(0, 1): Run(1, 1, "1.12.7", aet="ORTHANC")}))[0]
