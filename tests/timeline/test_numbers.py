"""What the numbers of a process mean behind the line that makes them hexadecimal."""

from __future__ import annotations

from math import inf

import pytest

from loganalyzer.timeline.numbers import Numbers
from tests import knowledge
from tests.knowledge import SAMPLES


def test_ports_of_a_log_that_turns_hexadecimal() -> None:
    diagnosis = knowledge.diagnosed(SAMPLES / "healthy-find-cancelled-1.12.7-verbose" / "orthanc.log")
    called = [a for a in diagnosis.associations if a.direction == "outgoing"]
    assert [(a.called_aet, a.peer_port, a.outcome) for a in called] == [("PACS", 11112, "released")]


@pytest.mark.parametrize(
    ("version", "printed", "meant"),
    [
        ("1.12.7", "8053", 32851),
        ("1.13.0", "8053", 8053),
        (None, "8053", None),
        (None, "2b68", 11112),
        (None, "11112", 11112),
    ],
)
def test_a_port_is_told_where_it_means_one_only(version: str | None, printed: str, meant: int | None) -> None:
    numbers = Numbers(version)
    assert numbers.port("8042") == 8042
    numbers.command_not_handled()
    assert numbers.port(printed) == meant


def test_once_hexadecimal_all_are() -> None:
    numbers = Numbers()
    numbers.command_not_handled()
    assert numbers.port("2b68") == 11112
    numbers.command_not_handled()
    assert (numbers.port("68"), numbers.seconds("timeout: as")) == (104, 10)


def test_timeouts() -> None:
    assert [Numbers().seconds(t) for t in ("timeout: 3s", "timeout: 0s", "", "none")] == [3, inf, None, None]
