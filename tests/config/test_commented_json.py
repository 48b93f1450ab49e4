"""JSON with comments: lines are kept, and what is wrong is said with its line and without its words."""

from __future__ import annotations

import pytest

from loganalyzer.config.commented_json import JsonError, parse
from loganalyzer.config.document import Kind

TEXT = """// of CT_ROOM2's archive
{
  /* two
     lines */ "DicomAet" : "A//B", // "DicomAet" : "NOT_THIS"
  "DicomPort" : ${PORT:-4242},
  "Name" : "${NAME} in room 2",
  "DicomModalities" : {
    "ct" : [ "CT_ROOM2",
             "192.0.2.15", 104, ],
  },
}
"""


def test_values_keep_their_lines() -> None:
    root = parse(TEXT, "orthanc.json")
    assert root.members["DicomAet"].value == "A//B"
    assert root.members["DicomAet"].place == "orthanc.json:4"
    entry = root.members["DicomModalities"].members["ct"]
    assert (entry.line, [i.value for i in entry.items]) == (8, ["CT_ROOM2", "192.0.2.15", 104])
    assert [i.line for i in entry.items] == [8, 9, 9]


def test_environment_variables_are_noted_and_not_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "11112")
    root = parse(TEXT, "orthanc.json")
    assert {n: root.members[n].kind for n in ("DicomPort", "Name")} == {"DicomPort": "variable", "Name": "variable"}
    assert root.members["DicomPort"].value is None
    assert root.members["DicomAet"].kind is Kind.STRING


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n "SECRET_WORD" : 1\n "B" : 2 }', 3),
        ('{ "A" : "SECRET_WORD', 1),
        ('{ "A" :\n SECRET_WORD }', 2),
        ("{ /* SECRET_WORD", 1),
        ('{ "A" SECRET_WORD }', 1),
        ("{}\n\nSECRET_WORD", 3),
        ('{ "A" : ' + "[" * 100_000, 1),
        ('{ "A" : 1', 1),
        ("{ SECRET_WORD : 1 }", 1),
    ],
)
def test_what_is_no_json_is_said_with_its_line_and_without_its_words(text: str, line: int) -> None:
    with pytest.raises(JsonError) as error:
        parse(text, "orthanc.json")
    assert error.value.line == line
    assert error.value.what
    assert "SECRET_WORD" not in error.value.what
