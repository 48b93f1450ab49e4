"""The manual page is what the help says."""

from __future__ import annotations

from loganalyzer.cli.main import COMMANDS
from tools.generate_man_page import OUTPUT, build


def test_the_page_is_up_to_date() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == build(), "run python -m tools.generate_man_page"


def test_every_command_and_status_is_on_the_page() -> None:
    page = OUTPUT.read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"\n.SS loganalyzer {name} " in page
    for status in ("0", "1", "2", "3", "4", "70", "128 and more"):
        assert rf"\fB{status}\fR" in page, status


def test_no_line_of_text_is_a_request() -> None:
    requests = {line.split()[0] for line in OUTPUT.read_text(encoding="utf-8").splitlines() if line[:1] in (".", "'")}
    assert requests <= {".TH", ".SH", ".SS", ".B", ".BR", ".br", ".TP", ".PP"}
