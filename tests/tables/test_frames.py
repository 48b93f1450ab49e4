from __future__ import annotations

import pandas as pd
import pytest

from loganalyzer.tables.csv import write_csv
from loganalyzer.tables.frames import ASSOCIATION_COLUMNS, EVENT_COLUMNS, OPERATION_COLUMNS, STORY_COLUMNS
from tests.knowledge import recorded


@pytest.mark.parametrize("case", ["healthy-move-in-1.12.7-trace", "configuration-file-missing-1.13.0-trace"])
def test_columns_and_types_are_those_documented(case: str) -> None:
    diagnosis = recorded(case)
    for frame, columns in (
        (diagnosis.associations_frame(), ASSOCIATION_COLUMNS),
        (diagnosis.operations_frame(), OPERATION_COLUMNS),
        (diagnosis.events_frame(), EVENT_COLUMNS),
        (diagnosis.stories_frame(), STORY_COLUMNS),
    ):
        assert [(name, str(frame[name].dtype)) for name in frame] == [(name, kind) for name, kind, _ in columns]


def test_a_move_and_the_association_it_opened_have_one_verdict() -> None:
    good = recorded("healthy-move-in-1.12.7-trace").operations_frame()
    move = good[good["command"] == "C-MOVE"].iloc[0]
    assert (move["verdict"], move["caused"]) == ("worked", "1.2")
    bad = recorded("move-destination-refused-connection-1.13.0-trace").operations_frame()
    assert set(bad[bad["command"] == "C-MOVE"]["verdict"]) == {"failed"}


def test_a_spreadsheet_takes_no_text_of_the_log_for_a_formula() -> None:
    frame = pd.DataFrame({"aet": pd.Series(["=1+1", "@x", "CT", None], dtype="string"), "n": [1, 2, 3, 4]})
    assert write_csv(frame).decode().splitlines()[1:3] == ["'=1+1,1", "'@x,2"]
