"""Nothing of what was planted is left in the logs of the programs that talk with Orthanc."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Redacted
from leaks import leaks
from planted_peers import LAYOUTS, LEVELS, record_peers


@pytest.mark.orthanc
@pytest.mark.dcmtk
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")
def test_nothing_planted_is_left_of_a_run_of_the_other_side(tmp_path: Path) -> None:
    values = record_peers(tmp_path, seed=4)
    logs = sorted(tmp_path.glob("*.peer.log"))
    assert len(logs) == 7 * len(LEVELS) + len(LAYOUTS)
    seen = set()
    for path in logs:
        log = path.read_bytes()
        seen |= {leak.value for leak in leaks(log, values)}
        redacted = Redacted(log)
        assert leaks(redacted.data, values) == [], path.name
        assert redacted.coverage.vouched, path.name
        assert redacted.restored() == (log, True), path.name
    assert len(seen) > 1_000
