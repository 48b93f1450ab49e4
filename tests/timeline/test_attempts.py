"""Attempts at an association of which Orthanc never learns an AET."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer import diagnose
from loganalyzer.timeline.association import Direction, Outcome

SAMPLES = Path(__file__).parents[2] / "sample_logs"


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
        for a in diagnose(log).associations
        if a.direction is Direction.INCOMING and a.outcome is Outcome.NOT_ESTABLISHED
    ]
    assert attempts
    for attempt in attempts:
        shown = lines[(attempt.start_line or 1) - 1].rpartition("Association Received: ")[2]
        assert attempt.peer_ip == (shown if shown != "localhost" else None)
