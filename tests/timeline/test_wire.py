"""The associations of every sample match what went over the wire."""

from __future__ import annotations

import json

import pytest

from loganalyzer.timeline.association import Association, Direction
from tests.knowledge import SAMPLES, recorded

CASES = sorted(
    p.parent.name
    for p in SAMPLES.glob("*/expected.json")
    if json.loads(p.read_text()).get("log_level") in ("trace", "trace-dicom") and (p.parent / "orthanc.log").exists()
)
#: What no log can show: which of several clients without thread names a silent failure was, an encrypted request, and
#: times of a clock that was turned.
CANNOT_TELL = ("busy-", "dst-change", "new-year", "tls-plain-client")


def _key(direction: str, calling: str | None, called: str | None) -> tuple[str, str, str]:
    return direction, (calling or "").strip(), (called or "").strip()


@pytest.mark.parametrize("case", [c for c in CASES if not c.startswith(CANNOT_TELL)])
def test_associations_are_those_of_the_wire(case: str) -> None:
    truth = json.loads((SAMPLES / case / "expected.json").read_text())["associations"]
    truth = [
        t for t in truth
        if t.get("outcome") != "no-association" and (t["direction"] == "outgoing" or t.get("calling_aet"))
        and (t["direction"] == "outgoing" or t.get("outcome") not in ("tls-handshake-failed", "tcp-refused"))
    ]  # fmt: skip
    said = [a for a in recorded(case).associations if a.calling_aet]
    wanted = sorted(_key(t["direction"], t["calling_aet"], t["called_aet"]) for t in truth)
    found = sorted(_key(a.direction, a.calling_aet, a.called_aet) for a in said)
    for key in wanted:
        assert key in found
    for t, a in _paired(truth, said):
        _agree(t, a)


def _paired(truth: list[dict], said: list[Association]) -> list[tuple[dict, Association]]:
    left = list(said)
    pairs = []
    for t in sorted(truth, key=lambda t: t.get("start") or 0):
        key = _key(t["direction"], t["calling_aet"], t["called_aet"])
        match = next((a for a in left if _key(a.direction, a.calling_aet, a.called_aet) == key), None)
        if match is not None:
            left.remove(match)
            pairs.append((t, match))
    return pairs


def _agree(t: dict, a: Association) -> None:
    if t["direction"] == "incoming" and t.get("peer_ip"):
        assert a.peer_ip == t["peer_ip"]
    if t["outcome"] == "accepted":
        if t.get("contexts_proposed") is not None:
            assert a.contexts_proposed in (None, t["contexts_proposed"])
        if t.get("contexts_accepted") is not None:
            assert a.contexts_accepted == t["contexts_accepted"]
        assert (a.outcome == "released") == (t["ended"] == "released")
    if t["outcome"] == "rejected":
        assert a.outcome == "rejected"
        assert a.reject is not None
    asked = sorted(o["command"] for o in t.get("operations", []))
    assert sorted(o.command for o in a.operations for _ in range(o.count)) == asked
    if a.direction is Direction.OUTGOING:
        answered = sorted(
            o["status"] for o in t.get("operations", [])
            if o.get("requested_by") == "orthanc" and o["command"] != "C-ECHO" and str(o.get("status")).startswith("0x")
        )  # fmt: skip
        shown = sorted(
            o.status for o in a.operations for _ in range(o.count) if o.status and o.requested_by == "orthanc"
        )
        assert shown == answered
