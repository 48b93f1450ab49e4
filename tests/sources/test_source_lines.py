"""Blocks: whole lines, numbered as in the file, whatever the chunks were."""

from __future__ import annotations

import hashlib
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from loganalyzer.sources.block import ReadState
from loganalyzer.sources.lines import CUT_MARK, BlockCutter
from tests.sources.reading_back import ECHO, clean_lines, read

PIECES = st.lists(
    st.sampled_from([b"W1123 main.cpp:1] x", b"\n", b"\r\n", b"\r", b"\0", b"\xe9", "é".encode(), b"\x1b$B", b" "]),
    max_size=60,
)


def cut(data: bytes, sizes: list[int], max_line: int = 1 << 20) -> tuple[list[tuple[int, bytes]], ReadState]:
    state = ReadState()
    cutter = BlockCutter("x.log", state, max_line)
    blocks = []
    position = 0
    for size in [*sizes, len(data)]:
        if data[position : position + size]:
            blocks.append(cutter.feed(data[position : position + size]))
        position += size
    blocks.append(cutter.finish())
    lines: list[tuple[int, bytes]] = []
    for block in blocks:
        if block is not None:
            assert block.data.endswith(b"\n")
            lines += enumerate(block.data.split(b"\n")[:-1], block.first_line)
    return lines, state


@settings(max_examples=400)
@given(PIECES.map(b"".join), st.lists(st.integers(1, 9), max_size=80))
def test_any_chunks_give_the_lines_of_the_file(data: bytes, sizes: list[int]) -> None:
    lines, state = cut(data, sizes)
    expected = re.split(rb"\r+\n|\r|\n", data.replace(b"\0", b""))
    if expected[-1] == b"":
        expected.pop()
    assert [line for _, line in lines] == expected
    assert [number for number, _ in lines] == list(range(1, len(expected) + 1))
    assert state.lines == len(expected)
    assert bool(state.problems) == (b"\0" in data)


@settings(max_examples=300)
@given(st.lists(st.integers(0, 30), max_size=30), st.lists(st.integers(1, 25), max_size=80), st.integers(1, 12))
def test_long_lines_are_cut_and_told(lengths: list[int], sizes: list[int], limit: int) -> None:
    data = b"".join(b"x" * length + b"\n" for length in lengths)
    lines, state = cut(data, sizes, limit)
    expected = [b"x" * length if length <= limit else b"x" * limit + CUT_MARK for length in lengths]
    assert lines == list(enumerate(expected, 1))
    too_long = [number for number, length in enumerate(lengths, 1) if length > limit]
    assert [problem.where for problem in state.problems] == [f"x.log:{number}" for number in too_long[:1]]
    assert all(problem.incomplete for problem in state.problems)


def test_memory_does_not_grow_with_a_line() -> None:
    state = ReadState()
    cutter = BlockCutter("x.log", state, 1000)
    for _ in range(2000):
        block = cutter.feed(b"x" * 1000)
        assert block is None or len(block.data) < 2000
        assert len(cutter._carry) <= 2000
    block = cutter.feed(b"\nnext\n")
    assert block is not None
    assert block.data == b"next\n"
    assert block.first_line == 2


def test_nul_bytes_are_counted_with_their_place() -> None:
    lines = clean_lines(ECHO)[:10]
    data = b"\n".join(lines[:4]) + b"\n" + bytes(4096) + b"\n".join(lines[4:]) + b"\n"
    found = read(data).only
    assert found.lines == list(enumerate(lines, 1))
    (problem,) = found.log.state.problems
    assert (problem.where, problem.incomplete) == ("orthanc.log:5", False)
    assert problem.what.startswith("4096 NUL bytes")


def test_a_truncated_file_whose_writer_went_on() -> None:
    """``copytruncate`` of logrotate leaves NUL bytes up to where the writer was."""
    lines = clean_lines(ECHO)
    found = read(bytes(1 << 20) + b"\n".join(lines) + b"\n").only
    assert found.texts == lines
    assert found.lines[0][0] == 1


def test_account_of_a_file() -> None:
    data = ECHO.read_bytes()
    state = read(data).only.log.state
    assert state.bytes == len(data)
    assert state.lines == data.count(b"\n")
    assert state.sha256 == hashlib.sha256(data).hexdigest()
    assert state.dropped_lines == 0
    assert state.problems == []
    assert read(data, digest=False).only.log.state.sha256 is None


def test_last_line_without_line_end() -> None:
    data = ECHO.read_bytes().rstrip(b"\n")
    found = read(data).only
    assert found.texts == data.split(b"\n")
    assert found.log.state.lines == data.count(b"\n") + 1
