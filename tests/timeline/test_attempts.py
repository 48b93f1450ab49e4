"""Attempts at an association of which Orthanc never learns an AET, or of which only the failure is logged."""

from __future__ import annotations

import pytest

from loganalyzer.timeline.association import Attribution, Direction, Outcome
from tests.knowledge import SAMPLES, diagnosed, recorded


@pytest.mark.parametrize(
    "name",
    [
        "http-to-dicom-port-1.12.7-trace",
        "not-dicom-on-dicom-port-1.13.0-trace",
        "not-dicom-on-dicom-port-1.9.1-trace",
        "tls-client-to-plain-server-1.13.0-trace",
        "tls-expired-client-1.13.0-trace",
    ],
)
def test_a_trace_shows_where_they_came_from(name: str) -> None:
    log = SAMPLES / name / "orthanc.log"
    lines = log.read_text(encoding="latin-1").splitlines()
    attempts = [
        a
        for a in diagnosed(log).associations
        if a.direction is Direction.INCOMING and a.outcome is Outcome.NOT_ESTABLISHED
    ]
    assert attempts
    for attempt in attempts:
        shown = lines[(attempt.start_line or 1) - 1].rpartition("Association Received: ")[2]
        assert attempt.peer_ip == (shown if shown != "localhost" else None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("connection-refused-store-1.9.1-default", [("PACS", Outcome.NOT_ESTABLISHED)]),
        ("lua-rest-call-refused-1.13.0-default", [("ARCHIVE", Outcome.NOT_ESTABLISHED)]),
        ("peer-closes-at-once-1.10.1-default", [(f"PACS{n}", Outcome.NOT_ESTABLISHED) for n in ("", 2, 3)]),
        ("remote-rejects-calling-aet-1.12.7-default", [("PACS", Outcome.REJECTED)] * 2),
        ("calling-aet-unknown-find-1.12.7-default", [("STRANGER", Outcome.UNKNOWN)]),
        ("healthy-restarted-1.13.0-default", []),
    ],
)
def test_the_default_level_shows_what_failed_as_often_as_it_did(name: str, shown: list[tuple[str, Outcome]]) -> None:
    found = recorded(name).associations
    assert [(a.peer_aet, a.outcome) for a in found] == shown
    assert all(a.attribution is Attribution.INFERRED and a.failed for a in found)
