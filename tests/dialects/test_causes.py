"""What another program's log says of a failure is named, and put first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loganalyzer.diagnosis.model import Verdict
from tests.dialects.mangling import wrapped
from tests.dialects.peers import NAMES, diagnosed, failures, patterns, peer, read

FAILED = [n for n in NAMES if peer(n).truth["cause"] != "healthy"]
#: Servers that do not log what they answer.
SILENT = ("storescp", "pynetdicom-app-storescp", "pynetdicom-store-status")


@pytest.mark.parametrize("name", FAILED)
def test_the_cause_is_the_first_that_is_named(name: str) -> None:
    diagnosis = diagnosed(name)
    assert diagnosis.verdict is Verdict.FAILURE
    assert failures(diagnosis)[0].cause == peer(name).truth["cause"]


@pytest.mark.parametrize("width", [72, 75, 78])
@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith(("fo-dicom", "dcm4che"))])
def test_a_log_that_a_mail_client_wrapped_says_the_same(name: str, width: int, tmp_path: Path) -> None:
    mail = tmp_path / "mail.txt"
    mail.write_text(wrapped(peer(name).text, width), encoding="latin-1")
    plain, found = diagnosed(name), read(mail)
    assert found.verdict is plain.verdict
    assert [f.cause for f in failures(found)] == [f.cause for f in failures(plain)]
    outcomes = [[(a.outcome, a.contexts_accepted, len(a.operations)) for a in d.associations] for d in (found, plain)]
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("name", FAILED)
def test_a_finding_points_at_lines_of_the_log(name: str) -> None:
    lines = peer(name).text.split("\n")
    for finding in failures(diagnosed(name)):
        assert finding.evidence
        for evidence in finding.evidence:
            assert (
                evidence.text.strip() in lines[evidence.line - 1] or lines[evidence.line - 1].strip() in evidence.text
            )


@pytest.mark.parametrize("name", [n for n in NAMES if n not in FAILED])
def test_a_healthy_log_is_left_in_peace(name: str) -> None:
    diagnosis = diagnosed(name)
    assert failures(diagnosis) == []
    silent = name.startswith(SILENT)
    assert diagnosis.verdict is (Verdict.CANNOT_TELL if silent else Verdict.HEALTHY)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_open_in_the_words(name: str) -> None:
    for finding in diagnosed(name).findings:
        for text in (finding.title, finding.what, finding.why, *finding.ask, *(a.text for a in finding.actions)):
            assert not re.search(r"[{}]|\bNone\b", text)


@pytest.mark.parametrize("name", FAILED)
def test_options_of_orthanc_are_advised_to_nobody_else(name: str) -> None:
    """The owner of a client's log cannot set an option of Orthanc in the client."""
    for finding in diagnosed(name).findings:
        for action in finding.actions:
            assert action.option is None or action.who == "orthanc"


def test_words_for_other_logs_say_the_same_cause() -> None:
    causes = patterns().causes
    for slug, cause in causes.items():
        if slug.endswith("/peers"):
            assert slug.removesuffix("/peers") in causes
            assert cause.actions
            assert cause.ask
