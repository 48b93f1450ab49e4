"""Fixtures: diagnoses of recorded logs, and what hostile texts a log may bring."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from msgspec import Struct

from loganalyzer.sources.block import Problem
from tests.hostile import HOSTILE
from tests.knowledge import recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.diagnosis.model import Diagnosis

CASES = (
    "busy-hundreds-1.12.7-verbose",
    "healthy-store-in-1.10.1-trace",
    "move-destination-rejects-1.12.7-trace",
    "remote-rejects-called-aet-1.12.7-trace",
    "unsupported-transfer-syntax-in-1.12.7-trace",
)


def poisoned(value: Any, text: str) -> Any:
    """Return ``value`` (a diagnosis or a part of one) with ``text`` in the place of every text in it."""
    if isinstance(value, StrEnum) or value is None:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(poisoned(member, text) for member in value)
    if isinstance(value, dict):
        return {poisoned(key, text): poisoned(member, text) for key, member in value.items()}
    if is_dataclass(value) or isinstance(value, Struct):
        return type(value)(**{name: poisoned(getattr(value, name), text) for name in get_type_hints(type(value))})
    return value


def with_every_text(text: str) -> Diagnosis:
    """A diagnosis with two associations and a finding, in which every text is ``text``."""
    diagnosis: Diagnosis = poisoned(recorded("unsupported-transfer-syntax-in-1.12.7-trace"), text)
    ids = tuple(association.id for association in diagnosis.associations)
    findings = tuple(replace(finding, associations=ids, recovered_by=ids[0]) for finding in diagnosis.findings)
    return replace(diagnosis, findings=findings, problems=(Problem(ids[0], ids[0]),), unknown_messages=3)


@pytest.fixture(params=HOSTILE, scope="session")
def hostile(request: pytest.FixtureRequest) -> Diagnosis:
    """A diagnosis in which every text is hostile."""
    return with_every_text(HOSTILE[request.param])


@pytest.fixture(params=CASES, scope="session")
def diagnosis(request: pytest.FixtureRequest) -> Diagnosis:
    """Each recorded run in turn."""
    return recorded(str(request.param))


@pytest.fixture(scope="session")
def one_diagnosis() -> Diagnosis:
    """One recorded run with two associations, contexts, and a finding."""
    return recorded("unsupported-transfer-syntax-in-1.12.7-trace")


@pytest.fixture(scope="session")
def busy_diagnosis() -> Diagnosis:
    """One recorded run with some hundred associations, of which a tenth failed in many ways."""
    return recorded("busy-hundreds-1.12.7-verbose")


@pytest.fixture(scope="session")
def record() -> Callable[[str], Diagnosis]:
    """Gives the diagnosis of any recorded run by its name."""
    return recorded
