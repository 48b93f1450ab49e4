"""The advice of the causes: complete, filled in safely, and true to Orthanc's own list of options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from loganalyzer.texts import texts

PATTERNS = Path(__file__).resolve().parents[2] / "patterns"
FILES = sorted((PATTERNS / "causes").glob("*.yaml"))
OPTIONS = json.loads((PATTERNS / "orthanc_options.json").read_text(encoding="utf-8"))

KEYS = ["schema", "cause", "title", "refines", "what", "why", "actions", "ask", "references", "versions"]
ACTION_KEYS = ["who", "text", "option", "suggested", "risk", "verify"]
WHO = {"orthanc", "peer", "network", "storage", "database", "plugin", "user"}
NAMES = {
    "calling_aet", "called_aet", "peer_aet", "peer_ip", "peer_port", "orthanc_aet", "orthanc_host",
    "destination_host", "destination_port",
    "dicom_port", "http_port", "sop_class", "sop_class_uid", "transfer_syntax", "transfer_syntax_uid",
    "move_destination", "modality", "command", "status", "status_text", "detail", "path", "port", "option",
    "version", "plugin", "script", "table", "host", "url", "timeout", "count", "name", "request",
    "storage_directory", "index_directory", "reject_text",
}  # fmt: skip
PLACEHOLDER = re.compile(r"\{(\w+)(?:\|([^{}]*))?\}")
OPTIONAL = re.compile(r"\{\?(?:[^{}]|\{\w+\})*\}")
REFERENCE = re.compile(
    r"https://orthanc\.uclouvain\.be/book/[a-z0-9/-]+\.html(#[a-z0-9-]+)?|DICOM PS3\.\d+( [A-Z0-9]+(\.\d+)*)?"
)
VERSION = re.compile(r"(Orthanc|DCMTK|\w+ plugin) \d+\.\d+")


def read(file: Path) -> dict[str, object]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return []


def with_fallbacks(text: str) -> str:
    return PLACEHOLDER.sub(lambda match: match[2], text)


def is_json(suggested: str) -> bool:
    return suggested.startswith(('"', '{"'))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request) -> Path:
    return request.param


def test_there_are_causes():
    assert len(FILES) >= 94


def test_the_reports_have_a_name_for_everybody():
    assert set(texts().section("word.who")) == WHO


def test_has_exactly_the_keys_and_the_name_of_its_file(file):
    cause = read(file)
    assert [key for key in cause if key != "compare"] == KEYS
    assert "compare" not in cause or list(cause)[list(cause).index("why") + 1] == "compare"
    assert cause["schema"] == 1
    assert cause["cause"] == file.stem
    assert cause["refines"] is None or (file.parent / f"{cause['refines']}.yaml").is_file()
    assert cause["actions"], "somebody has to be able to do something"
    for action in cause["actions"]:
        assert [key for key in action if key not in {"direction", "signatures", "status"}] == ACTION_KEYS
        assert action["who"] in WHO
        assert action["text"]
    for key in ("ask", "references", "versions"):
        assert all(isinstance(entry, str) for entry in cause[key]), key
    assert cause["ask"]
    assert cause["references"]


def test_placeholders_are_known_and_have_a_fallback(file):
    cause = read(file)
    for row in cause.pop("compare", []):  # a row of which the log does not show both values is left out
        assert list(row) == ["what", "expected", "found"]
        assert {name for text in row.values() for name, _ in PLACEHOLDER.findall(text)} <= NAMES | {"similar_aet"}
    for text in strings(cause):
        assert {name for name, _ in PLACEHOLDER.findall(text)} <= NAMES, text
        told = OPTIONAL.sub("", text)  # what stands only where the log shows it needs no fallback
        for name, fallback in PLACEHOLDER.findall(told):
            assert fallback, f"{name} has no fallback in: {text}"
        rest = PLACEHOLDER.sub("", told)
        assert not re.search(r"\{\w+\||\|\w*\}", rest), text
    assert not PLACEHOLDER.search(cause["title"])


def test_texts_are_sentences(file):
    cause = read(file)
    for text in (cause["what"], cause["why"], *(action["text"] for action in cause["actions"])):
        filled = " ".join(with_fallbacks(text).split())
        assert filled[0].isupper() or not filled[0].isalpha(), filled
        assert filled.endswith("."), filled
        assert "!" not in filled, filled
        assert "  " not in text.strip(), filled
    assert not cause["title"].endswith(".")


def test_options_exist(file):
    for action in read(file)["actions"]:
        if action["option"] is not None:
            assert action["option"] in OPTIONS
            assert OPTIONS[action["option"]]["until"] is None, "an option that the newest Orthanc no longer knows"
            assert action["who"] in {"orthanc", "plugin"}
            assert action["risk"], "a change of the configuration has a risk, or says that it has none"


def test_suggested_configuration_is_json_of_known_options(file):
    for action in read(file)["actions"]:
        suggested = action["suggested"]
        if suggested is None or not is_json(suggested):
            continue
        text = with_fallbacks(suggested)
        content = json.loads(text if text.startswith("{") else "{" + text + "}")
        if action["option"] is None:
            continue
        section, _, key = action["option"].rpartition(".")
        within = content.get(section, content) if section else content
        if action["option"] in {"DicomModalities", "OrthancPeers"} and action["option"] not in content:
            for entry in content.values():  # an entry to paste into the section, short or with names
                assert isinstance(entry, list) or {f"{action['option']}.{name}" for name in entry} <= OPTIONS.keys()
        elif key in within:
            kind = OPTIONS[action["option"]]["type"]
            python = {"boolean": bool, "integer": int, "string": str, "array": list, "object": dict}
            assert kind is None or type(within[key]) is python[kind]
        else:
            pytest.fail(f"{action['option']} is not in {suggested}")


def test_commands_leave_quoting_to_the_engine(file):
    """A value is quoted for the shell where it stands bare; between quotes it would break out of them."""
    for action in read(file)["actions"]:
        for command in (action["verify"], action["suggested"]):
            if command is None or is_json(command):
                continue
            outside = re.sub(r"\"[^\"]*\"|'[^']*'", "", command)
            assert PLACEHOLDER.findall(command) == PLACEHOLDER.findall(outside), command


def test_questions_say_how_to_get_the_answer(file):
    for question in read(file)["ask"]:
        assert question.startswith("Please ") or "? " in question, question
        assert question.endswith("."), question
        assert not PLACEHOLDER.search(question), "a question is asked because the log does not show the value"


def test_commands_of_root_hold_no_paths_from_the_log(file):
    """A forged log line must not choose what a command with all rights works on."""
    for action in read(file)["actions"]:
        for command in (action["verify"], action["suggested"]):
            if command is not None and command.startswith("sudo "):
                assert {name for name, _ in PLACEHOLDER.findall(command)} <= {"dicom_port", "http_port"}, command


def test_references_are_well_formed(file):
    for reference in read(file)["references"]:
        assert REFERENCE.fullmatch(reference), reference


def test_version_notes_name_a_release(file):
    for note in read(file)["versions"]:
        assert VERSION.match(note), note
        assert not PLACEHOLDER.search(note), note


def test_option_list_knows_when_options_came_and_went():
    assert OPTIONS["AcceptedTransferSyntaxes"]["since"] == "1.9.0"
    assert OPTIONS["DicomModalities.AllowFindWorklist"]["since"] == "1.10.0"
    assert OPTIONS["MaximumStorageMode"] == {"default": "Recycle", "since": "1.11.2", "type": "string", "until": None}
    assert OPTIONS["LimitJobs"]["until"] == "1.10.0"
    assert OPTIONS["HttpCompressionEnabled"]["former_defaults"] == [["1.0.0", True]]
    assert OPTIONS["DicomWeb.Root"]["plugin"] == "dicomweb"
    assert OPTIONS["PostgreSQL.TransactionMode"]["since"] == "6.0"
