"""Texts of the patterns, filled with what a log shows."""

from __future__ import annotations

import pytest

from loganalyzer.findings.phrase import fill, fill_command, placeholders

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
