"""Several containers or programs in one file: each has its own lines, and they have the numbers of the file."""

from __future__ import annotations

import io
import random
from itertools import islice

import pytest

from loganalyzer.sources.line_map import LineMap
from loganalyzer.sources.line_numbers import LineRuns, PackedNumbers
from loganalyzer.sources.opening import open_files
from loganalyzer.sources.options import ReadOptions
from tests.sources.reading_back import ODD_AETS, clean_lines, lines_of
from tests.sources.wrapping import HOST

NAMES = ("orthanc-1", "web-1", "db-1")
PREFIXES = {
    "compose": "{name:9}  | ",
    "kubectl": "[pod/{name}/main] ",
    "syslog": f"Nov 23 13:53:19 {HOST} {{name}}[4711]: ",
}
TRIMMED = "compose, blanks at line ends removed"
SIZE = 8_000


def dealt(lines: list[bytes], form: str) -> tuple[bytes, dict[str, list[tuple[int, bytes]]]]:
    """The lines of a real log as those of several containers, a few of each in turn; and what each has, with numbers."""
    chance = random.Random(form)
    out: list[bytes] = []
    expected: dict[str, list[tuple[int, bytes]]] = {name: [] for name in NAMES}
    rest = iter(lines)
    prefix = PREFIXES[form.partition(",")[0]]
    while batch := list(islice(rest, chance.randint(1, 6))):
        name = chance.choices(NAMES, (5, 2, 1))[0]
        for line in batch:
            whole = prefix.format(name=name).encode() + line
            out.append(whole.rstrip() if form == TRIMMED else whole)
            expected[name].append((len(out), line.rstrip() if form == TRIMMED else line))
    return b"\n".join(out) + b"\n", expected


@pytest.mark.parametrize("form", [*PREFIXES, TRIMMED])
def test_lines_of_several_containers_have_the_numbers_of_the_file(form: str) -> None:
    data, expected = dealt(clean_lines(ODD_AETS), form)
    assert len(data) > 3 * SIZE
    opened = open_files([("orthanc.log", io.BytesIO(data))], ReadOptions(block_size=SIZE))
    found = {log.name: lines_of(log) for log in opened}
    assert len(found) == len(NAMES)
    for name, lines in expected.items():
        (own,) = (lines for stream, lines in found.items() if name in stream)
        assert own == lines


@pytest.mark.parametrize("form", [*PREFIXES, TRIMMED])
def test_what_is_said_of_a_line_has_its_number(form: str) -> None:
    data, expected = dealt(clean_lines(ODD_AETS), form)
    for log in open_files([("orthanc.log", io.BytesIO(data))], ReadOptions(block_size=SIZE)):
        places = LineMap()
        texts = [line for block in places.counted(log.blocks()) for line in block.data.split(b"\n")[:-1]]
        (own,) = (lines for name, lines in expected.items() if name in log.name)
        assert [(places.line(row), text) for row, text in enumerate(texts, 1)] == own


def test_numbers_of_runs() -> None:
    """As a list of them, packed or not; a run may be empty."""
    runs = LineRuns([3, 9, 9, 400], [2, 0, 5, 1], 8)
    numbers = [3, 4, 9, 10, 11, 12, 13, 400]
    for one in (runs, PackedNumbers.of(runs).numbers(), PackedNumbers.of(numbers).numbers()):
        assert list(one) == [one[place] for place in range(len(one))] == numbers
        assert list(one[1:4]) == numbers[1:4]
        assert (one[0], one[-1], len(one)) == (3, 400, 8)
        with pytest.raises(IndexError):
            one[8]
