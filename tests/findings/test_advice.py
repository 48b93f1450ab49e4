"""The first advice is the one for what the log shows, not for another finding of the same cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.knowledge import SAMPLES, diagnosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.diagnosis.model import Diagnosis

FIRST_ADVICE = {
    "configuration-ingest-transcoding-1.13.0-trace": ("configuration-option-value", "Correct the value"),
    "database-table-missing-1.10.1-verbose": ("sqlite-failed", "copy index and storage"),
    "get-without-role-1.13.0-trace": ("get-role-missing", "takes the SCP role"),
    "https-certificate-damaged-1.13.0-trace": ("http-certificate-unusable", "certificate"),
    "lua-heart-beat-fails-1.13.0-trace": ("lua-script-failed", "Correct the line"),
    "lua-rest-call-refused-1.13.0-default": ("peer-refuses-connection-unnamed", "ARCHIVE"),
    "plugin-lacks-library-1.10.1-default": ("plugin-lacks-library", "install the library"),
    "service-not-served-1.13.0-trace": ("only-refused-services", "Switch it off at the client"),
    "service-refused-and-left-1.13.0-trace": ("service-refused-and-left", "Switch it off at the client"),
    "no-accepted-presentation-context-1.13.0-trace": ("no-context-accepted", "UnknownSopClassAccepted"),
    "storage-area-below-file-1.13.0-default": ("stopped-for-folder-not-made", "Remove or rename the file"),
    "storage-file-missing-in-query-1.13.0-verbose": ("storage-file-gone", "storage is mounted"),
    "port-scan-1.13.0-trace": ("rejected-without-request", "HTTP port"),
    "modality-allowmove-false-1.10.1-trace": ("command-not-allowed", '"AllowMove" : true'),
    "storage-commitment-not-listening-1.10.1-trace": ("commitment-report-undeliverable", '[ "MODALITY1", "127.0.0.1"'),
    "storage-too-small-1.13.0-trace": ("instance-larger-than-storage", "Raise MaximumStorageSize"),
    "tls-plain-client-1.10.1-trace": ("plain-client-on-tls-port", "Switch TLS on in the client"),
}


@pytest.mark.parametrize("sample", FIRST_ADVICE)
def test_the_first_advice_fits(sample: str, diagnosis_of: Callable[[str], Diagnosis]) -> None:
    signature, words = FIRST_ADVICE[sample]
    roots = [f for f in diagnosis_of(sample).findings if f.explained_by is None]
    assert [f.signature for f in roots] == [signature]
    first = roots[0].actions[0]
    assert words in f"{first.text} {first.suggested}"


@pytest.mark.parametrize(
    ("sample", "peer", "cause"),
    [
        ("tls-to-plain-peer-1.13.0-trace", "peer-storescp.log", "peer-leaves-handshake"),
        ("pacs-rejects-calling-aet-1.9.1-trace", "peer-dcmqrscp.log", "peer-rejects-called-aet"),
    ],
)
def test_what_both_sides_say_is_one_finding(sample: str, peer: str, cause: str) -> None:
    found = diagnosed(SAMPLES / sample / "orthanc.log", SAMPLES / sample / peer).findings
    assert [f.signature for f in found if f.explained_by is None] == [cause]
    assert len(found) > 1
