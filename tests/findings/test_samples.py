"""Every real log of ``sample_logs`` gets its cause, and its proof; healthy ones are left in peace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loganalyzer.diagnosis.model import Confidence, Severity
from tests.findings.conftest import expectation, samples
from tests.knowledge import SAMPLES, diagnosed, patterns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loganalyzer.diagnosis.model import Diagnosis

REJECTIONS = {cause for cause in patterns().causes if cause.startswith("remote-rejects-")}
#: Causes that Orthanc words alike at every level: any of them is right where it is not called certain.
ALIKE = (
    {"tls-expired-certificate", "tls-untrusted-certificate"},
    {"tls-expired-certificate", "tls-peer-distrusts-orthanc"},
    {
        "peer-aborted",
        "peer-connection-lost",
        "peer-closed-connection",
        "tls-peer-distrusts-orthanc",
        "tls-plain-client-to-tls-server",
    },
    {"calling-aet-unknown", "modality-not-allowed"},
    {
        "move-destination-refused-connection",
        "move-destination-unknown",
        "move-suboperation-failed",
        "peer-move-status-failure",
    },
)
#: The same, where the log has no dumps.
ALIKE_WITHOUT_TRACE = (
    REJECTIONS,
    {
        "unsupported-sop-class",
        "unsupported-transfer-syntax",
        "no-accepted-presentation-context",
        "client-gives-up",
        "worklist-not-available",
    },
    {"connect-timeout", "association-timeout", "connection-refused", "host-unreachable"},
    {"scp-timeout", "peer-connection-lost", "peer-aborted"},
)
#: What a real log says otherwise than the person who provoked it knows.
OTHERWISE = {
    # dcmqrscp answers "called AE title not recognized" to a calling AET that it does not know as well.
    "dcmqrscp-rejects-calling": {"remote-rejects-called-aet"},
    "pacs-rejects-calling-aet": {"remote-rejects-called-aet"},
    # The first PDU is data: up to 1.12 Orthanc prints the same for any connection without a request.
    "client-protocol-violation": {"not-dicom-on-dicom-port"},
    # Orthanc says of both only that it cannot write.
    "storage-read-only": {"disk-full"},
}


def detailed(expected: dict[str, Any]) -> bool:
    return str(expected["log_level"]).startswith("trace")


def right_answers(expected: dict[str, Any]) -> tuple[set[str], set[str]]:
    """(what may be said, what may be said if it is not called certain)."""
    cause = str(expected["cause"])
    groups = (*ALIKE, *(() if detailed(expected) else ALIKE_WITHOUT_TRACE))
    alike = {c for group in groups if cause in group for c in group}
    return {cause} | OTHERWISE.get(str(expected["scenario"]), set()), alike


def leaves_a_line(expected: dict[str, Any]) -> bool:
    return bool(expected["key_lines"]) and expected.get("reproduced") is not False


def invisible(expected: dict[str, Any]) -> bool:
    """Beside one refused context everything went well, and without dumps nothing says that a context was refused."""
    return expected["scenario"] == "unsupported-sop-class-in" and not detailed(expected)


def judged(expected: dict[str, Any]) -> bool:
    """Whether a sample has one cause, and its log shows it."""
    one = expected["cause"] != "several" and not str(expected["cause"]).startswith("healthy")
    return one and leaves_a_line(expected) and not invisible(expected)


def lines_that_prove(expected: dict[str, Any]) -> set[int]:
    """The recorded lines. Of the two that end an association, the one with the condition comes first and is shown."""
    lines = {k["line"] for k in expected["key_lines"]} | set(expected.get("evidence_lines", []))
    ends = ("Association Aborted", "Association Release")
    return lines | {k["line"] - 1 for k in expected["key_lines"] if any(e in k["text"] for e in ends)}


def causes_of(expected: dict[str, Any]) -> set[str]:
    """The causes of a sample in which several things were provoked."""
    named = {c for key in ("by_called_aet", "by_calling_aet") for c in expected.get(key, {}).values()}
    ports = {row.get("cause") for row in expected.get("by_peer_port", {}).values()}
    return {c for c in named | ports if isinstance(c, str)} | set(expected.get("causes", []))


@pytest.mark.parametrize("sample", samples(judged))
def test_the_first_finding_names_the_cause(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    expected = expectation(sample)
    first = next(f for f in diagnosis_of(sample).findings if f.explained_by is None)
    sure, unsure = right_answers(expected)
    assert first.cause in (sure if first.confidence is Confidence.CERTAIN else sure | unsure)


@pytest.mark.parametrize("sample", samples(lambda e: judged(e) and "log_files" not in e))
def test_the_proof_is_among_the_evidence(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    expected = expectation(sample)
    sure, unsure = right_answers(expected)
    shown = {e.line for f in diagnosis_of(sample).findings if f.cause in sure | unsure for e in f.evidence}
    assert shown & lines_that_prove(expected)


@pytest.mark.parametrize("sample", samples(lambda e: str(e["cause"]).startswith("healthy")))
def test_healthy_logs_are_left_in_peace(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    assert [f.signature for f in diagnosis_of(sample).findings if f.severity is not Severity.NOTICE] == []


@pytest.mark.parametrize("sample", samples(lambda e: e["cause"] == "several" and detailed(e)))
def test_each_of_several_causes_is_named(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    expected = expectation(sample)
    named = {f.cause for f in diagnosis_of(sample).findings if f.explained_by is None}
    unnamed = {c for c in causes_of(expected) - named if not any(c in g and g & named for g in ALIKE)}
    # Without thread names a data set that could not be read leaves nothing that tells it from its neighbours.
    without_threads = str(expected["orthanc_version"]) in ("1.9.1", "1.10.1")
    assert unnamed <= ({"corrupt-dicom-received", *REJECTIONS} if without_threads else set())


@pytest.mark.parametrize("part", [slice(None, 0.3), slice(None, 0.6), slice(None, 0.9), slice(0.5, None)], ids=str)
@pytest.mark.parametrize("sample", samples(lambda e: str(e["cause"]).startswith("healthy") and "log_files" not in e))
def test_nothing_is_concluded_from_where_a_log_was_cut(sample: str, part: slice, tmp_path: Path) -> None:
    lines = (SAMPLES / sample / "orthanc.log").read_bytes().splitlines(keepends=True)
    begin, end = (None if at is None else int(at * len(lines)) for at in (part.start, part.stop))
    log = tmp_path / "orthanc.log"
    log.write_bytes(b"".join(lines[begin:end]))
    findings = diagnosed(log).findings
    assert [f.signature for f in findings if f.severity is not Severity.NOTICE] == []


@pytest.mark.parametrize(
    "sample",
    [
        "calls-itself-1.9.1-default", "move-out-turned-away-1.9.1-default", "move-destination-name-unknown-1.12.7-verbose",
        "move-destination-silent-1.10.1-verbose", "move-destination-takes-mr-1.13.0-verbose",
        "corrupt-dicom-received-and-left-1.12.7-verbose", "dicomweb-client-server-away-1.10.1-default",
    ],
)  # fmt: skip
def test_one_failure_is_one_finding(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    found = [f for f in diagnosis_of(sample).findings if f.severity is not Severity.NOTICE]
    assert [f.code for f in found if f.explained_by is None] == [found[0].code]


def test_an_instance_that_the_peer_holds_already_is_no_failure(diagnosis_of: Callable[[str], Diagnosis]) -> None:
    """Since 1.12.4; the advice is not that of other warnings, and no association is counted as failed."""
    diagnosis = diagnosis_of("store-status-duplicate-1.13.0-trace")
    (finding,) = diagnosis.findings
    assert (finding.code, finding.severity, diagnosis.verdict) == ("LA410", Severity.NOTICE, "healthy")
    assert not any(a.failed for a in diagnosis.associations)
    assert all("coercion" not in a.text for a in finding.actions)


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("http-peer-wants-credentials-1.12.7-verbose", "LA831"),
        ("http-peer-forbids-1.9.1-default", "LA832"),
        ("http-peer-wrong-path-1.12.7-verbose", "LA823"),
        ("http-authorities-missing-1.12.7-verbose", "LA828"),
        ("dicomweb-client-unauthorized-1.12.7-verbose", "LA831"),
        ("dicomweb-client-wrong-path-1.9.1-default", "LA830"),
        ("dicomweb-client-no-json-1.12.7-verbose", "LA833"),
        ("dicomweb-client-retrieves-page-1.9.1-default", "LA845"),
        ("commitment-refused-by-peer-1.12.7-verbose", "LA248"),
        ("tls-own-certificate-expired-1.12.7-verbose", "LA329"),
        ("python-routing-refused-1.12.7-verbose", "LA320"),
    ],
)
def test_where_orthanc_is_the_caller_the_answer_of_the_other_side_is_named(
    sample: str, code: str, diagnosis_of: Callable[[str], Diagnosis]
) -> None:
    first = diagnosis_of(sample).findings[0]
    assert first.code == code
    assert all("RegisteredUsers, then restart" not in a.text for a in first.actions)


def test_a_retry_that_went_well_is_seen_at_verbose_level(diagnosis_of: Callable[[str], Diagnosis]) -> None:
    (finding,) = diagnosis_of("job-resubmitted-1.12.7-verbose").findings
    assert finding.recovered_by is not None
