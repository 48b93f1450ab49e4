"""Whatever bytes are given, every wrapper ends, raises nothing, and numbers lines that the file has."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loganalyzer.sources.wrappers import input_formats
from tests.sources.reading_back import ECHO, ODD_AETS, clean_lines, data_of, read
from tests.sources.wrapping import WRAPS, journal_export

HEADER = clean_lines(ECHO)[0]
SIZE = 200_000
REPEATED = {
    "blanks": b" ",
    "quotes": b"> ",
    "signs": b">",
    "hashes": b"#",
    "comments": b"# ",
    "digits": b"1",
    "numbers": b"1 ",
    "ticks": b"`",
    "stars": b"*",
    "lines": b"_",
    "tags": b"<p>",
    "open tags": b"<p ",
    "json": b'{"log":"',
    "nested json": b'{"a":',
    "arrays": b"[",
    "escapes": b"\x1b[1;",
    "colours": b"\x1b[1m",
    "written colours": b"[1;",
    "names": b"a",
    "dates": b"2024-01-01T00:00:00.",
    "pods": b"[pod/",
    "headers": HEADER,
    "syslog": b"Jan 01 00:00:00 ",
    "mixture": b"> # - * ",
    "parts": b"2024-01-01T00:00:00Z stderr P ",
    "returns": b"\r",
    "offsets": b"00000000: 4849 ",
    "octets": b" 48",
    "base64": b"SGVsbG8g",
    "CLIXML": b'<Objs Version="1"><S>_x000A_' + HEADER,
    "names of posters": b"On 1 wrote ",
    "members": b'{"a":"\\n" ',
}


def check(data: bytes, **options: Any) -> None:
    most = data.count(b"\n") + data.count(b"\r") + 1
    for found in read(data, **options).logs:
        numbers = [number for number, _ in found.lines]
        # A line that came in parts stands where its first part does, after what came between them.
        assert numbers == sorted(numbers) or found.log.wrapper != "plain"
        assert all(1 <= number <= most for number in numbers)
        assert all(b"\n" not in line and b"\0" not in line for _, line in found.lines)


@pytest.mark.parametrize("name", REPEATED)
def test_endless_repetition(name: str) -> None:
    unit = REPEATED[name]
    long = unit * (SIZE // len(unit))
    short = [unit * 5 + HEADER] * 20
    check(data_of([long, long + HEADER, *short]))
    for form in input_formats():
        check(data_of([long, long + HEADER, *short]), input_format=form)


@pytest.mark.parametrize("name", ["names", "lines", "digits"])
def test_a_log_with_an_endless_line(name: str) -> None:
    """What is looked for behind a stamp is not looked for from each of the letters."""
    check(data_of([HEADER] * 20 + [REPEATED[name] * SIZE]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(input_formats()), st.integers(1, 50))
@example(b"\0\t\t", "web-page", 1)
def test_any_bytes(data: bytes, form: str, size: int) -> None:
    check(b"x\n" + data, input_format=form, block_size=size)
    check(data)


@pytest.mark.parametrize("name", WRAPS)
def test_damaged_wrapped_logs(name: str) -> None:
    chance = random.Random(name)
    data = WRAPS[name](clean_lines(ODD_AETS)[:300]).data
    for _ in range(12):
        damaged = bytearray(data)
        for _ in range(30):
            place = chance.randrange(len(damaged))
            if chance.random() < 0.5:
                damaged[place] = chance.randrange(256)
            else:
                del damaged[place : place + chance.randrange(200)]
        check(bytes(damaged), input_format=WRAPS[name]([HEADER]).wrapper)


def test_journal_fields_too_large_to_be_kept() -> None:
    lines = clean_lines(ECHO)[:40]
    before, after = journal_export(lines[:20]).data, journal_export(lines[20:]).data
    size = 5 << 20
    binary = b"__CURSOR=s=1\nMESSAGE\n" + struct.pack("<Q", size) + bytes(size) + b"\nSYSLOG_IDENTIFIER=orthanc\n\n"
    text = b"__CURSOR=s=1\nMESSAGE=" + b"x" * size + b"\nSYSLOG_IDENTIFIER=orthanc\n\n"
    for large in (binary, text):
        found = read(before + large + after).only
        assert found.texts == lines
        assert found.log.state.dropped_lines == 1
        assert found.lines[20][0] == before.count(b"\n") + large.count(b"\n") + 4


def test_journal_fields_without_name() -> None:
    lines = clean_lines(ECHO)[:40]
    data = journal_export(lines).data.replace(b"_PID=12\n", b"not a field\n", 1)
    found = read(data).only
    assert found.texts == lines
