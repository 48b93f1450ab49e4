"""What is read in another program's log is what went over the wire."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.timeline.association import Association, Outcome, Side
from tests.dialects.peers import NAMES, diagnosed, peer, read

#: DCMTK's tools and pynetdicom print the parameters of an association at level debug only.
BLOCKS = ("BEGIN A-ASSOCIATE", "OUTGOING A-ASSOCIATE", "INCOMING A-ASSOCIATE", "A-ASSOCIATE-RQ[", "Calling AE Title:  ")
SIDES = {"own": Side.ORTHANC, "other": Side.PEER, None: None}
#: A program that shows nothing of its association at its usual level, only what failed.
NO_ASSOCIATION = "storescu-default-cannot-convert"
#: Says what it asks of another server for a C-MOVE, not what that one accepts.
SAYS_NO_ANSWER = "dcmqrscp-healthy-move-out-1.12.7"


def _pairs(name: str) -> list[tuple[dict[str, Any], Association]]:
    said = [a for a in diagnosed(name).associations if a.outcome is not Outcome.NOT_ESTABLISHED]
    tried = [a for a in diagnosed(name).associations if a.outcome is Outcome.NOT_ESTABLISHED]
    truth = peer(name).truth["associations"]
    established = [t for t in truth if t["outcome"] != "not-established"]
    assert len(said) == len(established)
    return [*zip(established, said, strict=True), *zip([t for t in truth if t not in established], tried, strict=False)]


@pytest.mark.parametrize("name", [n for n in NAMES if n != NO_ASSOCIATION])
def test_associations_are_those_of_the_wire(name: str) -> None:
    for truth, said in _pairs(name):
        assert said.direction == truth["direction"]
        assert said.outcome in _outcomes(truth)
        assert (said.reject and [said.reject.result, said.reject.source, said.reject.reason]) == truth["reject"]
        if said.ended_by is not None and truth["ended_by"] is not None:
            assert said.ended_by is SIDES[truth["ended_by"]]


@pytest.mark.parametrize("name", [n for n in NAMES if any(b in peer(n).text for b in BLOCKS)])
def test_parameters_that_a_log_shows_are_read(name: str) -> None:
    for truth, said in _pairs(name):
        if truth["calling_aet"] is not None:
            assert said.calling_aet == truth["calling_aet"]
            assert said.called_aet == truth["called_aet"]
            assert said.contexts_proposed == truth["contexts_proposed"]
        if truth["contexts_accepted"] is not None and name != SAYS_NO_ANSWER:
            assert said.contexts_accepted == truth["contexts_accepted"]


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n != NO_ASSOCIATION and not any(b in peer(n).text for b in BLOCKS)]
)
def test_parameters_that_a_log_does_not_show_are_not_invented(name: str) -> None:
    for truth, said in _pairs(name):
        assert said.calling_aet in (None, truth["calling_aet"])
        assert said.called_aet in (None, truth["called_aet"])
        assert said.contexts_proposed is None


@pytest.mark.parametrize("name", [n for n in NAMES if n != NO_ASSOCIATION])
def test_operations_are_those_of_the_wire(name: str) -> None:
    for truth, said in _pairs(name):
        wanted: Counter[tuple[str, Side | None]] = Counter()
        for operation in truth["operations"]:
            wanted[operation["command"], SIDES[operation["requested_by"]]] += operation["count"]
        found: Counter[tuple[str, Side | None]] = Counter()
        for one in said.operations:
            found[one.command, one.requested_by] += one.count
        assert found == wanted


@pytest.mark.parametrize("name", [n for n in NAMES if n != NO_ASSOCIATION])
def test_a_status_that_a_log_shows_is_that_of_the_wire(name: str) -> None:
    for truth, said in _pairs(name):
        known = {(o["command"], o["status"]) for o in truth["operations"]}
        for operation in said.operations:
            if operation.status is not None:
                assert (operation.command, operation.status) in known
            elif operation.ok is True:
                assert (operation.command, "0x0000") in known
            elif operation.ok is False:
                assert (operation.command, "0x0000") not in known


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in NAMES
        if any(b in peer(n).text for b in BLOCKS)
        and all(a["direction"] == "outgoing" for a in peer(n).truth["associations"])
    ],
)
def test_a_client_at_level_debug_shows_the_status_of_all_it_asked(name: str) -> None:
    for truth, said in _pairs(name):
        wanted = Counter(
            {(o["command"], o["status"]): o["count"] for o in truth["operations"] if o["requested_by"] == "own"}
        )
        found = Counter()
        for o in said.operations:
            if o.requested_by is Side.ORTHANC:
                found[o.command, o.status] += o.count
        assert found == wanted


def _outcomes(truth: dict[str, Any]) -> tuple[str, ...]:
    """A program that aborts because nothing came has seen silence."""
    unanswered = any(o["status"] is None for o in truth["operations"])
    if truth["outcome"] == "aborted" and truth["ended_by"] == "own" and unanswered:
        return (Outcome.TIMEOUT, Outcome.ABORTED)
    return (truth["outcome"],)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n.endswith(("-refused", "-unknown-host")) or "dicom-server-disabled" in n]
)
def test_an_attempt_without_a_connection_is_an_association_that_was_not_established(name: str) -> None:
    (attempt,) = diagnosed(name).associations
    assert attempt.outcome is Outcome.NOT_ESTABLISHED
    assert attempt.failure


def test_what_begins_before_the_log_has_the_names_of_its_lines(tmp_path: Path) -> None:
    text = peer("dcm4che-wildfly").text
    middle = text.index("\n", text.index("A-ASSOCIATE-AC")) + 1
    log = tmp_path / "server.log"
    log.write_text(text[text.index("\n20", text.index("]\n20", middle)) + 1 :], encoding="latin-1")
    found = read(log)
    whole, part = diagnosed("dcm4che-wildfly").associations[0], found.associations[0]
    assert (part.direction, part.calling_aet, part.called_aet) == (whole.direction, whole.calling_aet, whole.called_aet)
    assert (part.outcome, part.contexts_proposed) == (whole.outcome, None)
    assert found.verdict is not Verdict.HEALTHY


def test_a_dump_that_breaks_off_proves_no_refusal(tmp_path: Path) -> None:
    text = peer("dcm4che-wildfly").text
    log = tmp_path / "server.log"
    log.write_text(text[: text.index("PresentationContext", text.index("A-ASSOCIATE-AC["))], encoding="latin-1")
    (one,) = read(log).associations
    assert (one.contexts_accepted, read(log).findings) == (None, ())


def test_an_abort_far_behind_an_end_is_anothers(tmp_path: Path) -> None:
    aborted = peer("pynetdicom-debug-aborted").text
    log = tmp_path / "both.log"
    end = next(line for line in aborted.splitlines() if line.endswith("Association Aborted"))
    log.write_text(peer("storescu-verbose").text + "\n" * 8 + f"{end}\n", encoding="latin-1")
    first, second = read(log).associations
    assert (first.outcome, second.outcome) == (Outcome.RELEASED, Outcome.ABORTED)
