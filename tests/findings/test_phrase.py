"""Texts of the patterns, filled with what a log shows."""

from __future__ import annotations

import json
import shlex

import pytest

from loganalyzer.findings.phrase import fill, fill_command, fill_to_paste, placeholders
from loganalyzer.patternbase import load_patterns

TITLE = "Nothing listens at {called_aet|the peer}{? ({host}:{peer_port})}"


@pytest.mark.parametrize(
    ("values", "filled"),
    [
        ({}, "Nothing listens at the peer"),
        ({"called_aet": "PACS"}, "Nothing listens at PACS"),
        ({"called_aet": "PACS", "host": "192.0.2.15"}, "Nothing listens at PACS"),
        ({"called_aet": "PACS", "host": "192.0.2.15", "peer_port": " "}, "Nothing listens at PACS"),
        ({"host": "192.0.2.15", "peer_port": "104"}, "Nothing listens at the peer (192.0.2.15:104)"),
    ],
)
def test_an_optional_part_stands_only_where_the_log_shows_all_of_it(values: dict[str, str], filled: str) -> None:
    assert fill(TITLE, values) == filled


@pytest.mark.parametrize("hostile", ["{host}", "{?x}", "{? {host}}", "}{", "{called_aet|x}"])
def test_a_value_is_never_read_as_a_text(hostile: str) -> None:
    assert fill(TITLE, {"called_aet": hostile}) == f"Nothing listens at {hostile}"


def test_the_names_in_optional_parts_count() -> None:
    assert placeholders(TITLE) == ("called_aet", "host", "peer_port")


def test_a_value_in_a_command_is_quoted() -> None:
    assert fill_command("echoscu -aec {called_aet|AET}", {"called_aet": "A; reboot"}) == "echoscu -aec 'A; reboot'"


def test_what_a_person_pastes_does_what_it_says() -> None:
    """A value is one word of a command line, and one string of a configuration."""
    hostile = {"path": '/a"; reboot #', "calling_aet": 'A", "evil" : "\\'}
    assert fill_to_paste("ldd {path|libPlugin.so}", hostile) == "ldd '/a\"; reboot #'"
    option = fill_to_paste('"client1" : [ "{calling_aet|CLIENT_AET}", "192.0.2.15", 104 ]', hostile)
    assert json.loads("{" + option + "}") == {"client1": [hostile["calling_aet"], "192.0.2.15", 104]}


def test_every_advice_can_be_pasted() -> None:
    """A configuration that is suggested is JSON whatever the log says; a command is one line that a shell can read."""
    hostile = dict.fromkeys(("calling_aet", "host", "modality", "name", "path", "peer_aet", "script"), """x" '; ,{""")
    for cause in load_patterns().causes.values():
        for text in filter(None, (action.suggested for action in cause.actions)):
            filled = fill_to_paste(text, hostile)
            if text.startswith(('"', '{"')):
                json.loads(filled if text.startswith("{") else "{" + filled + "}")
            else:
                assert shlex.split(filled)
