"""Whose turn it is, and how often somebody may come."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.web.entry import Client, Task, Work
from loganalyzer.web.intake import file_name
from loganalyzer.web.rates import Rates
from loganalyzer.web.turns import Turns

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"


def tasks(*clients: str) -> list[Task]:
    """``A1`` is session 1 at address A."""
    return [
        Task(number, f"{name}-{number}", Work.DIAGNOSE, Client(name[0], name[1:]))
        for number, name in enumerate(clients)
    ]


def served(turns: Turns, waiting: list[Task]) -> str:
    return " ".join(task.client.address + task.client.session for task in turns.order(waiting))


def test_addresses_take_turns_then_sessions() -> None:
    assert served(Turns(), tasks("A1", "A1", "A1", "B1", "B1")) == "A1 B1 A1 B1 A1"
    assert served(Turns(), tasks("A1", "A1", "A1", "A2", "B1")) == "A1 B1 A2 A1 A1"
    assert served(Turns(), tasks(*["A1"] * 50, "B1")).split().index("B1") == 1


def test_many_sessions_of_one_address_gain_nothing() -> None:
    order = served(Turns(), tasks(*[f"A{number}" for number in range(20)], "B1", "B1")).split()
    assert [one[0] for one in order[:4]] == ["A", "B", "A", "B"]


def test_one_s_own_come_in_order() -> None:
    order = [task.number for task in Turns().order(tasks("A1", "B1", "A1", "B1", "A1"))]
    assert [number for number in order if number % 2 == 0] == [0, 2, 4]


def test_who_was_just_served_is_next_to_nobody() -> None:
    turns = Turns()
    waiting = tasks("A1", "A1", "B1")
    turns.served(next(iter(turns.order(waiting))).client)
    assert served(turns, waiting[1:]) == "B1 A1"


def test_looking_changes_nothing() -> None:
    turns = Turns()
    waiting = tasks("A1", "A1", "B1")
    assert list(islice(turns.order(waiting), 2)) == list(islice(turns.order(waiting), 2))


def test_rates() -> None:
    now = 0.0
    rates = Rates(2, lambda: now)
    assert [rates.take("A") for _ in range(2)] == [0, 0]
    assert rates.take("A") == 30
    assert rates.take("B") == 0
    now = 15.0
    assert rates.take("A") == 15
    now = 30.0
    assert rates.take("A") == 0
    assert rates.take("A") == 30


def test_names() -> None:
    assert file_name("../a\\b.log") == "b.log"
    assert file_name("..\x00/\n") == ""


def test_the_page_names_every_option() -> None:
    options = set(re.findall(r"^  (--[a-z-]+)", CliRunner().invoke(cli, ["serve", "--help"]).output, re.MULTILINE))
    assert len(options) > 15
    text = PAGE.read_text(encoding="utf-8")
    assert {option for option in options if f"`{option}" not in text} == set()
