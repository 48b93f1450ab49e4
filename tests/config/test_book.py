"""The checklist of the Orthanc Book, answered from a configuration where the log is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loganalyzer.diagnosis.model import ChecklistStep, Diagnosis
from tests.config.samples import diagnosed, options_of, written
from tests.knowledge import SAMPLES

MOVE = "move-destination-rejects-1.13.0-trace"
THIN = "healthy-store-in-1.13.0-default"


def step(diagnosis: Diagnosis, name: str) -> ChecklistStep:
    return next(one for one in diagnosis.checklist if one.step == name)


def answered(folder: Path, sample: str, name: str, **changes: Any) -> ChecklistStep:
    return step(diagnosed(sample, written(folder, options_of(sample) | changes)), name)


def test_entries_that_fit_are_shown_with_their_lines() -> None:
    found = step(diagnosed(MOVE), "modalities")
    assert found.state == "confirmed"
    assert {e.log for e in found.evidence} == {-1}
    assert "VIEWER" in " ".join(e.text for e in found.evidence)


def test_an_entry_too_few_confirms_nothing(tmp_path: Path) -> None:
    entries = options_of(MOVE)["DicomModalities"]
    fewer = dict(list(entries.items())[1:])
    assert answered(tmp_path, MOVE, "modalities", DicomModalities=fewer).state == "unknown"


@pytest.mark.parametrize(
    ("name", "changes", "state"),
    [
        ("check-called-aet", {}, "confirmed"),
        ("check-called-aet", {"DicomCheckCalledAet": True}, "contradicted"),
        ("transfer-syntaxes", {"AcceptedTransferSyntaxes": ["1.2.840.10008.1.*"]}, "confirmed"),
        ("transfer-syntaxes", {"AcceptedTransferSyntaxes": ["1.2.840.10008.1.2"]}, "contradicted"),
        ("transfer-syntaxes", {"JpegTransferSyntaxAccepted": False}, "contradicted"),
        ("lua-plugins", {"Plugins": [], "LuaScripts": []}, "confirmed"),
        ("lua-plugins", {"LuaScripts": ["route.lua"]}, "contradicted"),
        ("association-close-delay", {"DicomAssociationCloseDelay": 0}, "confirmed"),
        ("association-close-delay", {"DicomAssociationCloseDelay": 7}, "contradicted"),
    ],
)
def test_a_step_is_answered_from_the_configuration(
    tmp_path: Path, name: str, changes: dict[str, Any], state: str
) -> None:
    found = answered(tmp_path, THIN, name, **changes)
    assert found.state == state
    assert all(e.log == -1 and e.text.startswith(f"orthanc.json:{e.line}: ") for e in found.evidence)
    assert bool(found.evidence) == bool(changes) or name == "check-called-aet"


def test_the_configuration_is_not_asked_for_when_it_is_there() -> None:
    refused = "calling-aet-unknown-store-1.12.7-trace"
    assert not [q for q in diagnosed(refused).questions if q.asks_for.startswith("The configuration")]


def test_a_configuration_that_cannot_be_read_answers_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "orthanc.json"
    broken.write_text("{")
    found = diagnosed(THIN, broken)
    assert step(found, "check-called-aet").state == "unknown"
    assert (SAMPLES / THIN / "orthanc.log").is_file()
