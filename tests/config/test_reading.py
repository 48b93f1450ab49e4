"""Files and folders of a configuration, and what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loganalyzer.config.reading import MAX_BYTES, read_configuration
from tests.config.samples import options_of
from tests.knowledge import SAMPLES

SAMPLE = "healthy-store-in-1.13.0-trace"


def test_all_recorded_configurations_are_read() -> None:
    paths = sorted(SAMPLES.glob("*/orthanc.json"))
    unread = {p.parent.name for p in paths if read_configuration([p])[1]}
    assert len(paths) > 300
    assert {name.rsplit("-", 2)[0] for name in unread} == {"configuration-syntax-error", "config-syntax-error"}


def test_the_files_of_a_folder_are_merged_but_not_their_sections(tmp_path: Path) -> None:
    options = options_of(SAMPLE)
    (tmp_path / "a.json").write_text(json.dumps({"DicomAet": options["DicomAet"], "DicomModalities": {}}))
    (tmp_path / "b.JSON").write_text('{ "HttpPort" : 8042,\n"DicomModalities" : {} }')
    (tmp_path / "c.txt").write_text("no configuration")
    (tmp_path / "deeper.json").mkdir()
    configuration, problems = read_configuration([tmp_path])
    assert problems == ()
    assert configuration.files == ("a.json", "b.JSON")
    assert set(configuration.options) == {"DicomAet", "DicomModalities", "HttpPort"}
    assert [n.place for n in configuration.duplicates] == ["b.JSON:2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"[ 1, 2 ]", "holds no options"),
        (b"\x7fELF\0\0\1", "NUL bytes"),
        (b'{\n "Name" : "\xff\xfe" }', "UTF-8"),
        (b" " * (MAX_BYTES + 1), "more than 4 MB"),
        (b"DicomAet: ORTHANC\n", "is no JSON"),
    ],
)
def test_what_is_no_configuration_is_one_sentence_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "orthanc.json"
    path.write_bytes(content)
    configuration, (problem,) = read_configuration([path])
    assert configuration.options == {}
    assert problem.where.startswith("orthanc.json")
    assert said in problem.what
    assert problem.incomplete


def test_a_missing_file_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    _, problems = read_configuration([tmp_path / "missing.json", tmp_path, "a\0b"])
    assert ["does not exist" in problems[0].what, ".json" in problems[1].what, len(problems)] == [True, True, 3]
