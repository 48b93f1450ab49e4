"""Entries of DicomModalities against peers that Orthanc called, and files that define the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.config.samples import alone, diagnosed, of_code, options_of, written

UNREACHED = "connection-refused-echo-1.13.0-trace"
REJECTED = "remote-rejects-called-aet-1.13.0-trace"
DESTINATION = "move-destination-unknown-1.13.0-trace"


def test_a_destination_that_is_nearly_an_entry_is_told(tmp_path: Path) -> None:
    options = options_of(DESTINATION)
    options["DicomModalities"]["viewer"] = ["NOWERE", "192.0.2.20", 104]
    found = of_code(diagnosed(DESTINATION, written(tmp_path, options)), "LA570")
    assert (found.cause, found.values["calling_aet"]) == ("move-destination-unknown", "NOWHERE")


def test_a_refused_called_aet_may_be_the_symbolic_name(tmp_path: Path) -> None:
    options = options_of(REJECTED)
    (entry,) = options["DicomModalities"].values()
    options["DicomModalities"] = {"ARCHIVE2": entry}
    found = of_code(diagnosed(REJECTED, written(tmp_path, options)), "LA582")
    assert found.confidence == "possible"
    patch = json.loads(found.actions[1].suggested or "")
    assert patch[0]["value"] == "ARCHIVE2"
    assert patch[0]["path"].startswith("/DicomModalities/ARCHIVE2/")


def test_the_entry_of_a_place_that_was_not_reached_is_shown_with_its_line() -> None:
    found = of_code(diagnosed(UNREACHED), "LA579")
    assert found.evidence[0].log == -1
    assert found.evidence[0].text.startswith(f"orthanc.json:{found.evidence[0].line}: ")
    assert any(e.log == 0 for e in found.evidence)


def test_a_section_in_two_files_is_told_with_both_places(tmp_path: Path) -> None:
    modalities = {"DicomModalities": options_of(UNREACHED)["DicomModalities"]}
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(modalities))
    (found,) = (f for f in alone(tmp_path) if f.code == "LA564")
    assert [e.text.split(" ")[0] for e in found.evidence] == ["b.json:1:", "a.json:1:"]
    assert found.cause == "configuration-duplicate-option"


def test_hostile_names_and_endless_options_end_in_few_findings(tmp_path: Path) -> None:
    options = {f"DicomAett\u202e</script>{i}{'x' * 100}": "\x00" for i in range(3000)}
    findings = alone(written(tmp_path, options))
    assert 0 < len(findings) <= 60
    assert all(len(f.title) < 200 for f in findings)
