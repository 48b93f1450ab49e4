"""``Closing DICOM association`` without thread names, while several associations of Orthanc's own stand.

The log is the beginning of one that Orthanc 1.12.7 wrote with ``--logs-no-thread``; the truth is from the wire.
"""

from __future__ import annotations

from pathlib import Path

from tests import knowledge

LOG = Path(__file__).parent / "closings-1.12.7-nothread.log.gz"
ENDED = [
    ("DYING", "released"),
    ("ABORTER", "not-established"),
    ("BACKUP", "not-established"),
    ("WORKSTATION", "released"),
    ("STRICT", "rejected"),
    ("VIEWER", "released"),
    ("MUTE", "not-established"),
    ("STRICT", "rejected"),
    ("ABORTER", "not-established"),
    ("OLDPACS", "released"),
    ("LATEPACS", "not-established"),
    ("WEBSRV", "not-established"),
]


def test_a_closing_is_not_taken_for_one_that_fails_later() -> None:
    outgoing = [a for a in knowledge.diagnosed(LOG).associations if a.direction == "outgoing"]
    assert [(a.called_aet, a.outcome) for a in outgoing] == ENDED


def test_where_two_stood_the_end_is_inferred() -> None:
    told = {a.called_aet: a.attribution for a in knowledge.diagnosed(LOG).associations if a.direction == "outgoing"}
    assert told["OLDPACS"] == told["MUTE"] == "inferred"
    assert told["VIEWER"] == told["WEBSRV"] == "exact"
