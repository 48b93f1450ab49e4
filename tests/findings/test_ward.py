"""A quarter of a minute of a ward, as two Orthancs logged it: 63 images that Lua sends to an archive and a dead backup.

Beside that, commitment requests, a silent peer, a wrong AET, a stranger, aborts, probes of the port.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Diagnosis, Finding
from tests import knowledge

FOLDER = Path(__file__).parent


def diagnosed(name: str) -> Diagnosis:
    return knowledge.diagnosed(FOLDER / f"ward-{name}.log.gz")


@pytest.fixture(scope="module", params=["1.12.7-default", "1.9.1-verbose"])
def ward(request: pytest.FixtureRequest) -> Diagnosis:
    return diagnosed(request.param)


@pytest.fixture(scope="module")
def nameless() -> Diagnosis:
    return diagnosed("1.9.1-verbose")


def causes(diagnosis: Diagnosis) -> list[Finding]:
    return [f for f in diagnosis.findings if f.explained_by is None]


def test_each_failure_counts_once(ward: Diagnosis) -> None:
    """Every image failed to reach the backup: that is one thing, said by Orthanc and by Lua."""
    counts = {(f.code, f.values.get("called_aet")): f.count for f in causes(ward)}
    assert counts["LA320", "BACKUP"] == 63
    assert counts["LA320", "BADCOMMIT"] == 1
    assert counts["LA326", "MUTE"] == 2
    assert {f.explained_by for f in ward.findings if f.code == "LA910"} <= {"LA320", "LA326"}


def test_what_lua_sends_is_no_commitment_report(nameless: Diagnosis) -> None:
    assert "LA240" not in {f.code for f in nameless.findings}
    asked = {a.id for a in nameless.associations if any(o.command == "N-ACTION" for o in a.operations)}
    assert {a.called_aet for a in nameless.associations if a.caused_by in asked} <= {"BADCOMMIT", "CT_ROOM1"}


def test_an_end_that_names_nobody_is_laid_at_nobody_for_sure(nameless: Diagnosis) -> None:
    broken = [f for f in nameless.findings if f.code == "LA142"]
    assert broken
    assert all("or another client" in f.title for f in broken)
    refused = next(f for f in nameless.findings if f.code == "LA115")
    assert {a.calling_aet for a in nameless.associations if a.id in refused.associations} == {"STRANGER"}
    assert not [f for f in broken if f.explained_by == "LA115"]
