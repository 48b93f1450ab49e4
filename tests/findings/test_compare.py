"""What should have been the same on both sides stands side by side, where the log shows both."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer.patternbase import PatternError, load_patterns
from tests.knowledge import recorded


@pytest.mark.parametrize(
    ("sample", "cause", "rows"),
    [
        ("called-aet-mismatch-1.13.0-trace", "called-aet-mismatch", {("Called AET", "ORTHANC", "WRONGAET")}),
        ("calling-aet-unknown-echo-1.13.0-trace", "calling-aet-unknown", set()),
    ],
)
def test_expected_and_found(sample: str, cause: str, rows: set[tuple[str, str, str]]) -> None:
    findings = [f for f in recorded(sample).findings if f.cause == cause]
    assert findings
    assert {(c.what, c.expected, c.found) for f in findings for c in f.compare} == rows


def test_a_comparison_of_one_side_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "cause.yaml").write_text(
        "schema: 1\ncause: mine\ntitle: T\nwhat: W\nwhy: Y\ncompare:\n  - {what: AET, expected: '{a}', fund: '{b}'}\n"
        "actions:\n  - {who: orthanc, text: Look}\n"
    )
    with pytest.raises(PatternError) as error:
        load_patterns(tmp_path, strict=True)
    said = " ".join(map(str, error.value.faults))
    assert "a comparison needs 'found'" in said
    assert "'fund'" in said
